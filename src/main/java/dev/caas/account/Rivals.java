package dev.caas.account;

import dev.caas.api.CaaSAccount;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Says who of several account objects may use a binding. Pure, but for what it knows of their registration. */
final class Rivals {
    private final Accounts accounts;

    Rivals(Accounts accounts) {
        this.accounts = accounts;
    }

    /**
     * Another account object that uses the same binding and was registered before this one. An object that is not
     * registered claims nothing: else anybody who knows a key id could keep its owner out.
     */
    Optional<CaaSAccount> of(CaaSAccount account, List<CaaSAccount> all) {
        var mine = accounts.registeredSince(account);
        return claimants(account, all)
                .filter(other -> accounts.registeredSince(other)
                        .filter(theirs -> mine.isEmpty() || isBefore(theirs, other, mine.get(), account))
                        .isPresent())
                .min(Comparator.comparing(a -> a.getMetadata().getUid()));
    }

    /** The other accounts that name the same binding. */
    Stream<CaaSAccount> claimants(CaaSAccount account, List<CaaSAccount> all) {
        var binding = bindingOf(account);
        return all.stream()
                .filter(other -> !other.getMetadata()
                        .getUid()
                        .equals(account.getMetadata().getUid()))
                .filter(other -> binding.isPresent() && bindingOf(other).equals(binding));
    }

    /** What an account object names as its binding, or was given as one; empty while it has none. */
    Optional<Binding> bindingOf(CaaSAccount account) {
        return accounts.keyId(account).map(keyId -> new Binding(Accounts.serverOf(account), keyId));
    }

    /**
     * What a CA opens one account for.
     *
     * @param server as {@link Accounts#serverOf} spells it
     */
    record Binding(String server, String keyId) {}

    private static boolean isBefore(String theirs, CaaSAccount other, String mine, CaaSAccount account) {
        int order = theirs.compareTo(mine);
        return order < 0
                || (order == 0
                        && other.getMetadata()
                                        .getUid()
                                        .compareTo(account.getMetadata().getUid())
                                < 0);
    }
}
