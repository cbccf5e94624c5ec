package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An account as it stands now.
 *
 * @param registered whether the CA has an ACME account for it
 * @param notReadyBecause what keeps it from being registered, for people
 * @param termEndsAt the moment from which nothing is issued; absent before the term has started
 * @param heldBack why nothing may be issued although the account's own declaration does not say so; empty if nothing does
 * @param domains its subscriptions; those of other accounts are ignored
 */
public record AccountStanding(
        CaaSAccount account,
        boolean registered,
        Optional<String> notReadyBecause,
        Optional<Instant> termEndsAt,
        Optional<HeldBack> heldBack,
        List<SubscribedDomain> domains) {
    public AccountStanding {
        domains = List.copyOf(domains);
    }

    /**
     * Its platform lets nothing be issued.
     *
     * @param problem what it is, for people, said of the account: {@code is suspended at the platform}
     */
    public record HeldBack(Reason reason, String problem) {}

    /** Where the account is. */
    public AccountId id() {
        return AccountId.of(account);
    }
}
