package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.State;
import dev.caas.api.Money;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews.Account;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms.Door;
import dev.caas.platform.Purchase;
import dev.caas.platform.Purchases;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An account's dealings with its platform: keeps the ledger as the platform has it, and brings the states of ACME
 * accounts in step with what is declared.
 */
final class AtPlatform {
    private static final Duration SYNCED_FOR = Duration.ofMinutes(10);
    private static final String SELF = "self";

    private final Accounts accounts;
    private final Ledger ledger;
    private final Purchases purchases;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;
    private final Map<ObjectName, Seen> seen = new ConcurrentHashMap<>();
    private final Map<ObjectName, Money> quotes = new ConcurrentHashMap<>();

    /**
     * What the platform told last, for the status.
     *
     * @param generation of the declaration that it was brought in step with
     */
    record Seen(long generation, List<Account> accounts, Instant at) {}

    AtPlatform(
            Accounts accounts, Ledger ledger, Purchases purchases, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.purchases = purchases;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /** Asks the platform again if that is due, and does what is declared; what it told is kept in the ledger and in {@link #seen}. */
    Optional<Trouble> sync(CaaSAccount account, Door.Open door)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var name = ObjectName.of(account);
        var last = seen.get(name);
        var generation = account.getMetadata().getGeneration();
        var now = clock.instant();
        if (last != null && last.generation == generation && now.isBefore(last.at.plus(SYNCED_FOR))) {
            return Optional.empty();
        }
        var keyId = accounts.keyId(account).orElseThrow();
        var api = door.api();
        purchases.settled(account, api, keyId);
        var list = api.capabilities().contains(Capability.ACCOUNTS)
                ? bringInStep(account, api, keyId)
                : List.<Account>of();
        seen.put(name, new Seen(generation, list, now));
        return Optional.empty();
    }

