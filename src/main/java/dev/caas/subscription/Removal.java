package dev.caas.subscription;

import dev.caas.account.Accounts;
import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec.DeletionPolicy;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.Held;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms.Door;
import dev.caas.platform.Purchases;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Removes the domain of a deleted subscription, where the policy says so: nothing else ever does. Its associated name
 * goes with it only if it was bought with it: another one's may be paid for. A finalizer makes the API server wait for it,
 * for ten minutes at most, whatever keeps it from being done.
 */
final class Removal {
    private static final Logger LOG = Logger.getLogger(Removal.class);
    static final String FINALIZER = "caas.dev/remove-domain";
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(30);

    private final Accounts accounts;
    private final Ledger ledger;
    private final Purchases purchases;
    private final Finalizers finalizers;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;

    Removal(
            Accounts accounts,
            Ledger ledger,
            Purchases purchases,
            Finalizers finalizers,
            EventRecorder events,
            AuditLog audit,
            Clock clock) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.purchases = purchases;
        this.finalizers = finalizers;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /** Puts the finalizer on, or takes it off, as the policy says; returns the object as it is then. */
    DomainSubscription prepare(DomainSubscription subscription) {
        return removes(subscription)
                ? finalizers.add(subscription, FINALIZER)
                : finalizers.remove(subscription, FINALIZER);
    }

    private static boolean removes(DomainSubscription subscription) {
        return subscription.getSpec().deletionPolicy() == DeletionPolicy.Remove;
    }

    /**
     * Goes on with a subscription that is deleted.
     *
     * @param domains what the platform has for it and for no other subscription of the account; empty too if what it is
     *     for cannot be read
     * @return when to come back; empty once there is nothing to wait for
     */
    Optional<Duration> depart(
            DomainSubscription subscription, List<String> domains, Optional<CaaSAccount> account, Door door)
            throws InterruptedException {
        if (!removes(subscription) || domains.isEmpty()) {
            return release(subscription);
        }
        if (account.isEmpty()) {
            return keep(subscription, domains, "its CaaSAccount is gone");
        }
        var left = new ArrayDeque<>(domains);
        var failure = removed(subscription, account.get(), left, door);
        if (failure.isEmpty()) {
            return release(subscription);
        }
        var why = String.valueOf(failure.get().getMessage());
        if (!clock.instant().isBefore(deletedAt(subscription).plus(LONGEST))) {
            return keep(subscription, left, why);
        }
        events.warning(
                subscription, reason(failure.get()), "Remove", "could not be removed yet: " + named(left) + ": " + why);
        return Optional.of(TRY_AGAIN);
    }

    /**
     * Removes them one by one.
     *
     * @param left what is to be removed; then, what is not yet
     * @return why they could not all be removed, whatever that is: no failure may keep the object for ever
     */
    private Optional<Exception> removed(
            DomainSubscription subscription, CaaSAccount account, Deque<String> left, Door door)
            throws InterruptedException {
        try {
            for (; !left.isEmpty(); left.removeFirst()) {
                removeIfOwn(subscription, account, left.getFirst(), door);
            }
            return Optional.empty();
        } catch (PlatformFailure | LedgerUnreadableException | SecretTakenException e) {
            return Optional.of(e);
        } catch (RuntimeException e) {
            LOG.warnf(e, "%s of CaaSAccount %s is not removed yet", left, ObjectName.of(account));
            return Optional.of(e);
        }
    }

