package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.Parsed;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * What each account has, as one Secret each. Of an account without a platform that is {@code <account>-ledger} beside it;
 * of any other the record of its binding ({@link Bindings}), so that another binding has another ledger, and the one of
 * before is found again with that one. They have no owner reference: deleting the account object keeps what was subscribed,
 * and creating it again finds it.
 */
public final class Ledger {
    /** Key of the Secret's data under which the entry is kept. */
    public static final String KEY = "ledger.json";

    private final SecretStore secrets;
    private final Bindings bindings;
    private final Parsed<LedgerEntry, LedgerUnreadableException> entries = new Parsed<>(Ledger::read);
    private final Clock clock;

    /** Entries are small and change rarely: one writer at a time saves conflicts. */
    private final ReentrantLock writing = new ReentrantLock();

    public Ledger(SecretStore secrets, Bindings bindings, Clock clock) {
        this.secrets = secrets;
        this.bindings = bindings;
        this.clock = clock;
    }

    /** The ownership of the ledger Secret of an account without a platform. */
    public static Ownership ownership(String account) {
        return new Ownership(Ownership.Role.ledger, "CaaSAccount", account);
    }

    /** What is known of an account; empty if nothing was ever subscribed, and while its binding is not known to be its own. */
    public LedgerEntry entry(CaaSAccount account) throws LedgerUnreadableException {
        var secret = secret(account);
        return secret.isEmpty() ? LedgerEntry.empty() : entries.of(secret.get());
    }

    /** What an account has of a domain at its platform, under each binding that it has now or had before. */
    public List<Held> heldUnderAnyBinding(CaaSAccount account, String domain) throws LedgerUnreadableException {
        var all = new ArrayList<Held>();
        for (var record : bindings.records(account)) {
            Optional.ofNullable(entries.of(record).domains().get(domain)).ifPresent(all::add);
        }
        return List.copyOf(all);
    }

    /**
     * Adds a domain; the first of an account starts its term. Adding one that is there changes nothing.
     *
     * @param domain A-labels, lower case
     * @throws SecretTakenException if a Secret of the ledger's name is somebody else's
     */
    public LedgerEntry add(CaaSAccount account, String domain) throws LedgerUnreadableException, SecretTakenException {
        writing.lock();
        try {
            var before = entry(account);
            var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            var first = known(account)
                    .orElseGet(() -> Term.start(now, account.getSpec().initialYears()));
            var after = before.with(domain, now, first);
            if (!after.equals(before)) {
                write(account, after);
            }
            return after;
        } finally {
            writing.unlock();
        }
    }

    /**
     * Changes what is known of an account at a platform; nothing is written when nothing changes.
     *
     * @return the entry as it is then
     */
    LedgerEntry change(CaaSAccount account, UnaryOperator<LedgerEntry> change)
            throws LedgerUnreadableException, SecretTakenException {
        writing.lock();
        try {
            var before = entry(account);
            var after = change.apply(before);
            if (!after.equals(before)) {
                write(account, after);
            }
            return after;
        } finally {
            writing.unlock();
        }
    }

    /** Records what is done to a binding or an ACME account as declared; empty once that is undone. */
    public void applied(CaaSAccount account, String scope, Optional<Deed> deed)
            throws LedgerUnreadableException, SecretTakenException {
        change(account, entry -> {
            var all = new TreeMap<>(entry.applied());
            deed.ifPresentOrElse(d -> all.put(scope, d), () -> all.remove(scope));
            return entry.withApplied(all);
        });
    }

    /** Records why the platform lets nothing be issued; empty when it does not hold the account back. */
    public void holdBack(CaaSAccount account, Optional<String> because)
            throws LedgerUnreadableException, SecretTakenException {
        change(account, entry -> entry.suspended(because.orElse(null)));
    }

    /**
     * Extends the term by a year.
     *
     * @param from its end as it was when that became due: one that ends later has been extended meanwhile
     */
    public LedgerEntry extend(CaaSAccount account, Instant from)
            throws LedgerUnreadableException, SecretTakenException {
        return change(
                account,
                entry -> Optional.ofNullable(entry.term())
                        .filter(t -> t.expiresAt().equals(from))
                        .map(t -> entry.with(t.oneYearLonger()))
                        .orElse(entry));
    }

    /**
     * Removes a domain from the built-in ledger.
     *
     * @param domain A-labels, lower case
     * @return whether it was there
     */
    public boolean remove(CaaSAccount account, String domain) throws LedgerUnreadableException, SecretTakenException {
        writing.lock();
        try {
            boolean was = entry(account).domains().containsKey(domain);
            change(account, entry -> entry.without(domain));
            return was;
        } finally {
            writing.unlock();
        }
    }

    /** The term that the status still knows when the ledger was lost: it goes on, it does not start again. */
    private static Optional<Term> known(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .map(CaaSAccountStatus::term)
                .filter(t -> t.startedAt() != null && t.expiresAt() != null)
                .map(t -> new Term(
                        java.util.Objects.requireNonNull(t.startedAt()),
                        java.util.Objects.requireNonNull(t.expiresAt())));
    }

    /** The Secret that has an account's entry; empty before there is one. */
    Optional<ObjectName> place(CaaSAccount account) {
        return secret(account).map(ObjectName::of);
    }

    private Optional<Secret> secret(CaaSAccount account) {
        var meta = account.getMetadata();
        return account.getSpec().platformRef() == null
                ? secrets.get(ownership(meta.getName()), meta.getNamespace())
                : bindings.record(account);
    }

    private static LedgerEntry read(Secret secret) throws LedgerUnreadableException {
        return LedgerEntry.fromJson(SecretText.of(secret, KEY)
                .orElseThrow(() -> new LedgerUnreadableException("key " + KEY + " is missing")));
    }

    private void write(CaaSAccount account, LedgerEntry entry) throws LedgerUnreadableException, SecretTakenException {
        var data = Map.of(KEY, SecretText.encoded(entry.toJson()));
        var existing = secret(account);
        if (existing.isPresent()) {
            secrets.update(SecretStore.edit(existing.get()).addToData(data).build());
            return;
        }
        if (account.getSpec().platformRef() != null) {
            throw new LedgerUnreadableException("whose binding this is, is not on record any more");
        }
        var meta = account.getMetadata();
        secrets.create(ownership(meta.getName()).newSecret(meta.getNamespace(), data));
    }
}
