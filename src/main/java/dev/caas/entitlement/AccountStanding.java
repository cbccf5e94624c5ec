package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An account as it stands now.
 *
 * @param registered whether the CA has an ACME account for it
 * @param notReadyBecause what keeps it from being registered, for people
 * @param termEndsAt the moment from which nothing is issued; absent before the term has started
 * @param domains its subscriptions; those of other accounts are ignored
 */
public record AccountStanding(
        CaaSAccount account,
        boolean registered,
        Optional<String> notReadyBecause,
        Optional<Instant> termEndsAt,
        List<SubscribedDomain> domains) {
    public AccountStanding {
        domains = List.copyOf(domains);
    }

    /** Where the account is. */
    public AccountId id() {
        return AccountId.of(account);
    }
}
