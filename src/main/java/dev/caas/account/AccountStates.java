package dev.caas.account;

import dev.caas.account.StatePlan.Step;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.AcmeAccountState;
import dev.caas.api.CaaSAccountSpec.State;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.Deed;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews.Account;
import dev.caas.platform.PlatformFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Has the platform suspend, resume and deactivate a binding and its ACME accounts as {@link StatePlan} has it.
 *
 * <p>What the platform shows is respected first, whatever else goes wrong; and what goes wrong with one account keeps no
 * other from being suspended. What may have to be undone is on record before it is asked for.
 */
final class AccountStates {
    private static final String SELF = "self";

    private final Accounts accounts;
    private final Ledger ledger;
    private final AuditLog audit;

    AccountStates(Accounts accounts, Ledger ledger, AuditLog audit) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.audit = audit;
    }

    /**
     * Does what there is to do, each thing once.
     *
     * @param shown gets the platform's list of the binding's accounts, at first and whenever that may have changed
     * @return what could not be done; the rest is
     * @throws PlatformFailure if the platform does not even tell which accounts there are
     */
    List<PlatformFailure> bringInStep(CaaSAccount account, PartnerApi api, String keyId, Consumer<List<Account>> shown)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        if (!api.capabilities().contains(Capability.ACCOUNTS)) {
            return account.getSpec().acmeAccounts().isEmpty()
                    ? List.of()
                    : List.of(new PlatformFailure(
                            PlatformFailure.Kind.UNSUPPORTED,
                            "this platform knows no single ACME accounts; take spec.acmeAccounts out"));
        }
        var list = look(account, api, keyId, shown);
        var failures = new ArrayList<PlatformFailure>(unknown(account, list));
        failures.addAll(gone(account, list));
        var tried = new HashSet<Step>();
        while (true) {
            var plan = plan(account, list);
            var next = plan.steps(keyId).stream()
                    .filter(step -> !tried.contains(step))
                    .findFirst();
            if (next.isEmpty()) {
                return failures;
            }
            tried.add(next.get());
            boolean changed;
            try {
                changed = take(account, api, plan, next.get());
            } catch (PlatformFailure e) {
                failures.add(e);
                changed = e.kind() == PlatformFailure.Kind.UNKNOWN_OUTCOME;
            }
            list = changed ? look(account, api, keyId, shown) : list;
        }
    }

    private List<Account> look(CaaSAccount account, PartnerApi api, String keyId, Consumer<List<Account>> shown)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var list = api.accounts(Optional.of(keyId));
        shown.accept(list);
        ledger.holdBack(account, heldBack(account, list));
        return list;
    }

    private StatePlan plan(CaaSAccount account, List<Account> list) throws LedgerUnreadableException {
        var applied = ledger.entry(account).applied();
        return new StatePlan(account.getSpec().state(), named(account, list, applied), applied, list);
    }

    /** The states that are declared for accounts that can be told. */
    private Map<String, State> named(CaaSAccount account, List<Account> list, Map<String, Deed> applied) {
        var named = new HashMap<String, State>();
        for (var wanted : account.getSpec().acmeAccounts()) {
            find(account, wanted.id(), list).ifPresent(one -> named.put(one.id(), wanted.state()));
        }
        if (isSelfInDoubt(account, list)) {
            // It may be one of those on record: they stay as they are.
            applied.forEach((id, deed) -> {
                if (deed.act() == Act.SUSPEND) {
                    named.putIfAbsent(id, State.Suspended);
                }
            });
        }
        return named;
    }

    private boolean isSelfInDoubt(CaaSAccount account, List<Account> list) {
        return account.getSpec().acmeAccounts().stream()
                        .map(AcmeAccountState::id)
                        .anyMatch(SELF::equals)
                && self(account, list).isEmpty();
    }

    private List<PlatformFailure> unknown(CaaSAccount account, List<Account> list) {
        return account.getSpec().acmeAccounts().stream()
                .map(AcmeAccountState::id)
                .filter(id -> find(account, id, list).isEmpty())
                .map(id -> new PlatformFailure(
                        PlatformFailure.Kind.REFUSED,
                        id.equals(SELF)
                                ? "spec.acmeAccounts: which of the " + list.size()
                                        + " ACME accounts of this binding is this cluster's cannot be told; name it by its"
                                        + " id of status.accounts"
                                : "spec.acmeAccounts: the platform knows no ACME account '" + id
                                        + "' of this binding; status.accounts has those it knows"))
                .toList();
    }

    /** A deactivated account is never used again (RFC 8555 section 7.3.6), whoever declares it so. */
    private List<PlatformFailure> gone(CaaSAccount account, List<Account> list) {
        return account.getSpec().acmeAccounts().stream()
                .filter(wanted -> wanted.state() != State.Deactivated)
                .filter(wanted -> find(account, wanted.id(), list)
                        .filter(a -> a.state() == Account.State.DEACTIVATED)
                        .isPresent())
                .map(wanted -> new PlatformFailure(
                        PlatformFailure.Kind.REFUSED,
                        "spec.acmeAccounts: ACME account '" + wanted.id()
                                + "' is deactivated, which is final: it cannot be " + wanted.state()
                                + " again. Declare it Deactivated, or take it out"))
                .toList();
    }

    private Optional<Account> find(CaaSAccount account, String id, List<Account> list) {
        return id.equals(SELF)
                ? self(account, list)
                : list.stream().filter(a -> a.id().equals(id)).findFirst();
    }

    /** The account registered by this object: the only one, or the one that is named as its URL ends. */
    private Optional<Account> self(CaaSAccount account, List<Account> list) {
        if (list.size() == 1) {
            return Optional.of(list.getFirst());
        }
        var url = accounts.url(account).orElse("");
        return list.stream().filter(a -> url.endsWith("/" + a.id())).findFirst();
    }

    /** Takes a step; returns whether the platform may list other states now. */
    private boolean take(CaaSAccount account, PartnerApi api, StatePlan plan, Step step)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        return switch (step) {
            case Step.Do act -> {
                boolean possible = isPossible(api, act.act(), act.scope());
                if (possible) {
                    apply(account, api, plan, act);
                }
                yield possible;
            }
            case Step.Undo undo -> {
                boolean possible = isPossible(api, Act.RESUME, undo.scope());
                if (possible) {
                    undo(account, api, plan, undo);
                }
                yield possible;
            }
            case Step.Restore restore -> {
                ask(account, api, Act.SUSPEND, restore.scope());
                yield true;
            }
            case Step.Forget forget -> {
                ledger.applied(account, StatePlan.key(forget.scope()), Optional.empty());
                yield false;
            }
        };
    }

    private void undo(CaaSAccount account, PartnerApi api, StatePlan plan, Step.Undo step)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        ask(account, api, Act.RESUME, step.scope());
        var others = step.scope() instanceof Scope.Binding ? plan.suspendedBefore() : List.<String>of();
        ledger.applied(
                account,
                StatePlan.key(step.scope()),
                others.isEmpty() ? Optional.empty() : Optional.of(Deed.done(Act.RESUME, others)));
    }

    /** On record first: what nobody knows the outcome of has to be undone, too. What is refused is not. */
    private void apply(CaaSAccount account, PartnerApi api, StatePlan plan, Step.Do step)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var key = StatePlan.key(step.scope());
        var earlier = Optional.ofNullable(ledger.entry(account).applied().get(key));
        var others = step.act() == Act.SUSPEND && step.scope() instanceof Scope.Binding
                ? plan.suspendedBefore()
                : List.<String>of();
        ledger.applied(account, key, Optional.of(Deed.begun(step.act(), others)));
        try {
            ask(account, api, step.act(), step.scope());
        } catch (PlatformFailure e) {
            boolean wasAsked =
                    earlier.filter(d -> d.act() == step.act() && !d.answered()).isPresent();
            if (e.kind() != PlatformFailure.Kind.REFUSED || !wasAsked || !plan.isShown(step)) {
                if (e.kind() != PlatformFailure.Kind.UNKNOWN_OUTCOME) {
                    ledger.applied(account, key, earlier);
                }
                throw e;
            }
            // What was asked before, without an answer, is done, and it does not do it twice.
            tell(account, step.act(), step.scope(), 0);
        }
        ledger.applied(account, key, Optional.of(Deed.done(step.act(), others)));
    }

    private void ask(CaaSAccount account, PartnerApi api, Act act, Scope scope) throws PlatformFailure {
        tell(account, act, scope, api.act(act, scope));
    }

    private void tell(CaaSAccount account, Act act, Scope scope, int changed) {
        audit.record(
                switch (act) {
                    case SUSPEND -> AuditRecord.Type.PLATFORM_SUSPENDED;
                    case RESUME -> AuditRecord.Type.PLATFORM_RESUMED;
                    case DEACTIVATE -> AuditRecord.Type.PLATFORM_DEACTIVATED;
                },
                account,
                Map.of("scope", StatePlan.key(scope), "accounts", changed));
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

    /** Why nothing may be issued, as the platform has it. */
    private Optional<String> heldBack(CaaSAccount account, List<Account> list) {
        return switch (self(account, list).map(Account::state).orElseGet(() -> state(list))) {
            case SUSPENDED ->
                Optional.of(
                        "is suspended at the platform; if it was not declared here, whoever did it has to resume it");
            case DEACTIVATED -> Optional.of("is deactivated at the platform, for ever; use another binding");
            case PENDING, VALID, OTHER -> Optional.empty();
        };
    }

    /** Which of several accounts is this cluster's cannot be told: a state counts when all that are left have it. */
    private static Account.State state(List<Account> list) {
        var left = list.stream()
                .map(Account::state)
                .filter(s -> s != Account.State.DEACTIVATED)
                .distinct()
                .toList();
        if (left.isEmpty() && !list.isEmpty()) {
            return Account.State.DEACTIVATED;
        }
        return left.equals(List.of(Account.State.SUSPENDED)) ? Account.State.SUSPENDED : Account.State.VALID;
    }
}
