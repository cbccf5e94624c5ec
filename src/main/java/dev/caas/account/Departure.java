package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.DeletionPolicy;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.SecretTakenException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sees a deleted account off: only with {@code deletionPolicy: Deactivate} is there anything to do, and a finalizer that
 * makes the API server wait for it. It never waits for longer than ten minutes.
 */
final class Departure {
    static final String FINALIZER = "caas.dev/deactivate";
    static final Duration LONGEST = Patience.LONGEST;

    /** Tenants decide what has still to be revoked, and must not keep the account from being given up. */
    private static final Duration LONGEST_FOR_REVOCATIONS = LONGEST.minusMinutes(2);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);
    private static final Duration TRY_AGAIN = Duration.ofMinutes(1);

    private final Accounts accounts;
    private final Deactivation deactivation;
    private final Attempts attempts;
    private final Finalizers finalizers;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    /** The account of a binding, and how that was declared. */
    private record Seen(String server, @Nullable ExternalAccountBinding declared, AccountKey key) {}

    Departure(
            Accounts accounts,
            Deactivation deactivation,
            Attempts attempts,
            Finalizers finalizers,
            EventRecorder events,
            AuditLog audit,
            Clock clock) {
        this.accounts = accounts;
        this.deactivation = deactivation;
        this.attempts = attempts;
        this.finalizers = finalizers;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /** What comes next for an account on its way out. */
    sealed interface Step {
        /** The object may go. */
        record Release() implements Step {}

        /** The object goes although something was left undone. */
        record Abandon(String undone) implements Step {}

        record Deactivate() implements Step {}

        /** Something else comes first. */
        record Wait(String forWhat) implements Step {}
    }

    /**
     * Decides what comes next. Pure.
     *
     * @param deactivates whether the policy asks for it
     * @param hasAccount whether there is an account that is not given up yet
     * @param hasRevocations whether the account has still to revoke certificates
     * @param undone what failed last, if something did
     */
    static Step next(
            boolean deactivates,
            boolean hasAccount,
            boolean hasRevocations,
            Optional<String> undone,
            Instant deletedAt,
            Instant now) {
        if (!deactivates || !hasAccount) {
            return new Step.Release();
        }
        if (!now.isBefore(deletedAt.plus(LONGEST))) {
            return new Step.Abandon(undone.orElse("the operator did not run"));
        }
        return hasRevocations && now.isBefore(deletedAt.plus(LONGEST_FOR_REVOCATIONS))
                ? new Step.Wait("certificates have still to be revoked by it")
                : new Step.Deactivate();
    }

    /** Puts the finalizer on, or takes it off, as the policy says; returns the object as it is then. */
    CaaSAccount prepare(CaaSAccount account) {
        return account.getSpec().deletionPolicy() == DeletionPolicy.Deactivate
                ? finalizers.add(account, FINALIZER)
                : finalizers.remove(account, FINALIZER);
    }

    /**
     * Notes the account that is given up when this is deleted: in a namespace that goes, the Secrets with it and with its
     * binding go first.
     */
    void note(CaaSAccount account) {
        var uid = account.getMetadata().getUid();
        var spec = account.getSpec();
        if (spec.deletionPolicy() != DeletionPolicy.Deactivate) {
            seen.remove(uid);
            return;
        }
        accounts.ofBinding(account)
                .ifPresent(key -> seen.put(uid, new Seen(spec.server(), spec.externalAccountBinding(), key)));
    }

    /** It is gone. */
    void forget(CaaSAccount account) {
        seen.remove(account.getMetadata().getUid());
    }

    /** The account of the declared binding; of another, which was declared before, nothing is given up. */
    private Optional<AccountKey> ofBinding(CaaSAccount account) {
        var spec = account.getSpec();
        return accounts.ofBinding(account)
                .or(() -> Optional.ofNullable(seen.get(account.getMetadata().getUid()))
                        .filter(s -> s.server.equals(spec.server())
                                && Objects.equals(s.declared, spec.externalAccountBinding()))
                        .map(Seen::key));
    }

    /**
     * Goes on with the departure.
     *
     * @return when to come back, and why; empty once there is nothing to wait for
     */
    Optional<Attempts.Failure> depart(CaaSAccount account) throws SecretTakenException, InterruptedException {
        if (!account.hasFinalizer(FINALIZER)) {
            return Optional.empty();
        }
        var key = ofBinding(account).filter(k -> !k.isDeactivated());
        var now = clock.instant();
        var step = next(
                account.getSpec().deletionPolicy() == DeletionPolicy.Deactivate,
                key.isPresent(),
                key.filter(k -> accounts.hasPendingRevocations(String.valueOf(k.url())))
                        .isPresent(),
                attempts.last(account, Attempts.Act.DEACTIVATION)
                        .map(f -> f.trouble().message()),
                Instant.parse(account.getMetadata().getDeletionTimestamp()),
                now);
        return switch (step) {
            case Step.Release _ -> release(account);
            case Step.Abandon(var undone) -> {
                abandon(account, undone);
                yield release(account);
            }
            case Step.Wait(var forWhat) -> Optional.of(waiting(account, forWhat, now.plus(LOOK_AGAIN)));
            case Step.Deactivate _ -> {
                var failure = deactivation.deactivate(account, key.orElseThrow());
                yield failure.isEmpty() ? release(account) : failure.map(f -> soon(f, now));
            }
        };
    }

    /** What is in the Secret, or, where that is gone, what was in it when the status was written. */
    private Optional<Attempts.Failure> release(CaaSAccount account) {
        finalizers.remove(account, FINALIZER);
        return Optional.empty();
    }

    private void abandon(CaaSAccount account, String undone) {
        var url = accounts.url(account).orElse("");
        audit.record(AuditRecord.Type.ACCOUNT_ABANDONED, account, Map.of("accountUrl", url, "undone", undone));
        events.warning(
                account,
                Reason.Failed,
                "Deactivate",
                "Deleted without deactivating the ACME account " + url + ", which was tried for ten minutes: " + undone
                        + ". Its Secret is kept where the namespace is");
    }

    private static Attempts.Failure waiting(CaaSAccount account, String forWhat, Instant next) {
        return new Attempts.Failure(
                account.getMetadata().getGeneration(),
                Trouble.passing(Reason.Deactivated, "The ACME account is deactivated once it can be: " + forWhat),
                1,
                next);
    }

    /** However long the CA asks to wait: the end is not missed. */
    private static Attempts.Failure soon(Attempts.Failure failure, Instant now) {
        var most = now.plus(TRY_AGAIN);
        return failure.next().isBefore(most)
                ? failure
                : new Attempts.Failure(failure.generation(), failure.trouble(), failure.count(), most);
    }
}
