package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Money;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PartnerViews.Account;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms.Door;
import dev.caas.platform.Purchase;
import dev.caas.platform.Purchases;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** An account's dealings with its platform: buys years, and keeps both sides in step. */
final class AtPlatform {
    private static final Duration SYNCED_FOR = Duration.ofMinutes(10);

    private final Accounts accounts;
    private final Purchases purchases;
    private final EventRecorder events;
    private final Clock clock;
    private final AccountStates states;
    private final Map<ObjectName, List<Account>> seen = new ConcurrentHashMap<>();
    private final Map<ObjectName, Synced> synced = new ConcurrentHashMap<>();
    private final Map<ObjectName, Money> quotes = new ConcurrentHashMap<>();

    /** When all was in step last, and with the declaration of which generation. */
    private record Synced(long generation, Instant at) {}

    AtPlatform(
            Accounts accounts, Ledger ledger, Purchases purchases, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.purchases = purchases;
        this.events = events;
        this.clock = clock;
        this.states = new AccountStates(accounts, ledger, audit);
    }

    /**
     * Asks the platform again if that is due, and does what is declared; what it told is kept in the ledger and in
     * {@link #seen}.
     *
     * @return what could not be done, while the rest is
     */
    Optional<Trouble> sync(CaaSAccount account, Door.Open door)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var name = ObjectName.of(account);
        var last = synced.get(name);
        var generation = account.getMetadata().getGeneration();
        var now = clock.instant();
        if (last != null && last.generation == generation && now.isBefore(last.at.plus(SYNCED_FOR))) {
            return Optional.empty();
        }
        var keyId = accounts.keyId(account).orElseThrow();
        var api = door.api();
        purchases.settled(account, api, keyId);
        var failures = states.bringInStep(account, api, keyId, list -> seen.put(name, list));
        if (failures.isEmpty()) {
            synced.put(name, new Synced(generation, now));
            return Optional.empty();
        }
        synced.remove(name);
        return Optional.of(trouble(failures, now.plus(SYNCED_FOR)));
    }

    /** What lasts is tried again when the platform is asked again anyhow: what others do there is to be seen meanwhile. */
    private static Trouble trouble(List<PlatformFailure> failures, Instant nextSync) {
        boolean passing = failures.stream().anyMatch(PlatformFailure::isPassing);
        return new Trouble(
                failures.getFirst().reason(),
                failures.stream().map(PlatformFailure::text).distinct().collect(Collectors.joining("; ")),
                passing,
                passing ? null : nextSync);
    }

    /**
     * Buys one more year.
     *
     * @param from the end of the term as it was when that became due
     * @param stillDue whether it is when its turn comes
     * @return why not yet, if somebody has to agree or nobody knows what came of it
     */
    Optional<Trouble> extend(CaaSAccount account, Door.Open door, Instant from, Purchases.Wish stillDue)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var name = ObjectName.of(account);
        var purchase = new Purchase.Year(accounts.keyId(account).orElseThrow(), from);
        return switch (purchases.buy(account, door.api(), purchase, stillDue)) {
            case Purchases.Outcome.Done(var entry) -> {
                quotes.remove(name);
                events.normal(
                        account,
                        Reason.TermExtended,
                        "Extend",
                        "The term ends at "
                                + entry.endsAt().map(Instant::toString).orElse("no time") + " now");
                yield Optional.empty();
            }
            case Purchases.Outcome.AwaitingApproval(var quote) -> {
                quotes.put(name, quote);
                yield Optional.of(Trouble.lasting(
                        Reason.AwaitingApproval,
                        "extending the term by a year costs " + quote
                                + "; set spec.approvedCost to that to have it extended"));
            }
            case Purchases.Outcome.WithoutPrice() ->
                Optional.of(Trouble.lasting(
                        Reason.AwaitingApproval,
                        "what extending the term costs the platform does not tell, so there is no sum to approve; set"
                                + " spec.approval of the CaaSPlatform to Automatic to have it extended without one"));
            // Whoever changed that has the account looked at again.
            case Purchases.Outcome.Unwanted() -> Optional.empty();
            case Purchases.Outcome.Unlisted(var message) -> Optional.of(Trouble.lasting(Reason.NotListed, message));
            case Purchases.Outcome.Unsettled(var until) ->
                Optional.of(new Trouble(
                        Reason.PlatformUnreachable,
                        "it is not known yet whether the platform extended the term; it is asked again",
                        true,
                        until));
        };
    }

    /** No extension is due (any more): nobody has to agree to one. */
    void nothingDue(ObjectName account) {
        quotes.remove(account);
    }

    /** What the next extension costs, while somebody has to agree to it. */
    Optional<Money> quote(ObjectName account) {
        return Optional.ofNullable(quotes.get(account));
    }

    /** What the platform told last of the ACME accounts that share the binding; nothing before it was asked. */
    List<Account> seen(ObjectName account) {
        return seen.getOrDefault(account, List.of());
    }

    /** When {@link #sync} asks again; empty while not all is in step. */
    Optional<Instant> nextSync(ObjectName account) {
        return Optional.ofNullable(synced.get(account)).map(s -> s.at.plus(SYNCED_FOR));
    }

    /** The next {@link #sync} asks, whenever it was asked last. */
    void forget(ObjectName account) {
        seen.remove(account);
        synced.remove(account);
        quotes.remove(account);
    }
}
