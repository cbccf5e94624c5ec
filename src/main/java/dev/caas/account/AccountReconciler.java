package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.Begin;
import dev.caas.kube.Conditions;
import dev.caas.kube.Declared;
import dev.caas.kube.Departures;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.Bindings;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms;
import dev.caas.platform.PreRegistrations;
import dev.caas.platform.Purchases;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keeps a CaaSAccount registered, its term extended as paid for, and its status true. */
@ApplicationScoped
@ControllerConfiguration(name = "caasaccount")
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public class AccountReconciler implements Reconciler<CaaSAccount> {
    private static final Duration LOOK_AGAIN = Duration.ofHours(6);

    /** Nothing tells that the last one is done. */
    private static final Duration LOOK_FOR_REVOCATIONS_AGAIN = Duration.ofSeconds(10);

    /** Whoever registers a binding wakes the others that name it; this is for where it did not succeed. */
    private static final Duration LOOK_FOR_RIVAL_AGAIN = Duration.ofSeconds(1);

    private static final Duration SOON = Duration.ofMillis(100);

    private final Accounts accounts;
    private final SecretStore secrets;
    private final StatusWriter statuses;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;
    private final Begin begin;
    private final AccountStatuses page;
    private final Rivals rivals;
    private final Registrar registrar;
    private final Attempts attempts;
    private final Chores chores;
    private final Deactivation deactivation;
    private final Departure departure;
    private final Platforms platforms;
    private final Bindings bindings;
    private final PreRegistration preRegistration;
    private final Proof proof;
    private final AtPlatform atPlatform;
    private final Terms terms;

    /** What certificates have still to revoke they say in places where people of their namespaces can write. */
    private final Patience revocations;

    private final Map<String, LastTry> lastTries = new ConcurrentHashMap<>();
    private final Set<Rivals.Binding> registering = ConcurrentHashMap.newKeySet();

    /**
     * The last registration that failed. It is tried again when what it depended on changed, or when its time has come.
     *
     * @param basis the spec's generation and the binding Secret's version
     */
    private record LastTry(String basis, Trouble trouble, int failures, Instant next) {}

    private @Nullable Departures<CaaSAccount> departures;
    private @Nullable IndexerResourceCache<CaaSAccount> known;

    public AccountReconciler(
            Accounts accounts,
            Ledger ledger,
            SecretStore secrets,
            StatusWriter statuses,
            EventRecorder events,
            Finalizers finalizers,
            AuditLog audit,
            Clock clock,
            Begin begin,
            Platforms platforms,
            Bindings bindings,
            PreRegistrations preRegistrations,
            Purchases purchases) {
        this.accounts = accounts;
        this.secrets = secrets;
        this.statuses = statuses;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
        this.begin = begin;
        this.platforms = platforms;
        this.bindings = bindings;
        this.preRegistration = new PreRegistration(preRegistrations, secrets, events, audit);
        this.proof = new Proof(bindings, preRegistrations, secrets, audit, clock);
        this.atPlatform = new AtPlatform(accounts, ledger, purchases, events, audit, clock);
        this.attempts = new Attempts(clock);
        this.terms = new Terms(accounts, ledger, attempts, events, audit, clock);
        this.page = new AccountStatuses(accounts, atPlatform, statuses, clock);
        this.rivals = new Rivals(accounts);
        this.registrar = new Registrar(accounts, secrets, audit, clock);
        this.chores = new Chores(accounts, attempts, events, audit, clock);
        this.deactivation = new Deactivation(accounts, attempts, events, audit, clock);
        this.revocations = new Patience(clock);
        this.departure = new Departure(accounts, deactivation, attempts, finalizers, events, audit, clock);
    }

    @Override
    public List<EventSource<?, CaaSAccount>> prepareEventSources(EventSourceContext<CaaSAccount> context) {
        known = context.getPrimaryCache();
        var inbound = new SimpleInboundEventSource<CaaSAccount>("account-notes");
        platforms.onChange(platform -> context.getPrimaryCache()
                .list(a -> Platforms.isOf(a, platform))
                .forEach(a -> {
                    attempts.forgetPlatform(a);
                    inbound.propagateEvent(ResourceID.fromResource(a));
                }));
        accounts.onNote(name -> inbound.propagateEvent(new ResourceID(name.name(), name.namespace())));
        secrets.onForeignChange(secret -> context.getPrimaryCache()
                .list(secret.getMetadata().getNamespace())
                .filter(a -> Stream.of(Ownership.Role.account, Ownership.Role.ledger, Ownership.Role.eab)
                        .anyMatch(role -> new Ownership(
                                        role, "CaaSAccount", a.getMetadata().getName())
                                .isOn(secret)))
                .forEach(a -> inbound.propagateEvent(ResourceID.fromResource(a))));
        secrets.onForeignChange(secret -> bindings.holder(secret)
                .ifPresent(name -> inbound.propagateEvent(new ResourceID(name.name(), name.namespace()))));
        proof.askAboutAccounts(name -> context.getPrimaryCache().get(new ResourceID(name.name(), name.namespace())));
        var seeingOff = new Departures<CaaSAccount>(
                "account-departures",
                Departure.FINALIZER,
                id -> context.getPrimaryCache().get(id),
                account -> depart(statuses.newest(account)),
                account -> forget(account, context.getPrimaryCache().get(ResourceID.fromResource(account))),
                begin);
        departures = seeingOff;
        return List.of(inbound, seeingOff);
    }

    @Override
    public UpdateControl<CaaSAccount> reconcile(CaaSAccount cached, Context<CaaSAccount> context)
            throws SecretTakenException, InterruptedException {
        var account = statuses.newest(cached);
        Duration again;
        try (var _ = departures().turn(account)) {
            again = reconcile(
                    departure.prepare(account),
                    () -> context.getPrimaryCache().list().toList());
            departure.note(account);
        } catch (LedgerUnreadableException e) {
            again = unreadable(account, e);
        }
        return UpdateControl.<CaaSAccount>noUpdate().rescheduleAfter(again);
    }

    private Duration reconcile(CaaSAccount account, Supplier<List<CaaSAccount>> others)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var door = platforms.entrance(account);
        if (door instanceof Platforms.Door.Closed(var reason, var message)) {
            return closed(account, door, reason, message);
        }
        if (accounts.binding(account).isEmpty()) {
            var trouble = preRegistered(account, door);
            if (trouble.isPresent()) {
                return platformFailed(account, trouble.get());
            }
        }
        switch (account.getSpec().state()) {
            case Suspended -> {
                return suspended(account, door);
            }
            case Deactivated -> {
                return deactivated(account, door);
            }
            case Active -> {}
        }
        var rival = rivals.of(account, others.get());
        if (rival.isPresent()) {
            return conflict(account, rival.get());
        }
        if (accounts.isKeyInDoubt(account)) {
            return usable(keyInDoubt(account), door);
        }
        return isUsable(account) ? usable(account, door) : register(account, door, others);
    }

    /** Nothing is done at a platform that may not be used; its change wakes this. The term runs on. */
    private Duration closed(CaaSAccount account, Platforms.Door door, Reason reason, String message)
            throws LedgerUnreadableException, SecretTakenException {
        if (!conditions(account).hasReason(Conditions.READY, reason)) {
            events.warning(account, reason, "UsePlatform", message);
        }
        var term = terms.outlook(account, door);
        write(
                account,
                c -> terms.shown(c.stalled(reason, message, generation(account), clock.instant()), account, term),
                term.entry());
        return soonest(term.nextLook().stream());
    }

    /** Obtains a binding for an account that declares none, or puts back the one that was. */
    private Optional<Attempts.Failure> preRegistered(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        return atPlatform(
                account, Attempts.Act.PRE_REGISTRATION, door, open -> preRegistration.settle(account, open.api()));
    }

    /**
     * Brings the ledger in step with the platform, and the platform with what is declared. Not before the CA took the
     * binding: whoever declares a key id that is not theirs must not suspend those whose it is.
     */
    private Optional<Attempts.Failure> synced(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        return isBound(account)
                ? atPlatform(
                        account,
                        Attempts.Act.PLATFORM,
                        door,
                        entrance -> shown(account, entrance, open -> atPlatform.sync(account, open)))
                : Optional.empty();
    }

    private boolean isBound(CaaSAccount account) {
        return accounts.ofBinding(account).filter(k -> k.url() != null).isPresent();
    }

    /** What an account has to do at its platform, in use or suspended; what fails does not keep the other from being done. */
    private List<Attempts.Failure> atPlatform(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        return Stream.of(synced(account, door), extendedAt(account, door))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Nothing is done under a binding before it was shown to be this account's own. */
    private Optional<Trouble> shown(CaaSAccount account, Platforms.Door.Open entrance, Visit visit)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        if (bindings.proven(account).isEmpty()) {
            var trouble = proof.of(account, entrance.api());
            if (trouble.isPresent()) {
                return trouble;
            }
            // What is remembered is of another binding.
            atPlatform.forget(ObjectName.of(account));
        }
        return switch (platforms.of(account)) {
            case Platforms.Door.Open open -> visit.to(open);
            case Platforms.Door.Closed(var reason, var message) -> Optional.of(Trouble.passing(reason, message));
            case Platforms.Door.BuiltIn _ -> Optional.empty();
        };
    }

    private interface Visit {
        /** Does it; returns what keeps it from being done, if that is no failure of the platform. */
        Optional<Trouble> to(Platforms.Door.Open door)
                throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException;
    }

    /** Why it could not be done, and when it is tried again; empty if it was, or there is no platform to do it at. */
    private Optional<Attempts.Failure> atPlatform(
            CaaSAccount account, Attempts.Act act, Platforms.Door door, Visit visit)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        if (!(door instanceof Platforms.Door.Open open)) {
            return Optional.empty();
        }
        var waiting = attempts.waitingAfter(account, act);
        if (waiting.isPresent()) {
            return waiting;
        }
        Optional<Trouble> trouble;
        try {
            trouble = visit.to(open);
        } catch (PlatformFailure e) {
            trouble = Optional.of(new Trouble(e.reason(), e.text(), e.isPassing(), null));
        }
        if (trouble.isEmpty()) {
            attempts.succeeded(account, act);
        }
        return trouble.map(t -> told(account, attempts.failed(account, act, t)));
    }

    private Attempts.Failure told(CaaSAccount account, Attempts.Failure failure) {
        if (failure.isNews()) {
            var trouble = failure.trouble();
            audit.record(
                    AuditRecord.Type.ACCOUNT_CHANGE_FAILED,
                    account,
                    Map.of("reason", trouble.reason().name(), "message", trouble.message()));
            events.warning(account, trouble.reason(), "UsePlatform", trouble.message());
        }
        return failure;
    }

    private Duration platformFailed(CaaSAccount account, Attempts.Failure failure) {
        write(account, c -> shown(c, account, failure.trouble()), null);
        return untilThen(failure.next());
    }

    /** Goes on with an account that is deleted; its status is of interest only while there is something left to do. */
    private Optional<Duration> depart(CaaSAccount account) throws SecretTakenException, InterruptedException {
        var left = departure.depart(account);
        left.ifPresent(l -> write(account, c -> shown(c, account, l.trouble()), null));
        return left.map(l -> untilThen(l.next()));
    }

    private Departures<CaaSAccount> departures() {
        return Objects.requireNonNull(departures, "event sources are prepared before anything is reconciled");
    }

    /** Of one that was created again under its name what is known by the name is kept. */
    private void forget(CaaSAccount account, Optional<CaaSAccount> now) {
        var uid = account.getMetadata().getUid();
        lastTries.remove(uid);
        departure.forget(account);
        attempts.forget(account);
        if (now.filter(a -> !a.getMetadata().getUid().equals(uid)).isEmpty()) {
            var name = ObjectName.of(account);
            accounts.forget(name);
            chores.forget(name);
            atPlatform.forget(name);
            revocations.end(name);
        }
    }

    /** Given up for ever; first what it has still to revoke. */
    private Duration deactivated(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var key = accounts.ofBinding(account).filter(k -> !k.isDeactivated());
        if (key.isPresent()) {
            if (accounts.hasPendingRevocations(String.valueOf(key.get().url()))
                    && revocations.lasts(ObjectName.of(account))) {
                var message = "The ACME account is deactivated once pending revocations are done, or after ten minutes;"
                        + " nothing is ordered";
                write(
                        account,
                        c -> c.reconciling(Reason.Deactivated, message, generation(account), clock.instant()),
                        terms.extended(account, door));
                return LOOK_FOR_REVOCATIONS_AGAIN;
            }
            var failure = deactivation.deactivate(account, key.get());
            if (failure.isPresent()) {
                write(account, c -> shown(c, account, failure.get().trouble()), terms.extended(account, door));
                return untilThen(failure.get().next());
            }
        }
        var message = accounts.ofBinding(account).isPresent()
                ? "The ACME account is deactivated, for ever: nothing is ordered under it. Create another CaaSAccount with"
                        + " another binding"
                : "spec.state is Deactivated: nothing is registered and nothing is ordered";
        // The platform last: by then nothing has to be revoked under the account any more.
        var failures = synced(account, door).stream().toList();
        write(
                account,
                c -> beside(
                                c.stalled(Reason.Deactivated, message, generation(account), clock.instant()),
                                account,
                                failures)
                        .without(Conditions.TERM_ENDING),
                terms.extended(account, door));
        return soonest(nextVisits(account, failures));
    }

    private Conditions shown(Conditions conditions, CaaSAccount account, Trouble trouble) {
        var now = clock.instant();
        return trouble.passing()
                ? conditions.reconciling(trouble.reason(), trouble.message(), generation(account), now)
                : conditions.stalled(trouble.reason(), trouble.message(), generation(account), now);
    }

    /**
     * Said before it is found out: what waits for the account looks again when this changes. Not said again in place of
     * why it cannot be found out.
     */
    private CaaSAccount keyInDoubt(CaaSAccount account) {
        boolean said = conditions(account).isTrue(Conditions.RECONCILING)
                && !conditions(account).isTrue(Conditions.READY);
        return said
                ? account
                : write(
                        account,
                        c -> c.reconciling(
                                Reason.AccountNotReady,
                                "A change of the account key was interrupted; the CA is asked which key it has",
                                generation(account),
                                clock.instant()),
                        null);
    }

    /** The ledger's Secret is watched: whoever repairs it wakes this. */
    private Duration unreadable(CaaSAccount account, LedgerUnreadableException failure) {
        var message = String.valueOf(failure.getMessage());
        if (!conditions(account).hasReason(Conditions.READY, Reason.AccountNotReady)) {
            events.warning(account, Reason.AccountNotReady, "ReadLedger", message);
        }
        write(account, c -> c.stalled(Reason.AccountNotReady, message, generation(account), clock.instant()), null);
        return LOOK_AGAIN;
    }

    private boolean isUsable(CaaSAccount account) {
        return accounts.open(account).isPresent() && !accounts.isDoubted(ObjectName.of(account));
    }

    private Duration suspended(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var message = "spec.state is Suspended: nothing is ordered under this account";
        if (!conditions(account).hasReason(Conditions.READY, Reason.Suspended)) {
            audit.record(AuditRecord.Type.ACCOUNT_SUSPENDED, account, Map.of());
            events.warning(account, Reason.Suspended, "Suspend", message);
        }
        // Here it holds already: the platform is told after that, and what it says to it is shown beside it.
        var failures = atPlatform(account, door);
        var term = terms.outlook(account, door);
        write(
                account,
                c -> terms.shown(
                        beside(
                                c.stalled(Reason.Suspended, message, generation(account), clock.instant()),
                                account,
                                failures),
                        account,
                        term),
                term.entry());
        return soonest(Stream.concat(nextVisits(account, failures), term.nextLook().stream()));
    }

    private Conditions beside(Conditions conditions, CaaSAccount account, List<Attempts.Failure> failures) {
        return failures.stream()
                .findFirst()
                .map(f -> conditions.with(
                        Conditions.RECONCILING,
                        true,
                        f.trouble().reason(),
                        f.trouble().message(),
                        generation(account),
                        clock.instant()))
                .orElse(conditions);
    }

    private Stream<Instant> nextVisits(CaaSAccount account, List<Attempts.Failure> failures) {
        return Stream.concat(
                failures.stream().map(Attempts.Failure::next), atPlatform.nextSync(ObjectName.of(account)).stream());
    }

    /** Until the first of these times, and not for longer than nothing is looked at. */
    private Duration soonest(Stream<Instant> times) {
        return Stream.concat(times.map(this::untilThen), Stream.of(LOOK_AGAIN))
                .min(Comparator.naturalOrder())
                .orElse(LOOK_AGAIN);
    }

    private Duration conflict(CaaSAccount account, CaaSAccount rival) {
        var message = "CaaSAccount " + ObjectName.of(rival) + " already uses key id '"
                + accounts.keyId(account).orElse("") + "' at this server. Use that one, or delete it.";
        write(account, c -> c.stalled(Reason.Conflict, message, generation(account), clock.instant()), null);
        return Duration.ofMinutes(1);
    }

    private Duration usable(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var name = ObjectName.of(account);
        var left = chores.run(account);
        if (accounts.isKeyInDoubt(account) || accounts.isDoubted(name)) {
            left.troubles().stream()
                    .findFirst()
                    .ifPresent(t -> write(
                            account,
                            c -> c.reconciling(t.reason(), t.message(), generation(account), clock.instant()),
                            null));
            return left.again().map(this::untilThen).orElse(SOON);
        }
        var now = clock.instant();
        lastTries.remove(account.getMetadata().getUid());
        if (conditions(account).hasReason(Conditions.READY, Reason.Suspended)) {
            audit.record(AuditRecord.Type.ACCOUNT_RESUMED, account, Map.of());
        }
        var failures = atPlatform(account, door);
        var troubles = Stream.concat(left.troubles().stream(), failures.stream().map(Attempts.Failure::trouble))
                .toList();
        var term = terms.outlook(account, door);
        var standstill = accounts.shownStandstill(account);
        standstill
                .filter(s -> !conditions(account).hasReason(Conditions.RECONCILING, s.reason()))
                .ifPresent(s -> events.warning(account, s.reason(), "Order", s.why()));
        write(
                account,
                c -> terms.shown(usable(c, standstill, troubles, generation(account), now), account, term),
                term.entry());
        var others = Stream.of(term.nextLook(), standstill.map(Standstill::shownUntil), left.again())
                .flatMap(Optional::stream);
        return soonest(Stream.concat(nextVisits(account, failures), others)).plusSeconds(1);
    }

    /** What could not be brought in step leaves the account usable, and is shown beside that; so is a CA that is away. */
    private static Conditions usable(
            Conditions before, Optional<Standstill> standstill, List<Trouble> troubles, long generation, Instant now) {
        var ready = before.with(
                Conditions.READY,
                true,
                Reason.Registered,
                "The account is registered and can be used",
                generation,
                now);
        var stalled = troubles.stream().filter(t -> !t.passing()).findFirst();
        var passing = troubles.stream().filter(Trouble::passing).findFirst();
        var told = stalled.map(t -> ready.with(Conditions.STALLED, true, t.reason(), t.message(), generation, now))
                .orElse(ready.without(Conditions.STALLED));
        return standstill
                .map(s -> told.with(Conditions.RECONCILING, true, s.reason(), s.why(), generation, now))
                .or(() -> passing.map(
                        t -> told.with(Conditions.RECONCILING, true, t.reason(), t.message(), generation, now)))
                .orElse(told.without(Conditions.RECONCILING));
    }

    private Duration untilThen(Instant then) {
        var wait = Duration.between(clock.instant(), then).plusMillis(100);
        return wait.isNegative() ? SOON : wait;
    }

    /** One at a time for a binding: it is good for one account, whoever of several objects gets it. */
    private Duration register(CaaSAccount account, Platforms.Door door, Supplier<List<CaaSAccount>> others)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var standstill = accounts.standstill(account);
        if (standstill.isPresent()) {
            return waiting(account, standstill.get());
        }
        var binding = rivals.bindingOf(account).orElseThrow();
        if (!registering.add(binding)) {
            return LOOK_FOR_RIVAL_AGAIN;
        }
        try {
            // One that registered a moment ago was none yet when this was looked at first.
            var rival = rivals.of(account, others.get());
            return rival.isPresent() ? conflict(account, rival.get()) : registerAlone(account, door, others);
        } finally {
            registering.remove(binding);
        }
    }

    private Duration registerAlone(CaaSAccount account, Platforms.Door door, Supplier<List<CaaSAccount>> others)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var uid = account.getMetadata().getUid();
        var declared = accounts.binding(account).orElseThrow();
        var binding = registrar.bindingSecret(account, declared);
        var basis = account.getMetadata().getGeneration() + "/"
                + binding.map(s -> s.getMetadata().getUid() + s.getMetadata().getResourceVersion())
                        .orElse("absent");
        var last = lastTries.get(uid);
        var now = clock.instant();
        if (last != null && last.basis.equals(basis) && now.isBefore(last.next)) {
            var looked = new LastTry(basis, last.trouble, last.failures + 1, last.next);
            lastTries.put(uid, looked);
            return lookAgain(looked, now);
        }
        return switch (registrar.register(account, declared, binding)) {
            case Registrar.Outcome.Registered registered -> {
                events.normal(
                        account,
                        Reason.Registered,
                        "Register",
                        registered.isNew()
                                ? "Registered at " + account.getSpec().server() + " as "
                                        + registered.account().url()
                                : "Found again at " + account.getSpec().server() + " as "
                                        + registered.account().url());
                accounts.trust(ObjectName.of(account));
                accounts.answered(account);
                // Others that name the binding have to see that it is taken.
                rivals.claimants(account, others.get()).forEach(other -> accounts.note(ObjectName.of(other)));
                yield usable(account, door);
            }
            case Registrar.Outcome.Failed failed -> failed(account, basis, failed.trouble(), last, now);
        };
    }

    /** Whatever is changed meanwhile, and whoever is started meanwhile, the CA is not asked before. */
    private Duration waiting(CaaSAccount account, Standstill standstill) {
        write(
                account,
                c -> c.reconciling(standstill.reason(), standstill.why(), generation(account), clock.instant()),
                null);
        return untilThen(standstill.until());
    }

    private Duration failed(CaaSAccount account, String basis, Trouble trouble, @Nullable LastTry last, Instant now) {
        int failures = last == null || !last.basis.equals(basis) ? 1 : last.failures + 1;
        var next = trouble.nextTry()
                .filter(now::isBefore)
                .map(asked -> Backoff.bounded(asked, now))
                .orElse(now.plus(Backoff.untilServerIsAsked(trouble, failures)));
        var attempt = new LastTry(basis, trouble, failures, next);
        lastTries.put(account.getMetadata().getUid(), attempt);
        if (!conditions(account).hasReason(Conditions.READY, trouble.reason())) {
            audit.record(
                    AuditRecord.Type.ACCOUNT_REFUSED,
                    account,
                    Map.of("reason", trouble.reason().name(), "message", trouble.message()));
            events.warning(account, trouble.reason(), "Register", trouble.message());
        }
        trouble.nextTry().ifPresent(_ -> accounts.waitUntil(ObjectName.of(account), trouble.message(), next));
        write(
                account,
                c -> trouble.passing()
                        ? c.reconciling(trouble.reason(), trouble.message(), generation(account), now)
                        : c.stalled(trouble.reason(), trouble.message(), generation(account), now),
                null);
        return lookAgain(attempt, now);
    }

    /** The binding's Secret is looked at more often than the CA is asked: repairing it must help soon. */
    private static Duration lookAgain(LastTry last, Instant now) {
        var untilAsked = Duration.between(now, last.next).plusMillis(100);
        var untilRead = Backoff.untilSecretIsRead(last.failures);
        return untilAsked.compareTo(untilRead) < 0 ? untilAsked : untilRead;
    }

    /** Buys a year at the platform, if one is due: not under a binding that the CA did not take, as for {@link #synced}. */
    private Optional<Attempts.Failure> extendedAt(CaaSAccount account, Platforms.Door door)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var due = terms.due(account);
        if (due.isEmpty() || !isBound(account)) {
            atPlatform.nothingDue(ObjectName.of(account));
            return Optional.empty();
        }
        return atPlatform(
                account,
                Attempts.Act.EXTENSION,
                door,
                entrance -> shown(
                        account,
                        entrance,
                        open -> atPlatform.extend(account, open, due.get(), () -> stillDue(account, open, due.get()))));
    }

    /** Who has to agree, if the account and its platform are declared as they were, and that end is still the term's. */
    private Optional<Purchases.Approval> stillDue(CaaSAccount account, Platforms.Door.Open door, Instant from)
            throws LedgerUnreadableException {
        var now = Objects.requireNonNull(known)
                .get(ResourceID.fromResource(account))
                .map(statuses::newest)
                .filter(a -> Declared.by(a).equals(Declared.by(account)));
        if (now.isEmpty() || terms.due(now.get()).filter(from::equals).isEmpty()) {
            return Optional.empty();
        }
        return platforms.of(now.get()) instanceof Platforms.Door.Open open
                        && Declared.by(open.platform()).equals(Declared.by(door.platform()))
                ? Optional.of(new Purchases.Approval(
                        open.needsApproval(), now.get().getSpec().approvedCost()))
                : Optional.empty();
    }

    private CaaSAccount write(
            CaaSAccount account, java.util.function.UnaryOperator<Conditions> change, @Nullable LedgerEntry entry) {
        return page.write(account, change, entry);
    }

    private static Conditions conditions(CaaSAccount account) {
        return AccountStatuses.conditions(account);
    }

    private static long generation(CaaSAccount account) {
        return account.getMetadata().getGeneration();
    }
}
