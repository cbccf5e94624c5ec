package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Money;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Buys domains and years, each once (design.md section 3.8). Partner APIs have no idempotency keys: the intent is recorded
 * before anything is asked, and as long as it stands, the platform is read back before anything is asked again. Killed
 * anywhere in between, the next run finds the intent and does the same.
 *
 * <p>What is not there yet may still be on its way: only some time after it was asked is it taken as not done. Half of
 * that time is for sending it, half for the answer: whoever wakes up later sends nothing. What the platform said it sold
 * is never taken as not done, whether the platform lists it or not.
 */
public final class Purchases {
    private final Ledger ledger;
    private final AuditLog audit;
    private final Duration settling;
    private final Clock clock;

    /** One intent at a time for each account. */
    private final Map<ObjectName, ReentrantLock> turns = new ConcurrentHashMap<>();

    /** @param settling how long after a request of unknown outcome it may still take effect; at least its time-out */
    public Purchases(Ledger ledger, AuditLog audit, Duration settling, Clock clock) {
        this.ledger = ledger;
        this.audit = audit;
        this.settling = settling;
        this.clock = clock;
    }

    /** Why something is to be bought. */
    public interface Wish {
        /**
         * Who has to agree, as it is declared now; empty if it is not to be bought any more. Asked when its turn comes,
         * which may be minutes later, and again when the price is known.
         */
        Optional<Approval> now() throws LedgerUnreadableException;
    }

    /** Who has to agree to the cost. */
    public record Approval(boolean isNeeded, @Nullable Money approved) {
        boolean covers(Money price) {
            return !isNeeded || price.value().signum() == 0 || (approved != null && approved.covers(price));
        }
    }

    /** What came of it. */
    public sealed interface Outcome {
        /** It is there, bought now or before. */
        record Done(LedgerEntry entry) implements Outcome {}

        /** Nothing was bought: nobody agreed to that much. */
        record AwaitingApproval(Money quote) implements Outcome {}

        /** Nothing was bought: somebody has to agree to the cost, and the platform tells none. */
        record WithoutPrice() implements Outcome {}

        /** Nothing was bought: when its turn came, it was not declared any more as it was when it was asked for. */
        record Unwanted() implements Outcome {}

        /** The platform said it sold something, and does not list it: nothing else is bought meanwhile. */
        record Unlisted(String message) implements Outcome {}

        /** Nobody knows yet whether an earlier request took effect. */
        record Unsettled(Instant until) implements Outcome {}
    }