    /**
     * Buys one more year.
     *
     * @param from the end of the term as it was when that became due
     * @return why not yet, if somebody has to agree or nobody knows what came of it
     */
    Optional<Trouble> extend(CaaSAccount account, Door.Open door, Instant from)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        var name = ObjectName.of(account);
        var purchase = new Purchase.Year(accounts.keyId(account).orElseThrow(), from);
        var approval =
                new Purchases.Approval(door.needsApproval(), account.getSpec().approvedCost());
        return switch (purchases.buy(account, door.api(), purchase, approval)) {
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
            case Purchases.Outcome.Unsettled(var until) ->
                Optional.of(new Trouble(
                        Reason.PlatformUnreachable,
                        "it is not known yet whether the platform extended the term; it is asked again",
                        true,
                        until));
        };
    }

    /** What the next extension costs, while somebody has to agree to it. */
    Optional<Money> quote(ObjectName account) {
        return Optional.ofNullable(quotes.get(account));
    }

    /** What the platform told last of the ACME accounts that share the binding; empty before it was asked. */
    Optional<Seen> seen(ObjectName account) {
        return Optional.ofNullable(seen.get(account));
    }

    /** When {@link #sync} asks again; empty before it was asked. */
    Optional<Instant> nextSync(ObjectName account) {
        return seen(account).map(s -> s.at.plus(SYNCED_FOR));
    }

    /** The next {@link #sync} asks, whenever it was asked last. */
    void forget(ObjectName account) {
        seen.remove(account);
        quotes.remove(account);
    }

    /**
     * Has the platform suspend, resume or deactivate what is declared so. What is declared is compared with what the
     * platform tells, so repeating it does nothing; what somebody else suspended is left alone.
     */
    private List<Account> bringInStep(CaaSAccount account, PartnerApi api, String keyId)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var before = api.accounts(Optional.of(keyId));
        boolean changed =
                bring(account, api, new Scope.Binding(keyId), account.getSpec().state(), observed(before));
        var named = new HashSet<String>();
        for (var wanted : account.getSpec().acmeAccounts()) {
            var one = find(account, wanted.id(), before);
            named.add(one.id());
            changed |= bring(account, api, new Scope.OneAccount(one.id()), wanted.state(), one.state());
        }
        // One that is not named any more is to be as it was before it was.
        var applied = ledger.entry(account).applied();
        for (var one : before) {
            if (applied.containsKey(one.id()) && !named.contains(one.id())) {
                changed |= bring(account, api, new Scope.OneAccount(one.id()), State.Active, one.state());
            }
        }
        var after = changed ? api.accounts(Optional.of(keyId)) : before;
        var because = heldBack(account, after);
        ledger.holdBack(account, because);
        return after;
    }

    /** A binding is suspended when all that is in use of it is. */
    private static Account.State observed(List<Account> list) {
        for (var state : List.of(Account.State.DEACTIVATED, Account.State.SUSPENDED)) {
            if (!list.isEmpty() && list.stream().allMatch(a -> a.state() == state)) {
                return state;
            }
        }
        return Account.State.VALID;
    }

    private boolean bring(CaaSAccount account, PartnerApi api, Scope scope, State wanted, Account.State observed)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var key = key(scope);
        var applied = Optional.ofNullable(ledger.entry(account).applied().get(key));
        return switch (wanted) {
            case Suspended -> {
                if (observed == Account.State.SUSPENDED
                        || observed == Account.State.DEACTIVATED
                        || !isPossible(api, Act.SUSPEND, scope)) {
                    yield false;
                }
                ledger.applied(account, key, Optional.of(Act.SUSPEND));
                act(account, api, Act.SUSPEND, scope);
                yield true;
            }
            case Deactivated -> {
                if (observed == Account.State.DEACTIVATED || !isPossible(api, Act.DEACTIVATE, scope)) {
                    yield false;
                }
                ledger.applied(account, key, Optional.of(Act.DEACTIVATE));
                act(account, api, Act.DEACTIVATE, scope);
                yield true;
            }
            case Active -> {
                if (applied.filter(Act.SUSPEND::equals).isEmpty()) {
                    yield false;
                }
                boolean suspended = observed == Account.State.SUSPENDED;
                if (suspended) {
                    act(account, api, Act.RESUME, scope);
                }
                ledger.applied(account, key, Optional.empty());
                yield suspended;
            }
        };
    }

    private void act(CaaSAccount account, PartnerApi api, Act act, Scope scope) throws PlatformFailure {
        int changed = api.act(act, scope);
        audit.record(
                switch (act) {
                    case SUSPEND -> AuditRecord.Type.PLATFORM_SUSPENDED;
                    case RESUME -> AuditRecord.Type.PLATFORM_RESUMED;
                    case DEACTIVATE -> AuditRecord.Type.PLATFORM_DEACTIVATED;
                },
                account,
                Map.of("scope", key(scope), "accounts", changed));
    }

    /**
     * Whether the platform can. A whole binding is held back by the operator where the platform cannot, so that is no
     * failure; of other clients' accounts it knows nothing.
     */
    private static boolean isPossible(PartnerApi api, Act act, Scope scope) throws PlatformFailure {
        var needed = switch (act) {
            case SUSPEND, RESUME -> Capability.SUSPENSION;
            case DEACTIVATE ->
                scope instanceof Scope.Binding ? Capability.BINDING_DEACTIVATION : Capability.ACCOUNT_DEACTIVATION;
        };
        if (api.capabilities().contains(needed)) {
            return true;
        }
        if (scope instanceof Scope.Binding) {
            return false;
        }
        throw new PlatformFailure(
                PlatformFailure.Kind.UNSUPPORTED,
                "this platform cannot " + act.name().toLowerCase(Locale.ROOT)
                        + " a single ACME account; take it out of spec.acmeAccounts");
    }

    private Account find(CaaSAccount account, String id, List<Account> list) throws PlatformFailure {
        if (!id.equals(SELF)) {
            return list.stream()
                    .filter(a -> a.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> new PlatformFailure(
                            PlatformFailure.Kind.REFUSED,
                            "spec.acmeAccounts: the platform knows no ACME account '" + id
                                    + "' of this binding; status.accounts has those it knows"));
        }
        return self(account, list)
                .orElseThrow(() -> new PlatformFailure(
                        PlatformFailure.Kind.REFUSED,
                        "spec.acmeAccounts: which of the " + list.size()
                                + " ACME accounts of this binding is this cluster's cannot be told; name it by its id of"
                                + " status.accounts"));
    }

    /** The account registered by this object: the only one, or the one that is named as its URL ends. */
    private Optional<Account> self(CaaSAccount account, List<Account> list) {
        if (list.size() == 1) {
            return Optional.of(list.getFirst());
        }
        var url = accounts.url(account).orElse("");
        return list.stream().filter(a -> url.endsWith("/" + a.id())).findFirst();
    }

    /** Why nothing may be issued, as the platform has it. */
    private Optional<String> heldBack(CaaSAccount account, List<Account> list) {
        var state = self(account, list).map(Account::state).orElse(observed(list));
        return switch (state) {
            case SUSPENDED ->
                Optional.of(
                        "is suspended at the platform; if it was not declared here, whoever did it has to resume it");
            case DEACTIVATED -> Optional.of("is deactivated at the platform, for ever; use another binding");
            case PENDING, VALID, OTHER -> Optional.empty();
        };
    }

    private static String key(Scope scope) {
        return switch (scope) {
            case Scope.OneAccount one -> one.id();
            case Scope.Binding _ -> "binding";
            case Scope.Reseller _ -> "reseller";
        };
    }
}
