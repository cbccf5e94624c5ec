package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;
import dev.caas.api.ChallengeType;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ValidationType;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The certificate may be ordered under this account.
 *
 * @param byName for each name, normalised, the most specific subscription that allows it; in the order of the names
 */
public record Granted(CaaSAccount account, Map<String, DomainSubscription> byName) implements Verdict {
    public Granted {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /** The subscriptions that allow the names, each once, in the order of the names. */
    public List<DomainSubscription> subscriptions() {
        var each = new LinkedHashMap<String, DomainSubscription>();
        byName.values().forEach(s -> each.putIfAbsent(s.getMetadata().getName(), s));
        return List.copyOf(each.values());
    }

    /** What the CA validates; one certificate's names are all of one type. */
    public ValidationType validationType() {
        return byName.values().stream()
                .map(s -> s.getSpec().validationType())
                .findFirst()
                .orElse(ValidationType.DV);
    }

    /** How control of a name may be proven, by the policy of its subscription. */
    public Set<ChallengeType> challengeTypes(String name) {
        var allowed = Optional.ofNullable(byName.get(name))
                .map(s -> s.getSpec().policy())
                .map(p -> p.challengeTypes())
                .orElse(List.of());
        return allowed.isEmpty() ? EnumSet.allOf(ChallengeType.class) : EnumSet.copyOf(allowed);
    }
}
