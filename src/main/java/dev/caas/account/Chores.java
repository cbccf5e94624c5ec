package dev.caas.account;

import dev.caas.acme.AcmeFailure;
import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Brings a registered account in step with its declaration: contacts (RFC 8555 section 7.3.2) and key. Nothing is asked
 * of the CA while all is in step; what fails is said, and leaves the account in use as it is.
 */
final class Chores {
    private final Accounts accounts;
    private final KeyRollover rollover;
    private final Attempts attempts;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;

    Chores(Accounts accounts, Attempts attempts, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.rollover = new KeyRollover(accounts, events, audit, clock);
        this.attempts = attempts;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * What is left to do.
     *
     * @param troubles what could not be done
     * @param again when to come back; empty if all is in step
     */
    record Left(List<Trouble> troubles, Optional<Instant> again) {}

    /** A chore; returns when to come back to it, empty if it is done. */
    private interface Chore {
        Optional<Instant> run(AccountKey key)
                throws AcmeFailure, CertificateException, SecretTakenException, InterruptedException;
    }

    /** Does what there is to do. */
    Left run(CaaSAccount account) throws SecretTakenException, InterruptedException {
        var waits = accounts.waitsUntil(account);
        if (waits.isPresent()) {
            // What failed before is no better meanwhile.
            return new Left(
                    Stream.of(Attempts.Act.KEY, Attempts.Act.CONTACTS)
                            .flatMap(act -> attempts.last(account, act).stream())
                            .map(Attempts.Failure::trouble)
                            .toList(),
                    waits);
        }
        var left = new ArrayList<Left>();
        // The key first: with one that the CA does not have nothing can be signed.
        left.add(run(
                account, Attempts.Act.KEY, "RollKey", "the account key could not be changed: ", k -> roll(account, k)));
        if (!accounts.isKeyInDoubt(account)) {
            left.add(run(
                    account,
                    Attempts.Act.CONTACTS,
                    "UpdateContacts",
                    "the CA could not be told the contacts: ",
                    k -> updateContacts(account, k)));
        }
        return new Left(
                left.stream().flatMap(l -> l.troubles.stream()).toList(),
                left.stream().flatMap(l -> l.again.stream()).min(Comparator.naturalOrder()));
    }

    /** The account is gone. */
    void forget(ObjectName account) {
        rollover.forget(account);
    }

    private Left run(CaaSAccount account, Attempts.Act act, String action, String what, Chore chore)
            throws SecretTakenException, InterruptedException {
        var key = accounts.ofBinding(account).filter(AccountKey::isRegistered);
        var waiting = attempts.waitingAfter(account, act);
        if (key.isEmpty() || waiting.isPresent()) {
            return new Left(
                    waiting.map(Attempts.Failure::trouble).stream().toList(), waiting.map(Attempts.Failure::next));
        }
        Trouble trouble;
        try {
            var again = chore.run(key.get());
            attempts.succeeded(account, act);
            return new Left(List.of(), again);
        } catch (AcmeFailure e) {
            trouble =
                    Refusals.of(e, account.getSpec(), accounts.binding(account)).about(what);
        } catch (CertificateException e) {
            trouble = Trouble.lasting(Reason.InvalidSpec, what + "spec.caBundle cannot be used: " + e.getMessage());
        }
        var failure = attempts.failed(account, act, trouble);
        trouble.nextTry()
                .ifPresent(_ -> accounts.waitUntil(
                        ObjectName.of(account), failure.trouble().message(), failure.next()));
        if (failure.isNews()) {
            audit.record(
                    AuditRecord.Type.ACCOUNT_CHANGE_FAILED,
                    account,
                    Map.of("reason", trouble.reason().name(), "message", trouble.message()));
        }
        events.warning(account, trouble.reason(), action, trouble.message());
        return new Left(List.of(trouble), Optional.of(failure.next()));
    }

    private Optional<Instant> roll(CaaSAccount account, AccountKey key)
            throws AcmeFailure, CertificateException, SecretTakenException, InterruptedException {
        var due = KeyRollover.due(account.getSpec(), key);
        return due.isPresent() && !clock.instant().isBefore(due.get()) ? rollover.roll(account, key) : due;
    }

    private Optional<Instant> updateContacts(CaaSAccount account, AccountKey key)
            throws AcmeFailure, CertificateException, SecretTakenException {
        var wanted = account.getSpec().contacts();
        var told = key.contacts();
        if (told != null && new HashSet<>(told).equals(new HashSet<>(wanted))) {
            return Optional.empty();
        }
        accounts.server(account)
                .account(Objects.requireNonNull(key.url()), key.key().pair())
                .updateContacts(wanted);
        accounts.store(account, key.withContacts(wanted));
        audit.record(
                AuditRecord.Type.ACCOUNT_CONTACTS_UPDATED,
                account,
                Map.of("accountUrl", String.valueOf(key.url()), "contacts", wanted));
        events.normal(
                account, Reason.ContactsUpdated, "UpdateContacts", "The CA was told " + wanted.size() + " contacts");
        return Optional.empty();
    }
}
