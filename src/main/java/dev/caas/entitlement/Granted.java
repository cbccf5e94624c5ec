package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import java.util.List;

/**
 * The certificate may be ordered under this account.
 *
 * @param subscriptions those that allow its names, each once, in the order of the names; for each name the most specific
 */
public record Granted(CaaSAccount account, List<DomainSubscription> subscriptions) implements Verdict {
    public Granted {
        subscriptions = List.copyOf(subscriptions);
    }
}
