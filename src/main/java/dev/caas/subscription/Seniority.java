package dev.caas.subscription;

import dev.caas.api.DomainSubscription;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Of several subscriptions of one domain under one account only the oldest counts: a younger one would be a way round the
 * older one's suspension and policy. Pure.
 */
public final class Seniority {
    private static final Comparator<DomainSubscription> OLDEST_FIRST = Comparator.<DomainSubscription, String>comparing(
                    s -> s.getMetadata().getCreationTimestamp())
            .thenComparing(s -> s.getMetadata().getUid());

    private Seniority() {}

    /**
     * The older subscription of the same domain.
     *
     * @param siblings all subscriptions of the same account, this one may be among them
     */
    public static Optional<DomainSubscription> elder(
            DomainSubscription subscription, List<DomainSubscription> siblings) {
        return siblings.stream()
                .filter(s ->
                        s.getSpec().accountRef().equals(subscription.getSpec().accountRef()))
                .filter(s -> OLDEST_FIRST.compare(s, subscription) < 0)
                .filter(s -> domain(s).isPresent() && domain(s).equals(domain(subscription)))
                .min(OLDEST_FIRST);
    }

    private static Optional<Identifier> domain(DomainSubscription subscription) {
        try {
            return Optional.of(Identifier.parse(subscription.getSpec().domain()));
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
