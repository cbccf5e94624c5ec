package dev.caas.account;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeServer;
import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Gives an account up at its CA, for ever (RFC 8555 section 7.3.6). The Secret keeps a note of it, so that nobody takes
 * the account for one that can be used. Repeating it does no harm: an account that is given up already is found to be.
 */
final class Deactivation {
    /** Orders under way are let go to where they stop for want of an entitlement; then it is done all the same. */
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(20);

    private final Accounts accounts;
    private final Attempts attempts;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;

    Deactivation(Accounts accounts, Attempts attempts, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.attempts = attempts;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Gives the account up, unless it is too early to try again.
     *
     * @return what failed; empty if it is done
     */
    Optional<Attempts.Failure> deactivate(CaaSAccount account, AccountKey key)
            throws SecretTakenException, InterruptedException {
        var waiting = attempts.waitingAfter(account, Attempts.Act.DEACTIVATION);
        if (waiting.isPresent()) {
            return waiting;
        }
        var alone = accounts.useAlone(ObjectName.of(account), LONGEST_DRAIN);
        try {
            atCa(account, key);
            note(account, key);
            attempts.succeeded(account, Attempts.Act.DEACTIVATION);
            return Optional.empty();
        } catch (AcmeFailure e) {
            return Optional.of(failed(
                    account,
                    Refusals.of(e, account.getSpec(), accounts.binding(account)).about(WHAT)));
        } catch (CertificateException e) {
            return Optional.of(failed(
                    account,
                    Trouble.lasting(Reason.InvalidSpec, WHAT + "spec.caBundle cannot be used: " + e.getMessage())));
        } finally {
            alone.ifPresent(Accounts.Use::close);
        }
    }

    private static final String WHAT = "the ACME account could not be deactivated: ";

    private void atCa(CaaSAccount account, AccountKey key) throws AcmeFailure, CertificateException {
        var server = accounts.server(account, key);
        var pair = pair(server, key);
        var url = key.url();
        try {
            if (url != null) {
                server.account(url, pair).deactivate();
            } else {
                // Killed before it could be noted, somebody may have registered it.
                var found = server.find(pair);
                if (found.isPresent()) {
                    found.get().deactivate();
                }
            }
        } catch (AcmeFailure e) {
            if (!isGone(server, pair, e)) {
                throw e;
            }
        }
    }

    /** The key that the CA has, where a change of it was not brought to an end. */
    private static KeyPair pair(AcmeServer server, AccountKey key) throws AcmeFailure {
        var next = key.next();
        return next != null && server.find(next.key().pair()).isPresent()
                ? next.key().pair()
                : key.key().pair();
    }

    /** Whether there is no account any more that the key could use: a refusal of the account's own key says so. */
    private static boolean isGone(AcmeServer server, KeyPair pair, AcmeFailure refusal) throws AcmeFailure {
        if (refusal.kind() == AcmeFailure.Kind.ACCOUNT_UNKNOWN) {
            return true;
        }
        if (refusal.kind() != AcmeFailure.Kind.BLOCKED || !refusal.isDecision()) {
            return false;
        }
        try {
            return server.find(pair).isEmpty();
        } catch (AcmeFailure e) {
            if (e.kind() == AcmeFailure.Kind.BLOCKED && e.isDecision()) {
                return true;
            }
            throw e;
        }
    }

    private void note(CaaSAccount account, AccountKey key) throws SecretTakenException {
        boolean tooSoon = accounts.hasPendingRevocations(String.valueOf(key.url()));
        if (accounts.ofBinding(account).isPresent()) {
            accounts.store(account, key.deactivated(clock.instant()));
        }
        audit.record(
                AuditRecord.Type.ACCOUNT_DEACTIVATED,
                account,
                Map.of(
                        "server",
                        key.server(),
                        "keyId",
                        key.keyId(),
                        "accountUrl",
                        String.valueOf(key.url()),
                        "revocationsLeft",
                        tooSoon));
        if (tooSoon) {
            events.warning(
                    account,
                    Reason.Deactivated,
                    "Deactivate",
                    "The ACME account " + key.url()
                            + " is deactivated although certificates have still to be revoked by"
                            + " it, which was waited for. Revoke them at the CA platform");
        }
        events.normal(
                account,
                Reason.Deactivated,
                "Deactivate",
                "The ACME account " + key.url() + " is deactivated, for ever");
    }

    private Attempts.Failure failed(CaaSAccount account, Trouble trouble) {
        var failure = attempts.failed(account, Attempts.Act.DEACTIVATION, trouble);
        if (failure.isNews()) {
            audit.record(
                    AuditRecord.Type.ACCOUNT_CHANGE_FAILED,
                    account,
                    Map.of("reason", trouble.reason().name(), "message", trouble.message()));
        }
        events.warning(account, trouble.reason(), "Deactivate", trouble.message());
        return failure;
    }
}
