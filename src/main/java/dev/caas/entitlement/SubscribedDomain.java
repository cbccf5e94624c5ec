package dev.caas.entitlement;

import dev.caas.api.DomainSubscription;

/**
 * One subscription, and whether the platform's ledger has its domain.
 *
 * @param inLedger false while it is only wished for: such a subscription allows nothing yet
 */
public record SubscribedDomain(DomainSubscription subscription, boolean inLedger) {}
