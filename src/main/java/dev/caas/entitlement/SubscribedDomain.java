package dev.caas.entitlement;

import dev.caas.api.DomainSubscription;
import org.jspecify.annotations.Nullable;

/**
 * One subscription, and what the platform's ledger has of its domain.
 *
 * @param inLedger false while it is only wished for: such a subscription allows nothing yet
 * @param associated the associated name, if the ledger has that, too; null otherwise
 * @param organization the organisation's validation that the platform has the domain under, whatever is declared
 *     meanwhile; null for DV
 */
public record SubscribedDomain(
        DomainSubscription subscription,
        boolean inLedger,
        @Nullable Identifier associated,
        @Nullable String organization) {}