    /** On record at once: what comes after it may fail. */
    private void removeIfOwn(DomainSubscription subscription, CaaSAccount account, String domain, Door door)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var own = domainOf(subscription);
        var mayHave = domain.equals(own)
                ? wasAdded(subscription) || mayHave(account, domain, door)
                : mayHaveCameWith(own, account, domain, door);
        if (!mayHave) {
            if (ledger.entry(account).domains().containsKey(domain)) {
                onRecordAsKept(
                        subscription,
                        domain,
                        "it was not bought as the associated name of '" + own + "': to have it removed, delete a"
                                + " DomainSubscription of it with deletionPolicy Remove");
            }
            return;
        }
        if (remove(account, domain, door)) {
            var name = ObjectName.of(account);
            audit.record(
                    AuditRecord.Type.DOMAIN_REMOVED,
                    subscription,
                    Map.of("domain", domain, "account", name.toString()));
            accounts.note(name);
        }
    }

    /** It remembers what a ledger that was deleted does not. */
    private static boolean wasAdded(DomainSubscription subscription) {
        return subscription.getStatus() != null && subscription.getStatus().addedAt() != null;
    }

    /**
     * Whether there is anything to remove, or to find out: an addition under way may have been done, and where the account
     * cannot act under its binding, one of before may have the domain.
     */
    private boolean mayHave(CaaSAccount account, String domain, Door door) throws LedgerUnreadableException {
        var entry = ledger.entry(account);
        return entry.domains().containsKey(domain)
                || entry.isAdding(domain)
                || (door instanceof Door.Closed
                        && !ledger.heldUnderAnyBinding(account, domain).isEmpty());
    }

    /**
     * Whether there is an associated name that was bought together with the domain, or to find out: what somebody else
     * bought stays.
     */
    private boolean mayHaveCameWith(String domain, CaaSAccount account, String associated, Door door)
            throws LedgerUnreadableException {
        var entry = ledger.entry(account);
        return cameWith(domain, entry.domains().get(associated))
                || (entry.intent() != null
                        && entry.intent().adds(associated)
                        && entry.intent().adds(domain))
                || (door instanceof Door.Closed
                        && ledger.heldUnderAnyBinding(account, associated).stream()
                                .anyMatch(held -> cameWith(domain, held)));
    }

    private static boolean cameWith(String domain, @Nullable Held held) {
        return held != null && domain.equals(held.cameWith());
    }

    private static String domainOf(DomainSubscription subscription) {
        try {
            return Identifier.parse(subscription.getSpec().domain()).text();
        } catch (InvalidNameException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Whether there was anything to remove. */
    private boolean remove(CaaSAccount account, String domain, Door door)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        return switch (door) {
            case Door.BuiltIn _ -> ledger.remove(account, domain);
            case Door.Closed closed -> throw new PlatformFailure(PlatformFailure.Kind.REFUSED, closed.message());
            case Door.Open open -> {
                var keyId = accounts.keyId(account)
                        .orElseThrow(() -> new PlatformFailure(
                                PlatformFailure.Kind.UNKNOWN_BINDING,
                                "the account's binding is not known any more; ask the vendor to remove the domain"));
                yield purchases.remove(account, open.api(), keyId, domain);
            }
        };
    }

    private static Reason reason(Exception failure) {
        return failure instanceof PlatformFailure platform ? platform.reason() : Reason.AccountNotReady;
    }

    /** The object goes, and these stay subscribed. */
    private Optional<Duration> keep(DomainSubscription subscription, Collection<String> domains, String why) {
        domains.forEach(domain -> onRecordAsKept(subscription, domain, why));
        events.warning(
                subscription,
                Reason.PlatformRefused,
                "Remove",
                "not removed, and still subscribed: " + named(domains) + ": " + why);
        return release(subscription);
    }

    private void onRecordAsKept(DomainSubscription subscription, String domain, String why) {
        audit.record(AuditRecord.Type.DOMAIN_KEPT, subscription, Map.of("domain", domain, "why", why));
    }

    private static String named(Collection<String> domains) {
        return domains.stream().map(domain -> "'" + domain + "'").collect(Collectors.joining(", "));
    }

    private Optional<Duration> release(DomainSubscription subscription) {
        finalizers.remove(subscription, FINALIZER);
        return Optional.empty();
    }

    private static Instant deletedAt(DomainSubscription subscription) {
        return Instant.parse(subscription.getMetadata().getDeletionTimestamp());
    }
}
