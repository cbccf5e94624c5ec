package dev.caas.account;

import dev.caas.api.CaaSAccountSpec.State;
import dev.caas.platform.Deed;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews.Account;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done to a binding and its ACME accounts, by what is declared, what is on record and what the platform
 * lists. Pure.
 *
 * <p>A list shows the accounts, and not the binding itself, under which new ones may still be registered. So what is
 * declared for the binding is asked for once, whatever the accounts look like, and again only where it does not hold. Only
 * what is on record is undone, and nothing is while the whole binding is held back.
 *
 * @param declared the state of the whole binding
 * @param named the states that are declared for single accounts, by id
 * @param applied what was done as declared, by {@link #key}
 * @param list all accounts of the binding, as the platform has them now
 */
record StatePlan(State declared, Map<String, State> named, Map<String, Deed> applied, List<Account> list) {
    private static final String BINDING = "binding";

    /** Something to do. */
    sealed interface Step {
        Scope scope();

        /** Suspends or deactivates: on record before it is asked for. */
        record Do(Act act, Scope scope) implements Step {}

        /** Resumes what was suspended here. */
        record Undo(Scope scope) implements Step {}

        /** Suspends what others had suspended before: it is theirs to resume. */
        record Restore(Scope.OneAccount scope) implements Step {}

        /** Takes off the record what is undone already. */
        record Forget(Scope scope) implements Step {}
    }

    /** The name that a scope has on record. */
    static String key(Scope scope) {
        return switch (scope) {
            case Scope.OneAccount one -> one.id();
            case Scope.Binding _ -> BINDING;
            case Scope.Reseller _ -> throw new IllegalArgumentException("not one account's to decide");
        };
    }

    /** All there is to do as things are; after each step they are different. */
    List<Step> steps(String keyId) {
        var steps = new ArrayList<Step>();
        ofBinding(new Scope.Binding(keyId)).ifPresent(steps::add);
        for (var account : list) {
            ofAccount(account).ifPresent(steps::add);
        }
        return List.copyOf(steps);
    }

    /** Whom others have suspended, as far as it can be told: once the binding is suspended, all look alike. */
    SortedSet<String> suspendedBefore() {
        var deed = deed(BINDING);
        var before = new TreeSet<String>();
        deed.map(Deed::suspendedBefore).ifPresent(before::addAll);
        if (!isSuspended(deed)) {
            list.stream()
                    .filter(a -> a.state() == Account.State.SUSPENDED)
                    .map(Account::id)
                    .filter(id -> !isSuspended(deed(id)))
                    .forEach(before::add);
        }
        return before;
    }

    /** Whether the list looks as after such a step: a platform may refuse to do again what it did without an answer. */
    boolean isShown(Step.Do step) {
        return list.stream()
                .filter(a -> !(step.scope() instanceof Scope.OneAccount(String id)) || id.equals(a.id()))
                .allMatch(a -> a.state() == Account.State.DEACTIVATED
                        || (step.act() == Act.SUSPEND && a.state() == Account.State.SUSPENDED));
    }

    private Optional<Step> ofBinding(Scope.Binding binding) {
        var deed = deed(BINDING);
        return switch (declared) {
            case Deactivated -> step(isDue(Act.DEACTIVATE, deed), new Step.Do(Act.DEACTIVATE, binding));
            case Suspended ->
                step(
                        !isDeactivated(deed)
                                && isDue(Act.SUSPEND, deed)
                                && (isSuspended(deed) || !isSuspendedByOthers()),
                        new Step.Do(Act.SUSPEND, binding));
            case Active -> {
                if (isSuspended(deed)) {
                    boolean undone = deed.filter(Deed::answered).isPresent() && isShownInUse();
                    yield Optional.of(undone ? new Step.Forget(binding) : new Step.Undo(binding));
                }
                boolean resumed = deed.filter(d -> d.act() == Act.RESUME).isPresent();
                yield step(resumed && list.stream().noneMatch(this::isToBeRestored), new Step.Forget(binding));
            }
        };
    }

    /** Asked for once, as long as no account shows that it does not hold; until the platform says that it is done. */
    private boolean isDue(Act act, Optional<Deed> deed) {
        return deed.filter(d -> d.act() == act && d.answered()).isEmpty() || has(Account.State.VALID);
    }

    /** Others may have resumed it; then there is nothing left to undo, unless somebody is to stay suspended. */
    private boolean isShownInUse() {
        return has(Account.State.VALID)
                && !has(Account.State.SUSPENDED)
                && suspendedBefore().isEmpty();
    }

    /** That would be asking for what is there, and resuming it would undo what others did. */
    private boolean isSuspendedByOthers() {
        var alive = list.stream()
                .filter(a -> a.state() != Account.State.DEACTIVATED)
                .toList();
        return !alive.isEmpty()
                && alive.stream().allMatch(a -> a.state() == Account.State.SUSPENDED && !isSuspended(deed(a.id())));
    }

    private Optional<Step> ofAccount(Account account) {
        var one = new Scope.OneAccount(account.id());
        var deed = deed(account.id());
        if (isToBeRestored(account)) {
            return Optional.of(new Step.Restore(one));
        }
        return switch (wanted(account.id())) {
            case Deactivated ->
                step(
                        account.state() != Account.State.DEACTIVATED && isDue(Act.DEACTIVATE, deed, account),
                        new Step.Do(Act.DEACTIVATE, one));
            case Suspended ->
                step(
                        account.state() != Account.State.SUSPENDED
                                && account.state() != Account.State.DEACTIVATED
                                && isDue(Act.SUSPEND, deed, account),
                        new Step.Do(Act.SUSPEND, one));
            case Active -> {
                if (!isSuspended(deed) || declared != State.Active || isSuspended(deed(BINDING))) {
                    yield Optional.empty();
                }
                boolean undone = account.state() == Account.State.DEACTIVATED
                        || (deed.filter(Deed::answered).isPresent() && account.state() != Account.State.SUSPENDED);
                yield Optional.of(undone ? new Step.Forget(one) : new Step.Undo(one));
            }
        };
    }

    private static boolean isDue(Act act, Optional<Deed> deed, Account account) {
        return deed.filter(d -> d.act() == act && d.answered()).isEmpty() || account.state() == Account.State.VALID;
    }

    /** Whoever is not named, or not named any more, is to be as without a declaration. */
    private State wanted(String id) {
        return named.getOrDefault(id, State.Active);
    }

    /** Whether others had suspended it before the binding was, and it was resumed with that. */
    private boolean isToBeRestored(Account account) {
        return declared == State.Active
                && account.state() == Account.State.VALID
                && deed(BINDING)
                        .filter(d -> d.act() == Act.RESUME)
                        .filter(d -> d.suspendedBefore().contains(account.id()))
                        .isPresent();
    }

    private boolean has(Account.State state) {
        return list.stream().anyMatch(a -> a.state() == state);
    }

    private Optional<Deed> deed(String key) {
        @Nullable Deed deed = applied.get(key);
        return Optional.ofNullable(deed);
    }

    private static boolean isSuspended(Optional<Deed> deed) {
        return deed.filter(d -> d.act() == Act.SUSPEND).isPresent();
    }

    private static boolean isDeactivated(Optional<Deed> deed) {
        return deed.filter(d -> d.act() == Act.DEACTIVATE).isPresent();
    }

    private static Optional<Step> step(boolean due, Step step) {
        return due ? Optional.of(step) : Optional.empty();
    }
}
