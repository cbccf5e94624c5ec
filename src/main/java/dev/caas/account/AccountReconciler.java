package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.Begin;
import dev.caas.kube.Conditions;
import dev.caas.kube.Departures;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
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
    private final Ledger ledger;
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

    public AccountReconciler(
            Accounts accounts,
            Ledger ledger,
            SecretStore secrets,
            StatusWriter statuses,
            EventRecorder events,
            Finalizers finalizers,
            AuditLog audit,
            Clock clock,
            Begin begin) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.secrets = secrets;
        this.statuses = statuses;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
        this.begin = begin;
        this.page = new AccountStatuses(accounts, statuses, clock);
        this.rivals = new Rivals(accounts);
        this.registrar = new Registrar(accounts, secrets, audit, clock);
        this.attempts = new Attempts(clock);
        this.chores = new Chores(accounts, attempts, events, audit, clock);
        this.deactivation = new Deactivation(accounts, attempts, events, audit, clock);
        this.revocations = new Patience(clock);
        this.departure = new Departure(accounts, deactivation, attempts, finalizers, events, audit, clock);
    }

    @Override
    public List<EventSource<?, CaaSAccount>> prepareEventSources(EventSourceContext<CaaSAccount> context) {
        var inbound = new SimpleInboundEventSource<CaaSAccount>("account-notes");
        accounts.onNote(name -> inbound.propagateEvent(new ResourceID(name.name(), name.namespace())));
        secrets.onForeignChange(secret -> context.getPrimaryCache()
                .list(secret.getMetadata().getNamespace())
                .filter(a -> Stream.of(Ownership.Role.account, Ownership.Role.ledger)
                        .anyMatch(role -> new Ownership(
                                        role, "CaaSAccount", a.getMetadata().getName())
                                .isOn(secret)))
                .forEach(a -> inbound.propagateEvent(ResourceID.fromResource(a))));
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
        } catch (LedgerUnreadableException e) {
            again = unreadable(account, e);
        }
        return UpdateControl.<CaaSAccount>noUpdate().rescheduleAfter(again);
    }

    private Duration reconcile(CaaSAccount account, Supplier<List<CaaSAccount>> others)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        switch (account.getSpec().state()) {
            case Suspended -> {
                return suspended(account);
            }
            case Deactivated -> {
                return deactivated(account);
            }
            case Active -> {}
        }
        var rival = rivals.of(account, others.get());
        if (rival.isPresent()) {
            return conflict(account, rival.get());
        }
        if (accounts.isKeyInDoubt(account)) {
            return usable(keyInDoubt(account));
        }
        return isUsable(account) ? usable(account) : register(account, others);
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
        attempts.forget(account);
        if (now.filter(a -> !a.getMetadata().getUid().equals(uid)).isEmpty()) {
            var name = ObjectName.of(account);
            accounts.forget(name);
            chores.forget(name);
            revocations.end(name);
        }
    }

    /** Given up for ever; first what it has still to revoke. */
    private Duration deactivated(CaaSAccount account)
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
                        extended(account));
                return LOOK_FOR_REVOCATIONS_AGAIN;
            }
            var failure = deactivation.deactivate(account, key.get());
            if (failure.isPresent()) {
                write(account, c -> shown(c, account, failure.get().trouble()), extended(account));
                return untilThen(failure.get().next());
            }
        }
        var message = accounts.ofBinding(account).isPresent()
                ? "The ACME account is deactivated, for ever: nothing is ordered under it. Create another CaaSAccount with"
                        + " another binding"
                : "spec.state is Deactivated: nothing is registered and nothing is ordered";
        write(
                account,
                c -> c.stalled(Reason.Deactivated, message, generation(account), clock.instant()),
                extended(account));
        return LOOK_AGAIN;
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

    private Duration suspended(CaaSAccount account) throws LedgerUnreadableException, SecretTakenException {
        var message = "spec.state is Suspended: nothing is ordered under this account";
        if (!conditions(account).hasReason(Conditions.READY, Reason.Suspended)) {
            audit.record(AuditRecord.Type.ACCOUNT_SUSPENDED, account, Map.of());
            events.warning(account, Reason.Suspended, "Suspend", message);
        }
        write(
                account,
                c -> c.stalled(Reason.Suspended, message, generation(account), clock.instant()),
                extended(account));
        return LOOK_AGAIN;
    }

    private Duration conflict(CaaSAccount account, CaaSAccount rival) {
        var message = "CaaSAccount " + ObjectName.of(rival) + " already uses key id '"
                + account.getSpec().externalAccountBinding().keyId() + "' at this server. Use that one, or delete it.";
        write(account, c -> c.stalled(Reason.Conflict, message, generation(account), clock.instant()), null);
        return Duration.ofMinutes(1);
    }

    private Duration usable(CaaSAccount account)
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
        var term = extended(account);
        var standstill = accounts.shownStandstill(account);
        standstill
                .filter(s -> !conditions(account).hasReason(Conditions.RECONCILING, s.reason()))
                .ifPresent(s -> events.warning(account, s.reason(), "Order", s.why()));
        write(account, c -> usable(c, standstill, left.troubles(), generation(account), now), term);
        var nextTerm = Optional.ofNullable(term.term())
                .flatMap(t -> t.nextChange(now, paidThrough(account)))
                .map(t -> Duration.between(now, t));
        var nextWait = standstill.map(s -> Duration.between(now, s.shownUntil()));
        var nextChore = left.again().map(this::untilThen);
        return Stream.of(nextTerm, nextWait, nextChore, Optional.of(LOOK_AGAIN))
                .flatMap(Optional::stream)
                .map(d -> d.plusSeconds(1))
                .min(Comparator.naturalOrder())
                .orElse(LOOK_AGAIN);
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
    private Duration register(CaaSAccount account, Supplier<List<CaaSAccount>> others)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var standstill = accounts.standstill(account);
        if (standstill.isPresent()) {
            return waiting(account, standstill.get());
        }
        var binding = Rivals.bindingOf(account);
        if (!registering.add(binding)) {
            return LOOK_FOR_RIVAL_AGAIN;
        }
        try {
            // One that registered a moment ago was none yet when this was looked at first.
            var rival = rivals.of(account, others.get());
            return rival.isPresent() ? conflict(account, rival.get()) : registerAlone(account, others);
        } finally {
            registering.remove(binding);
        }
    }

    private Duration registerAlone(CaaSAccount account, Supplier<List<CaaSAccount>> others)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var uid = account.getMetadata().getUid();
        var binding = registrar.bindingSecret(account);
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
        return switch (registrar.register(account, binding)) {
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
                Rivals.claimants(account, others.get()).forEach(other -> accounts.note(ObjectName.of(other)));
                yield usable(account);
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

    /** The ledger's entry, after an extension if one is due. */
    private LedgerEntry extended(CaaSAccount account) throws LedgerUnreadableException, SecretTakenException {
        var name = ObjectName.of(account);
        var before = ledger.entry(name);
        var paidThrough = paidThrough(account);
        if (paidThrough.isEmpty()) {
            return before;
        }
        var after = ledger.extend(name, paidThrough.get());
        if (!after.equals(before)) {
            audit.record(
                    AuditRecord.Type.TERM_EXTENDED,
                    account,
                    Map.of("expiresAt", after.endsAt().map(Instant::toString).orElse("")));
        }
        return after;
    }

    private static Optional<LocalDate> paidThrough(CaaSAccount account) {
        return Optional.ofNullable(account.getSpec().term())
                .map(CaaSAccountSpec.Term::paidThrough)
                .map(LocalDate::parse);
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
