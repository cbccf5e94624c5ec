package dev.caas.subscription;

import dev.caas.account.Accounts;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.Money;
import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.entitlement.Coverage;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kube.Begin;
import dev.caas.kube.Conditions;
import dev.caas.kube.Departures;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.AnchorMoves;
import dev.caas.platform.Bindings;
import dev.caas.platform.Held;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.Platforms;
import dev.caas.platform.Purchases;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keeps a DomainSubscription on its account's ledger, and its status true. */
@ApplicationScoped
@ControllerConfiguration(name = "domainsubscription")
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public class SubscriptionReconciler implements Reconciler<DomainSubscription> {
    private static final Duration LOOK_AGAIN = Duration.ofHours(6);

    /** For what goes without an event: a twin, or a Secret of somebody else's. */
    private static final Duration LOOK_SOON = Duration.ofSeconds(15);

    /** For what has changed already. */
    private static final Duration LOOK_NOW = Duration.ofMillis(100);

    private static final String SUBSCRIBED = "The domain is subscribed";
    private static final String BY_ACCOUNT = "account";

    private final Accounts accounts;
    private final Ledger ledger;
    private final SecretStore secrets;
    private final StatusWriter statuses;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;
    private final Platforms platforms;
    private final Bindings bindings;
    private final Buyer buyer;
    private final Anchoring anchoring;
    private final Tries tries;
    private final Removal removal;
    private final Limits limits;
    private final Begin begin;
    private @Nullable Departures<DomainSubscription> departures;
    private @Nullable InformerEventSource<CaaSAccount, DomainSubscription> accountSource;
    private @Nullable SimpleInboundEventSource<DomainSubscription> ledgerSource;

    public SubscriptionReconciler(
            Accounts accounts,
            Ledger ledger,
            SecretStore secrets,
            StatusWriter statuses,
            EventRecorder events,
            AuditLog audit,
            Clock clock,
            Finalizers finalizers,
            Begin begin,
            Platforms platforms,
            Bindings bindings,
            Purchases purchases,
            Limits limits) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.secrets = secrets;
        this.statuses = statuses;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
        this.platforms = platforms;
        this.bindings = bindings;
        this.buyer = new Buyer(accounts, purchases);
        this.anchoring = new Anchoring(accounts, new AnchorMoves(ledger, purchases, audit, clock));
        this.tries = new Tries(clock);
        this.removal = new Removal(accounts, ledger, purchases, finalizers, events, audit, clock);
        this.limits = limits;
        this.begin = begin;
    }

    @Override
    public List<EventSource<?, DomainSubscription>> prepareEventSources(
            EventSourceContext<DomainSubscription> context) {
        var subscriptions = context.getPrimaryCache();
        subscriptions.addIndexer(
                BY_ACCOUNT,
                s -> List.of(new ObjectName(
                                s.getMetadata().getNamespace(),
                                s.getSpec().accountRef().name())
                        .toString()));
        accountSource = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(CaaSAccount.class, DomainSubscription.class)
                        .withNamespacesInheritedFromController()
                        .withSecondaryToPrimaryMapper(account -> of(subscriptions, ObjectName.of(account)))
                        .withPrimaryToSecondaryMapper((DomainSubscription s) -> Set.of(new ResourceID(
                                s.getSpec().accountRef().name(), s.getMetadata().getNamespace())))
                        .build(),
                context);
        accounts.askAboutSubscriptions((account, domain) ->
                subscriptions.byIndex(BY_ACCOUNT, account.toString()).stream()
                        .filter(s -> subscribed(s).anyMatch(d -> d.text().equals(domain)))
                        .min(Comparator.comparing(s ->
                                domainOf(s).filter(d -> d.text().equals(domain)).isEmpty()))
                        .map(s -> s.getMetadata().getName()));
        var ledgerChanges = new SimpleInboundEventSource<DomainSubscription>("ledger-changes");
        ledgerSource = ledgerChanges;
        secrets.onForeignChange(secret -> subscriptions
                .list(secret.getMetadata().getNamespace())
                .filter(s -> Ledger.ownership(s.getSpec().accountRef().name()).isOn(secret))
                .forEach(s -> ledgerChanges.propagateEvent(ResourceID.fromResource(s))));
        secrets.onForeignChange(secret -> bindings.holder(secret).stream()
                .flatMap(account -> of(subscriptions, account).stream())
                .forEach(ledgerChanges::propagateEvent));
        var seeingOff = new Departures<DomainSubscription>(
                "subscription-departures",
                Removal.FINALIZER,
                id -> context.getPrimaryCache().get(id),
                subscription -> depart(subscription, subscriptions),
                this::forget,
                begin);
        departures = seeingOff;
        platforms.onChange(
                platform -> subscriptions.list(s -> usesPlatform(s, platform)).forEach(s -> {
                    tries.forget(s);
                    ledgerChanges.propagateEvent(ResourceID.fromResource(s));
                }));
        var counts = new SimpleInboundEventSource<DomainSubscription>("counts");
        limits.onChange(subscription -> counts.propagateEvent(ResourceID.fromResource(subscription)));
        return List.of(accountSource, ledgerChanges, counts, seeingOff);
    }

    private boolean usesPlatform(DomainSubscription subscription, CaaSPlatform platform) {
        return account(accountOf(subscription))
                .filter(a -> Platforms.isOf(a, platform))
                .isPresent();
    }

    private void forget(DomainSubscription gone) {
        tries.forget(gone);
        limits.forget(gone);
    }

    private Optional<Duration> depart(
            DomainSubscription subscription, IndexerResourceCache<DomainSubscription> subscriptions)
            throws InterruptedException {
        var name = accountOf(subscription);
        var account = account(name);
        var wantedByOthers = subscriptions.byIndex(BY_ACCOUNT, name.toString()).stream()
                .filter(s -> !s.isMarkedForDeletion())
                .flatMap(SubscriptionReconciler::subscribed)
                .collect(Collectors.toSet());
        return removal.depart(
                subscription,
                subscribed(subscription)
                        .filter(d -> !wantedByOthers.contains(d))
                        .map(Identifier::text)
                        .toList(),
                account,
                account.map(platforms::of).orElseGet(Platforms.Door.BuiltIn::new));
    }

    private static ObjectName accountOf(DomainSubscription subscription) {
        return new ObjectName(
                subscription.getMetadata().getNamespace(),
                subscription.getSpec().accountRef().name());
    }

    private Optional<CaaSAccount> account(ObjectName name) {
        return Objects.requireNonNull(accountSource)
                .get(new ResourceID(name.name(), name.namespace()))
                .map(statuses::newest);
    }

    /** What the platform has for it; nothing where its domain cannot be read. */
    private static Stream<Identifier> subscribed(DomainSubscription subscription) {
        try {
            return Coverage.subscribed(subscription.getSpec()).stream();
        } catch (InvalidNameException e) {
            return Stream.empty();
        }
    }

    /** Empty for one that cannot be read, of which its own status tells. */
    private static Optional<Identifier> domainOf(DomainSubscription subscription) {
        try {
            return Optional.of(Identifier.parse(subscription.getSpec().domain()));
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    private static Set<ResourceID> of(IndexerResourceCache<DomainSubscription> subscriptions, ObjectName account) {
        return subscriptions.byIndex(BY_ACCOUNT, account.toString()).stream()
                .map(ResourceID::fromResource)
                .collect(Collectors.toSet());
    }

    @Override
    public UpdateControl<DomainSubscription> reconcile(DomainSubscription cached, Context<DomainSubscription> context)
            throws InterruptedException {
        var subscription = statuses.newest(cached);
        Duration again;
        try (var _ = Objects.requireNonNull(departures).turn(subscription)) {
            again = added(see(removal.prepare(subscription), context), () -> seeAgain(subscription, context));
        } catch (LedgerUnreadableException e) {
            again = refuse(subscription, Reason.AccountNotReady, String.valueOf(e.getMessage()));
        } catch (SecretTakenException e) {
            again = refuse(
                    subscription,
                    Reason.SecretConflict,
                    e.getMessage()
                            + ". It has the name of the account's ledger: rename or delete it, or use another account");
        }
        return UpdateControl.<DomainSubscription>noUpdate().rescheduleAfter(untilShown(subscription, again));
    }

    private Duration added(Standing.World world, Buyer.Look look)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var standing = Standing.of(world);
        if (standing instanceof Standing.ToBeAdded toBeAdded) {
            return switch (world.door()) {
                case Platforms.Door.BuiltIn _ -> addHere(world, toBeAdded);
                case Platforms.Door.Closed(var reason, var message) ->
                    show(
                            world,
                            reason == Reason.AccountNotReady
                                    ? new Standing.Waiting(reason, message)
                                    : new Standing.Refused(reason, message));
                case Platforms.Door.Open open -> buy(world, toBeAdded, open, look);
            };
        }
        return standing instanceof Standing.Added added && Anchoring.isDue(world, added)
                ? anchor(world, added)
                : show(world, standing);
    }

    private Duration anchor(Standing.World world, Standing.Added added)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var subscription = world.subscription();
        var waiting = waiting(world);
        if (waiting.isPresent()) {
            return waiting.get();
        }
        return switch (anchoring.settle(world, added.domain())) {
            case Anchoring.Outcome.Settled(var ledger) -> {
                tries.forget(subscription);
                var after = world.with(ledger);
                tellOfMove(world, after, added.domain());
                yield show(after, Standing.of(after));
            }
            case Anchoring.Outcome.Stands(var standing) -> failed(world, standing);
        };
    }

    /** The platform moved all domains of the old anchor: those of other subscriptions, too. */
    private void tellOfMove(Standing.World before, Standing.World after, Identifier domain) {
        var old = Standing.held(before, domain).anchor();
        var now = Standing.held(after, domain).anchor();
        if (old == null || now == null || old.number().equals(now.number())) {
            return;
        }
        events.normal(
                after.subscription(),
                Reason.ValidationMoved,
                "Move",
                "the domains of this account that had the organisation's validation " + old.number() + " have "
                        + now.number() + " now");
        var own = ResourceID.fromResource(after.subscription());
        after.siblings().stream()
                .map(ResourceID::fromResource)
                .filter(sibling -> !sibling.equals(own))
                .forEach(Objects.requireNonNull(ledgerSource)::propagateEvent);
    }

    /** On the built-in ledger, which knows neither organisations nor associated names. */
    private Duration addHere(Standing.World world, Standing.ToBeAdded toBeAdded)
            throws LedgerUnreadableException, SecretTakenException {
        var spec = world.subscription().getSpec();
        if (spec.includeAssociated() || spec.validationType() == ValidationType.OV) {
            return show(
                    world,
                    new Standing.Refused(
                            Reason.Unsupported,
                            "spec." + (spec.includeAssociated() ? "includeAssociated" : "validationType")
                                    + ": needs an account with platformRef; the built-in ledger knows no such thing"));
        }
        var after = add(world, toBeAdded);
        return show(after, Standing.of(after));
    }

    private Duration buy(Standing.World world, Standing.ToBeAdded toBeAdded, Platforms.Door.Open door, Buyer.Look look)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var subscription = world.subscription();
        var waiting = waiting(world);
        if (waiting.isPresent()) {
            return waiting.get();
        }
        return switch (buyer.buy(world, toBeAdded, door, look)) {
            case Buyer.Deal.Bought(var ledger) -> {
                tries.forget(subscription);
                var after = world.with(ledger);
                events.normal(
                        subscription,
                        Reason.Subscribed,
                        "Subscribe",
                        "'" + toBeAdded.domain() + "' is subscribed at the platform"
                                + Optional.ofNullable(ledger.domains()
                                                .get(toBeAdded.domain().text()))
                                        .map(Held::cost)
                                        .map(c -> " for " + c)
                                        .orElse(""));
                accounts.note(ObjectName.of(world.account().orElseThrow()));
                yield added(after, look);
            }
            case Buyer.Deal.Changed() -> LOOK_NOW;
            case Buyer.Deal.Stands(Standing.Unsettled unsettled) -> {
                show(world, unsettled);
                yield until(unsettled.until());
            }
            case Buyer.Deal.Stands(var standing) -> failed(world, standing);
        };
    }

    /** Shows what failed last at the platform, until it is time to try again; empty when it is. */
    private Optional<Duration> waiting(Standing.World world) {
        return tries.waitingAfter(world.subscription()).map(failed -> {
            show(world, failed.why());
            return until(failed.next());
        });
    }

    private Duration failed(Standing.World world, Standing standing) {
        show(world, standing);
        return until(tries.failed(world.subscription(), standing).next());
    }

    /** Counts come late: they are shown for many certificates at once. */
    private Duration untilShown(DomainSubscription subscription, Duration again) {
        return limits.showAt(subscription)
                .map(this::until)
                .filter(wait -> wait.compareTo(again) < 0)
                .orElse(again);
    }

    private Duration until(Instant then) {
        var wait = Duration.between(clock.instant(), then).plusMillis(100);
        return wait.isPositive() ? wait : Duration.ofMillis(100);
    }

    /** Empty if it is gone. */
    private Optional<Standing.World> seeAgain(DomainSubscription subscription, Context<DomainSubscription> context)
            throws LedgerUnreadableException {
        var now = context.getPrimaryCache().get(ResourceID.fromResource(subscription));
        return now.isEmpty() ? Optional.empty() : Optional.of(see(statuses.newest(now.get()), context));
    }

    private Standing.World see(DomainSubscription subscription, Context<DomainSubscription> context)
            throws LedgerUnreadableException {
        var name = accountOf(subscription);
        var account = account(name);
        return new Standing.World(
                subscription,
                account,
                account.filter(accounts::isRegistered).isPresent(),
                context.getPrimaryCache().byIndex(BY_ACCOUNT, name.toString()),
                account.map(platforms::of).orElseGet(Platforms.Door.BuiltIn::new),
                account.isEmpty() ? LedgerEntry.empty() : ledger.entry(account.get()),
                clock.instant());
    }

    private Standing.World add(Standing.World world, Standing.ToBeAdded toBeAdded)
            throws LedgerUnreadableException, SecretTakenException {
        var account = world.account().orElseThrow();
        var after = ledger.add(account, toBeAdded.domain().text());
        if (world.ledger().term() == null) {
            audit.record(
                    AuditRecord.Type.TERM_STARTED,
                    account,
                    Map.of("expiresAt", after.endsAt().map(Instant::toString).orElse("")));
        }
        audit.record(
                AuditRecord.Type.DOMAIN_ADDED,
                world.subscription(),
                Map.of(
                        "domain",
                        toBeAdded.domain().text(),
                        "account",
                        ObjectName.of(account).toString()));
        events.normal(
                world.subscription(),
                Reason.Subscribed,
                "Subscribe",
                "'" + toBeAdded.domain() + "' is subscribed under CaaSAccount " + ObjectName.of(account));
        accounts.note(ObjectName.of(account));
        return world.with(after);
    }

    private Duration show(Standing.World world, Standing standing) {
        return switch (standing) {
            case Standing.Refused(var reason, var message) -> refuse(world, reason, message);
            case Standing.Waiting(var reason, var message) -> {
                if (reason == Reason.Suspended) {
                    noteOnce(world, reason, AuditRecord.Type.SUBSCRIPTION_SUSPENDED, "Suspend", message);
                }
                write(
                        world,
                        c -> c.reconciling(reason, message, generation(world), world.now()),
                        DomainSubscriptionStatus.State.Pending,
                        Optional.empty());
                yield LOOK_AGAIN;
            }
            case Standing.AwaitingApproval(var quote) -> {
                awaitApproval(world, quote);
                yield LOOK_AGAIN;
            }
            case Standing.Unsettled(var message, var until) -> {
                write(
                        world,
                        c -> c.reconciling(Reason.PlatformUnreachable, message, generation(world), world.now()),
                        DomainSubscriptionStatus.State.Pending,
                        Optional.empty());
                yield until(until);
            }
            case Standing.PlatformAway(var reason, var message) -> {
                if (!conditions(world).hasReason(Conditions.READY, reason)) {
                    events.warning(world.subscription(), reason, "Subscribe", message);
                }
                write(
                        world,
                        c -> c.reconciling(reason, message, generation(world), world.now()),
                        DomainSubscriptionStatus.State.Pending,
                        Optional.empty());
                yield LOOK_AGAIN;
            }
            case Standing.Removed(var domain, var seenAt) -> {
                removed(world, domain, seenAt);
                yield LOOK_AGAIN;
            }
            case Standing.ToBeAdded toBeAdded ->
                throw new IllegalStateException("not on the ledger after it was added: " + toBeAdded.domain());
            case Standing.NotAnchored notAnchored -> {
                showNotAnchored(world, notAnchored);
                yield LOOK_AGAIN;
            }
            case Standing.HeldBack heldBack -> {
                showHeldBack(world, heldBack);
                yield untilTheEnd(world);
            }
            case Standing.Added added -> {
                showAdded(world, added);
                yield untilTheEnd(world);
            }
        };
    }

    private void awaitApproval(Standing.World world, Optional<Money> quote) {
        var message = quote.map(q -> toApprove(world, q)).orElseGet(() -> withoutPrice(world));
        if (!conditions(world).hasReason(Conditions.READY, Reason.AwaitingApproval)) {
            events.warning(world.subscription(), Reason.AwaitingApproval, "Subscribe", message);
        }
        writeStatus(
                world,
                c -> c.stalled(Reason.AwaitingApproval, message, generation(world), world.now()),
                DomainSubscriptionStatus.State.AwaitingApproval,
                Optional.empty(),
                quote.orElse(null));
    }

    private static String toApprove(Standing.World world, Money quote) {
        var approved = world.subscription().getSpec().approvedCost();
        return "subscribing '" + world.subscription().getSpec().domain() + "' costs " + quote
                + (approved == null ? "" : ", and " + approved + " is approved")
                + "; set spec.approvedCost to {amount: \"" + quote.amount() + "\", currency: " + quote.currency()
                + "} to have it bought";
    }

    private static String withoutPrice(Standing.World world) {
        var platform = world.account()
                .map(a -> a.getSpec().platformRef())
                .map(ref -> "'" + ref.name() + "' ")
                .orElse("");
        return "subscribing '" + world.subscription().getSpec().domain()
                + "' costs what the contract says: the platform"
                + " tells no price, so there is no sum to approve. Set spec.approval of CaaSPlatform " + platform
                + "to Automatic to have what is declared bought without one";
    }

    private void removed(Standing.World world, Identifier domain, Instant seenAt) {
        var message = "'" + domain + "' was removed at the platform (seen " + seenAt
                + "), not by this object; nothing is issued for it. It is not bought again by itself: to subscribe it"
                + " again, delete this DomainSubscription and create it anew";
        noteOnce(world, Reason.Removed, AuditRecord.Type.DOMAIN_REMOVED, "Subscribe", message);
        write(
                world,
                c -> c.stalled(Reason.Removed, message, generation(world), world.now()),
                DomainSubscriptionStatus.State.Removed,
                Optional.empty());
    }

    private Duration refuse(Standing.World world, Reason reason, String message) {
        warnOnce(world.subscription(), reason, message);
        var domain = domainOf(world.subscription())
                .map(Identifier::text)
                .filter(d -> world.ledger().domains().containsKey(d));
        write(world, c -> c.stalled(reason, message, generation(world), world.now()), null, domain);
        return lookAgain(reason);
    }

    /** While the ledger cannot be read, what it held is still shown. */
    private Duration refuse(DomainSubscription subscription, Reason reason, String message) {
        warnOnce(subscription, reason, message);
        var conditions = conditions(subscription).stalled(reason, message, generation(subscription), clock.instant());
        var shown = Optional.ofNullable(subscription.getStatus());
        statuses.write(
                subscription,
                limits.shown(
                        subscription,
                        new DomainSubscriptionStatus(
                                generation(subscription),
                                conditions.all(),
                                null,
                                shown.map(DomainSubscriptionStatus::addedAt).orElse(null),
                                shown.map(DomainSubscriptionStatus::expiresAt).orElse(null),
                                shown.map(DomainSubscriptionStatus::orderNumber).orElse(null),
                                null,
                                shown.map(DomainSubscriptionStatus::cost).orElse(null),
                                shown.map(DomainSubscriptionStatus::refundableUntil)
                                        .orElse(null))));
        return lookAgain(reason);
    }

    private void warnOnce(DomainSubscription subscription, Reason reason, String message) {
        if (!conditions(subscription).hasReason(Conditions.READY, reason)) {
            events.warning(subscription, reason, "Subscribe", message);
        }
    }

    private static Duration lookAgain(Reason reason) {
        return reason == Reason.Conflict || reason == Reason.SecretConflict ? LOOK_SOON : LOOK_AGAIN;
    }

    /** On record is who was stopped; a platform that cannot be used for another reason stops nobody in particular. */
    private void showHeldBack(Standing.World world, Standing.HeldBack heldBack) {
        var reason = heldBack.reason();
        if (reason == Reason.Suspended || reason == Reason.Deactivated) {
            noteOnce(world, reason, AuditRecord.Type.SUBSCRIPTION_SUSPENDED, "Suspend", heldBack.message());
        } else {
            warnOnce(world.subscription(), reason, heldBack.message());
        }
        write(
                world,
                c -> c.stalled(reason, heldBack.message(), generation(world), world.now()),
                DomainSubscriptionStatus.State.Suspended,
                Optional.of(heldBack.domain().text()));
    }

    private void showAdded(Standing.World world, Standing.Added added) {
        var domain = Optional.of(added.domain().text());
        switch (added.state()) {
            case ACTIVE -> {
                if (conditions(world).hasReason(Conditions.READY, Reason.Suspended)) {
                    audit.record(AuditRecord.Type.SUBSCRIPTION_RESUMED, world.subscription(), Map.of());
                }
                var notes = OrganizationNote.of(world, added.domain());
                tell(world, notes);
                var message = notes.stream().map(n -> ". " + n.text()).collect(Collectors.joining("", SUBSCRIBED, ""));
                write(
                        world,
                        c -> c.ready(Reason.Subscribed, message, generation(world), world.now()),
                        DomainSubscriptionStatus.State.Active,
                        domain);
            }
            case EXPIRED -> {
                var message =
                        "The account's term has ended: nothing is ordered. Extend it with spec.term.paidThrough of"
                                + " the CaaSAccount";
                noteOnce(world, Reason.SubscriptionExpired, AuditRecord.Type.SUBSCRIPTION_EXPIRED, "Expire", message);
                write(
                        world,
                        c -> c.stalled(Reason.SubscriptionExpired, message, generation(world), world.now()),
                        DomainSubscriptionStatus.State.Expired,
                        domain);
            }
        }
    }

    /** Of each once: the Ready condition has what was told before. */
    private void tell(Standing.World world, List<OrganizationNote> notes) {
        var told = conditions(world)
                .get(Conditions.READY)
                .map(c -> String.valueOf(c.getMessage()))
                .orElse("");
        notes.stream()
                .filter(n -> !told.contains(n.text()))
                .forEach(n -> events.warning(world.subscription(), n.reason(), "Validate", n.text()));
    }

    /** The domain can be used as it was; what is wrong shows beside that. */
    private void showNotAnchored(Standing.World world, Standing.NotAnchored standing) {
        var type = standing.passing() ? Conditions.RECONCILING : Conditions.STALLED;
        var other = standing.passing() ? Conditions.STALLED : Conditions.RECONCILING;
        if (!conditions(world).hasReason(type, standing.reason())) {
            events.warning(world.subscription(), standing.reason(), "Move", standing.message());
        }
        write(
                world,
                c -> c.without(other)
                        .with(type, true, standing.reason(), standing.message(), generation(world), world.now())
                        .with(Conditions.READY, true, Reason.Subscribed, SUBSCRIBED, generation(world), world.now()),
                DomainSubscriptionStatus.State.Active,
                Optional.of(standing.domain().text()));
    }

    private void noteOnce(Standing.World world, Reason reason, AuditRecord.Type type, String action, String message) {
        if (!conditions(world).hasReason(Conditions.READY, reason)) {
            audit.record(type, world.subscription(), Map.of());
            events.warning(world.subscription(), reason, action, message);
        }
    }

    private void write(
            Standing.World world,
            UnaryOperator<Conditions> change,
            DomainSubscriptionStatus.@Nullable State state,
            Optional<String> domain) {
        writeStatus(world, change, state, domain, null);
    }

    private void writeStatus(
            Standing.World world,
            UnaryOperator<Conditions> change,
            DomainSubscriptionStatus.@Nullable State state,
            Optional<String> domain,
            @Nullable Money quote) {
        var held = domain.map(d -> world.ledger().domains().get(d));
        statuses.write(
                world.subscription(),
                limits.shown(
                        world.subscription(),
                        new DomainSubscriptionStatus(
                                generation(world),
                                change.apply(conditions(world)).all(),
                                state,
                                held.map(Held::addedAt).orElse(null),
                                held.map(Held::expiresAt)
                                        .or(() -> domain.flatMap(
                                                d -> world.ledger().endsAt()))
                                        .orElse(null),
                                held.map(Held::orderNumber).orElse(null),
                                quote,
                                held.map(Held::cost).orElse(null),
                                held.map(Held::refundableUntil)
                                        .filter(world.now()::isBefore)
                                        .orElse(null))));
    }

    /** The end of a term comes without an event. */
    private static Duration untilTheEnd(Standing.World world) {
        return world.ledger()
                .endsAt()
                .filter(world.now()::isBefore)
                .map(end -> Duration.between(world.now(), end).plusMillis(100))
                .filter(d -> d.compareTo(LOOK_AGAIN) < 0)
                .orElse(LOOK_AGAIN);
    }

    private static Conditions conditions(Standing.World world) {
        return conditions(world.subscription());
    }

    private static Conditions conditions(DomainSubscription subscription) {
        return new Conditions(Optional.ofNullable(subscription.getStatus())
                .map(DomainSubscriptionStatus::conditions)
                .orElse(List.of()));
    }

    private static long generation(Standing.World world) {
        return generation(world.subscription());
    }

    private static long generation(DomainSubscription subscription) {
        return subscription.getMetadata().getGeneration();
    }
}
