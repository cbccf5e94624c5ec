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
 * <p>What is not there yet may still be on its way: only some time after it was asked is it taken as not done.
 */
public final class Purchases {
    /** The vendor refunds a domain that is removed within 30 days of adding it. */
    private static final Duration REFUND = Duration.ofDays(30);

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

        /** Nobody knows yet whether an earlier request took effect. */
        record Unsettled(Instant until) implements Outcome {}
    }

    /** Buys it, unless the platform has it already, or nobody agreed to what it costs. */
    public Outcome buy(CaaSAccount account, PartnerApi api, Purchase purchase, Approval approval)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var turn = turn(account);
        turn.lockInterruptibly();
        try {
            var before = settledAlone(account, api, purchase.keyId());
            if (before.intent() != null) {
                return new Outcome.Unsettled(before.intent().at().plus(settling));
            }
            return isThere(purchase, before)
                    ? new Outcome.Done(before)
                    : buyNow(account, api, purchase, approval, before);
        } finally {
            turn.unlock();
        }
    }

    /** Held by whoever changes what an account has at its platform. */
    ReentrantLock turn(CaaSAccount account) {
        return turns.computeIfAbsent(ObjectName.of(account), _ -> new ReentrantLock());
    }

    /**
     * Reads the platform back: what is there, and whether what was under way took effect. Not while something is bought: a
     * list from before would take away what was bought meanwhile.
     *
     * @return the entry, with its intent only while that may still take effect
     */
    public LedgerEntry settled(CaaSAccount account, PartnerApi api, String keyId)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var turn = turn(account);
        turn.lockInterruptibly();
        try {
            return settledAlone(account, api, keyId);
        } finally {
            turn.unlock();
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
        var seen = entry.asListed(listed, api.capabilities().contains(PartnerApi.Capability.TERM), years(account), now);
        var intent = entry.intent();
        if (intent == null) {
            return seen;
        }
        if (intent.act() == Intent.Act.PRE_REGISTER) {
            // There is a binding to ask about: whatever came of that request, nobody waits for it any more.
            return seen.with((Intent) null);
        }
        if (tookEffect(intent, seen)) {
            return bought(seen, intent, Optional.empty());
        }
        return now.isBefore(intent.at().plus(settling)) ? seen : seen.with((Intent) null);
    }

    private static boolean tookEffect(Intent intent, LedgerEntry seen) {
        return switch (intent.act()) {
            case ADD_DOMAIN -> seen.domains().containsKey(String.valueOf(intent.domain()));
            case EXTEND ->
                seen.endsAt()
                        .filter(end -> intent.expiresBefore() == null || end.isAfter(intent.expiresBefore()))
                        .isPresent();
            case PRE_REGISTER -> false;
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

    private Outcome buyNow(
            CaaSAccount account, PartnerApi api, Purchase purchase, Approval approval, LedgerEntry before)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var quote = quote(api, purchase);
        if (quote.isPresent() && !approval.covers(quote.get())) {
            return new Outcome.AwaitingApproval(quote.get());
        }
        var intent = intent(purchase, quote.orElse(null), before);
        ledger.change(account, entry -> entry.with(intent));
        PartnerViews.Receipt receipt;
        try {
            receipt = api.buy(purchase);
        } catch (PlatformFailure e) {
            if (e.kind() != PlatformFailure.Kind.UNKNOWN_OUTCOME) {
                ledger.change(account, entry -> entry.with((Intent) null));
            }
            throw e;
        }
        var listed = api.domains(purchase.keyId());
        var after = ledger.change(account, entry -> {
            var seen = entry.asListed(
                    listed, api.capabilities().contains(PartnerApi.Capability.TERM), years(account), clock.instant());
            return tookEffect(intent, seen) ? bought(seen, intent, Optional.of(receipt)) : seen;
        });
        tell(account, before.with(intent), after);
        return after.intent() == null
                ? new Outcome.Done(after)
                : new Outcome.Unsettled(after.intent().at().plus(settling));
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
                        clock.instant(),
                        cost,
                        null,
                        List.of(),
                        domain.anchor().orElse(null));
            case Purchase.Year _ ->
                new Intent(
                        Intent.Act.EXTEND,
                        null,
                        clock.instant(),
                        cost,
                        before.endsAt().orElse(null),
                        List.of(),
                        null);
        };
    }

    private static LedgerEntry bought(LedgerEntry seen, Intent intent, Optional<PartnerViews.Receipt> receipt) {
        var domain = intent.domain();
        if (domain == null) {
            return seen.with((Intent) null);
        }
        var order = receipt.flatMap(PartnerViews.Receipt::orderNumber).orElse(null);
        var cost = receipt.flatMap(PartnerViews.Receipt::cost).orElse(intent.cost());
        var domains = new TreeMap<>(seen.domains());
        domains.computeIfPresent(
                domain,
                (_, held) -> held.bought(
                        order,
                        cost,
                        cost == null
                                ? null
                                : intent.at().truncatedTo(ChronoUnit.SECONDS).plus(REFUND)));
        var after = seen.with(domains).with((Intent) null);
        return intent.anchor() == null
                ? after
                : after.anchored(domain, intent.anchor(), intent.at().truncatedTo(ChronoUnit.SECONDS));
    }

    /** On record is what changed, whoever changed it. */
    private void tell(CaaSAccount account, LedgerEntry before, LedgerEntry after) {
        after.endsAt()
                .filter(end -> before.endsAt().isEmpty())
                .ifPresent(end ->
                        audit.record(AuditRecord.Type.TERM_STARTED, account, Map.of("expiresAt", end.toString())));
        after.endsAt()
                .filter(end -> before.endsAt().filter(end::isAfter).isPresent())
                .ifPresent(end -> audit.record(
                        AuditRecord.Type.TERM_EXTENDED,
                        account,
                        Map.of(
                                "expiresAt",
                                end.toString(),
                                "cost",
                                cost(
                                        before.intent() == null
                                                ? null
                                                : before.intent().cost()))));
        after.domains().forEach((domain, held) -> {
            if (!before.domains().containsKey(domain)) {
                audit.record(
                        AuditRecord.Type.DOMAIN_ADDED,
                        account,
                        Map.of(
                                "domain", domain,
                                "cost", cost(held.cost()),
                                "orderNumber",
                                        Optional.ofNullable(held.orderNumber()).orElse("")));
            }
        });
        before.domains().keySet().stream()
                .filter(d -> !after.domains().containsKey(d))
                .forEach(domain -> audit.record(AuditRecord.Type.DOMAIN_REMOVED, account, Map.of("domain", domain)));
    }

    private static String cost(@Nullable Money cost) {
        return cost == null ? "" : cost.toString();
    }

    private static int years(CaaSAccount account) {
        var term = account.getSpec().term();
        return term == null ? 1 : term.initialYears();
    }
}
