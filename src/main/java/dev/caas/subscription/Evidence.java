package dev.caas.subscription;

import dev.caas.api.DomainSubscription;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** What certificates tell of the subscriptions they are under, whatever became of those' statuses. */
public interface Evidence {
    /** When certificates were issued under it, as far as anything tells; in no order. */
    List<Instant> issuedAt(DomainSubscription subscription);

    /** The uids of the certificates of which an order under it is kept. */
    Set<String> underWay(DomainSubscription subscription);

    /** How many certificates have one that was issued under it. */
    int inUse(DomainSubscription subscription);
}
