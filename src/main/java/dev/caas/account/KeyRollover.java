package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import dev.caas.pki.CertificateKey;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Changes an account's key (RFC 8555 section 7.3.5). The next key is in the Secret before the CA hears of it and stays
 * beside the old one until the CA said which of the two it has, so that killed at any point the account is not lost.
 *
 * <p>Proofs of control contain the account key's thumbprint: the key is not changed while an order is being worked on,
 * nor, within bounds, while one is under way.
 */
final class KeyRollover {
    /** Longer than an order is worked on in one go; new ones wait meanwhile. */
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(45);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    private final Accounts accounts;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;
    /** Orders that take longer have to prove control again. */
    private final Patience patience;

    KeyRollover(Accounts accounts, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
        this.patience = new Patience(clock);
    }

    /** When the key is to be changed; empty if it is not. What was begun is brought to an end, whatever is declared now. */
    static Optional<Instant> due(CaaSAccountSpec spec, AccountKey key) {
        return key.next() != null
                ? Optional.of(Instant.EPOCH)
                : Optional.ofNullable(spec.rollKeyCreatedBefore())
                        .filter(before -> key.createdAt().isBefore(before));
    }

    /**
     * Changes the key.
     *
     * @return when to come back, if orders have to be waited for; empty if the key is changed
     * @throws AcmeFailure if the CA did not take the next key, or could not be asked whether it has
     */
    Optional<Instant> roll(CaaSAccount account, AccountKey key)
            throws AcmeFailure, CertificateException, SecretTakenException, InterruptedException {
        var name = ObjectName.of(account);
        var alone = accounts.useAlone(name, LONGEST_DRAIN);
        if (alone.isEmpty()) {
            return Optional.of(clock.instant().plus(LOOK_AGAIN));
        }
        try (var _ = alone.get()) {
            var begun = key.next();
            if (begun != null) {
                if (isTaken(account, begun)) {
                    return taken(account, key, begun);
                }
                accounts.notTaken(name, begun);
            }
            if (accounts.hasOrdersUnderWay(String.valueOf(key.url())) && patience.lasts(name)) {
                return Optional.of(clock.instant().plus(LOOK_AGAIN));
            }
            patience.end(name);
            return begun != null ? change(account, key, begun) : begin(account, key);
        }
    }

    /** The account is gone. */
    void forget(ObjectName account) {
        patience.end(account);
    }

    private Optional<Instant> begin(CaaSAccount account, AccountKey key)
            throws AcmeFailure, CertificateException, SecretTakenException {
        var next =
                new AccountKey.Next(CertificateKey.generate(account.getSpec().privateKeyAlgorithm()), clock.instant());
        accounts.notTaken(ObjectName.of(account), next);
        var rolling = key.rollingTo(next);
        accounts.store(account, rolling);
        return change(account, rolling, next);
    }

    private Optional<Instant> change(CaaSAccount account, AccountKey key, AccountKey.Next next)
            throws AcmeFailure, CertificateException, SecretTakenException {
        var name = ObjectName.of(account);
        try {
            accounts.server(account)
                    .account(Objects.requireNonNull(key.url()), key.key().pair())
                    .changeKey(next.key().pair());
        } catch (AcmeFailure e) {
            if (mayHaveBeenDone(e)) {
                accounts.mayBeTaken(name);
                if (isTaken(account, next)) {
                    return taken(account, key, next);
                }
                accounts.notTaken(name, next);
            }
            switch (e.kind()) {
                case BLOCKED -> accounts.store(account, key.rollingTo(null));
                case ACCOUNT_UNKNOWN -> {
                    accounts.store(account, key.rollingTo(null));
                    accounts.doubt(name);
                }
                default -> {
                    // The same key is offered again: the request that failed may still be on its way.
                }
            }
            throw e;
        }
        return taken(account, key, next);
    }

    /** A refusal too may be due to an earlier request that got through only now: then the old key counts no more. */
    static boolean mayHaveBeenDone(AcmeFailure failure) {
        return switch (failure.kind()) {
            case UNREACHABLE, RETRY, WAIT, BLOCKED, ACCOUNT_UNKNOWN -> true;
            default -> false;
        };
    }

    private boolean isTaken(CaaSAccount account, AccountKey.Next next) throws AcmeFailure, CertificateException {
        return accounts.server(account).find(next.key().pair()).isPresent();
    }

    private Optional<Instant> taken(CaaSAccount account, AccountKey key, AccountKey.Next next)
            throws SecretTakenException {
        accounts.mayBeTaken(ObjectName.of(account));
        var thumbprint = AcmeAccount.thumbprint(next.key().pair().getPublic());
        // On record before it is stored: once it is stored, nobody would know that it is not on record.
        audit.record(
                AuditRecord.Type.ACCOUNT_KEY_ROLLED,
                account,
                Map.of(
                        "accountUrl", String.valueOf(key.url()),
                        "oldKeyThumbprint",
                                AcmeAccount.thumbprint(key.key().pair().getPublic()),
                        "keyThumbprint", thumbprint));
        accounts.store(account, key.rolledTo(next));
        events.normal(
                account,
                Reason.KeyRolled,
                "RollKey",
                "The account key was changed; the thumbprint of the new one is " + thumbprint);
        return Optional.empty();
    }
}