    /** Buys it, unless the platform has it already, it is not wanted any more, or nobody agreed to what it costs. */
    public Outcome buy(CaaSAccount account, PartnerApi api, Purchase purchase, Wish wish)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        try (var _ = turn(account)) {
            var before = settledAlone(account, api, purchase.keyId());
            var unsettled = unsettled(account, before);
            if (unsettled.isPresent()) {
                return unsettled.get();
            }
            return isThere(purchase, before) ? new Outcome.Done(before) : buyNow(account, api, purchase, wish, before);
        }
    }

    /**
     * Removes a domain from an account; one that is not there (any more) is left at that. It is not taken for removed by
     * somebody else.
     *
     * @param domain A-labels, lower case
     * @return whether it was there, or is not any more: an earlier removal may have taken effect unheard
     * @throws PlatformFailure also while it is not known whether it is there
     */
    public boolean remove(CaaSAccount account, PartnerApi api, String keyId, String domain)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        try (var _ = turn(account)) {
            boolean was = ledger.entry(account).domains().containsKey(domain);
            var before = settledAlone(account, api, keyId);
            if (before.intent() != null && before.intent().adds(domain)) {
                throw new PlatformFailure(
                        PlatformFailure.Kind.UNKNOWN_OUTCOME,
                        before.intent().sold() == null
                                ? "it is not known yet whether the platform added '" + domain + "'"
                                : unlisted(account, before.intent()));
            }
            if (!before.domains().containsKey(domain)) {
                return was;
            }
            api.remove(keyId, domain);
            tell(account, before, ledger.change(account, entry -> entry.without(domain)));
            return true;
        }
    }

    /** A turn at what an account has at its platform. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits until nobody else changes what an account has at its platform, and keeps others from it until closed. */
    Turn turn(CaaSAccount account) throws InterruptedException {
        var turn = turns.computeIfAbsent(ObjectName.of(account), _ -> new ReentrantLock());
        turn.lockInterruptibly();
        return turn::unlock;
    }

    /**
     * Reads the platform back: what is there, and whether what was under way took effect. Not while something is bought: a
     * list from before would take away what was bought meanwhile.
     *
     * @return the entry, with its intent only while that may still take effect
     */
    public LedgerEntry settled(CaaSAccount account, PartnerApi api, String keyId)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        try (var _ = turn(account)) {
            return settledAlone(account, api, keyId);
        }
    }

    private LedgerEntry settledAlone(CaaSAccount account, PartnerApi api, String keyId)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var listed = api.domains(keyId);
        var now = clock.instant();
        var before = ledger.entry(account);
        var after = ledger.change(account, entry -> settled(account, api, entry, listed, now));
        tell(account, before, after);
        return after;
    }

    private LedgerEntry settled(
            CaaSAccount account, PartnerApi api, LedgerEntry entry, List<PartnerViews.Domain> listed, Instant now) {
        var seen = entry.asListed(
                listed,
                api.capabilities().contains(PartnerApi.Capability.TERM),
                account.getSpec().initialYears(),
                now);
        var intent = entry.intent();
        if (intent == null) {
            return seen;
        }
        if (tookEffect(intent, seen)) {
            return bought(seen, intent, api.refundsWithin());
        }
        return intent.sold() != null || now.isBefore(intent.at().plus(settling)) ? seen : seen.with((Intent) null);
    }

    /** What is still under way; empty if nothing is. */
    private Optional<Outcome> unsettled(CaaSAccount account, LedgerEntry entry) {
        return Optional.ofNullable(entry.intent())
                .map(intent -> intent.sold() == null
                        ? new Outcome.Unsettled(intent.at().plus(settling))
                        : new Outcome.Unlisted(unlisted(account, intent)));
    }

    /** There is a number to ask for, or else the time. */
    private String unlisted(CaaSAccount account, Intent intent) {
        var order = Optional.ofNullable(intent.sold())
                .map(Intent.Sold::orderNumber)
                .map(number -> "as order " + number)
                .orElse("without an order number, asked for at " + intent.at());
        return "the platform sold " + intent.what() + " " + order
                + ", and does not list it: ask the vendor about that order. It is looked for again, and not bought again;"
                + " nothing else is bought for this account before. Should it turn out that it was not sold, delete Secret "
                + ledger.place(account).map(ObjectName::toString).orElse("") + ", and it is bought anew";
    }

    private static boolean tookEffect(Intent intent, LedgerEntry seen) {
        return switch (intent.act()) {
            case ADD_DOMAIN -> seen.domains().containsKey(String.valueOf(intent.domain()));
            case EXTEND ->
                seen.endsAt()
                        .filter(end -> intent.expiresBefore() == null || end.isAfter(intent.expiresBefore()))
                        .isPresent();
        };
    }

    /** A year is never there already: whoever asks for one more says so by the term it saw. */
    private static boolean isThere(Purchase purchase, LedgerEntry entry) {
        return switch (purchase) {
            case Purchase.Domain domain -> entry.domains().containsKey(domain.name());
            case Purchase.Year year ->
                entry.endsAt().filter(end -> end.isAfter(year.from())).isPresent();
        };
    }

    private Outcome buyNow(CaaSAccount account, PartnerApi api, Purchase purchase, Wish wish, LedgerEntry before)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        if (wish.now().isEmpty()) {
            return new Outcome.Unwanted();
        }
        var quote = quote(api, purchase);
        var approval = wish.now();
        if (approval.isEmpty()) {
            return new Outcome.Unwanted();
        }
        if (quote.isPresent() && !approval.get().covers(quote.get())) {
            return new Outcome.AwaitingApproval(quote.get());
        }
        if (quote.isEmpty() && approval.get().isNeeded() && !api.isFree()) {
            return new Outcome.WithoutPrice();
        }
        var intent = intent(purchase, quote.orElse(null), before);
        ledger.change(account, entry -> entry.with(intent));
        Intent sold;
        try {
            sold = intent.sold(Intent.Sold.as(api.buy(purchase, intent.at().plus(settling.dividedBy(2)))));
        } catch (PlatformFailure e) {
            if (e.kind() != PlatformFailure.Kind.UNKNOWN_OUTCOME) {
                // Who woke up late leaves alone what somebody else is about to buy.
                ledger.change(account, entry -> intent.equals(entry.intent()) ? entry.with((Intent) null) : entry);
            }
            throw e;
        }
        ledger.change(account, entry -> entry.with(sold));
        var after = settledAlone(account, api, purchase.keyId());
        return unsettled(account, after).orElseGet(() -> new Outcome.Done(after));
    }

    /** What it costs; empty at platforms that have no prices. */
    private static Optional<Money> quote(PartnerApi api, Purchase purchase) throws PlatformFailure {
        return api.capabilities().contains(PartnerApi.Capability.PRICES)
                ? Optional.of(api.quote(purchase).money())
                : Optional.empty();
    }

    private Intent intent(Purchase purchase, @Nullable Money cost, LedgerEntry before) {
        return switch (purchase) {
            case Purchase.Domain domain ->
                new Intent(
                        Intent.Act.ADD_DOMAIN,
                        domain.name(),
                        domain.associated()
                                .filter(name -> !before.domains().containsKey(name))
                                .orElse(null),
                        clock.instant(),
                        cost,
                        null,
                        domain.anchor().orElse(null));
            case Purchase.Year _ ->
                new Intent(
                        Intent.Act.EXTEND,
                        null,
                        null,
                        clock.instant(),
                        cost,
                        before.endsAt().orElse(null),
                        null);
        };
    }

    private static LedgerEntry bought(LedgerEntry seen, Intent intent, Optional<Duration> refund) {
        var domain = intent.domain();
        if (domain == null) {
            return seen.with((Intent) null);
        }
        var order =
                Optional.ofNullable(intent.sold()).map(Intent.Sold::orderNumber).orElse(null);
        var cost = intent.paid();
        var domains = new TreeMap<>(seen.domains());
        domains.computeIfPresent(
                domain,
                (_, held) -> held.bought(
                        order,
                        cost,
                        refund.filter(_ -> cost != null)
                                .map(intent.at().truncatedTo(ChronoUnit.SECONDS)::plus)
                                .orElse(null)));
        if (intent.associated() != null) {
            domains.computeIfPresent(intent.associated(), (_, held) -> held.boughtWith(domain));
        }
        var after = seen.with(domains).with((Intent) null);
        return intent.anchor() == null
                ? after
                : after.anchored(domain, intent.anchor(), intent.at().truncatedTo(ChronoUnit.SECONDS));
    }

    /** On record is what changed, whoever changed it. */
    private void tell(CaaSAccount account, LedgerEntry before, LedgerEntry after) {
        after.endsAt()
                .filter(end -> before.endsAt().isEmpty())
                .ifPresent(end -> audit.record(
                        before.intent() == null ? AuditRecord.Type.TERM_FOUND : AuditRecord.Type.TERM_STARTED,
                        account,
                        Map.of("expiresAt", end.toString())));
        after.endsAt()
                .filter(end -> before.endsAt().filter(end::isAfter).isPresent())
                .ifPresent(end -> audit.record(
                        AuditRecord.Type.TERM_EXTENDED,
                        account,
                        Map.of(
                                "expiresAt",
                                end.toString(),
                                "cost",
                                cost(Optional.ofNullable(before.intent())
                                        .filter(intent -> intent.act() == Intent.Act.EXTEND)
                                        .map(Intent::paid)
                                        .orElse(null)))));
        after.domains().forEach((domain, held) -> {
            if (before.domains().containsKey(domain)) {
                return;
            }
            if (before.intent() == null || !before.intent().adds(domain)) {
                audit.record(AuditRecord.Type.DOMAIN_FOUND, account, Map.of("domain", domain));
                return;
            }
            audit.record(
                    AuditRecord.Type.DOMAIN_ADDED,
                    account,
                    Map.of(
                            "domain", domain,
                            "cost", cost(held.cost()),
                            "orderNumber",
                                    Optional.ofNullable(held.orderNumber()).orElse("")));
        });
        before.domains().keySet().stream()
                .filter(d -> !after.domains().containsKey(d))
                .forEach(domain -> audit.record(AuditRecord.Type.DOMAIN_REMOVED, account, Map.of("domain", domain)));
    }

    private static String cost(@Nullable Money cost) {
        return cost == null ? "" : cost.toString();
    }
}
