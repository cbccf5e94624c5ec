package dev.caas.subscription;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.kit.Specs;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Subscriptions with limits, and what certificates tell of them: nothing, unless a test says otherwise. */
final class Subscribed implements Evidence {
    final List<Instant> issuedAt = new ArrayList<>();
    final Set<String> underWay = new HashSet<>();
    int inUse;

    /** @param limits as YAML's flow style writes them */
    static DomainSubscription of(String name, String limits) {
        var subscription = new DomainSubscription();
        subscription.setMetadata(new ObjectMetaBuilder()
                .withNamespace("team")
                .withName(name)
                .withUid("uid-" + name)
                .withGeneration(1L)
                .build());
        subscription.setSpec(Specs.read(
                DomainSubscriptionSpec.class,
                "{accountRef: {name: acme}, domain: example.test, limits: " + limits + "}"));
        return subscription;
    }

    static DomainSubscriptionStatus emptyStatus() {
        return new DomainSubscriptionStatus(1L, List.of(), null, null, null, null, null, null, null);
    }

    @Override
    public List<Instant> issuedAt(DomainSubscription subscription) {
        return List.copyOf(issuedAt);
    }

    @Override
    public Set<String> underWay(DomainSubscription subscription) {
        return Set.copyOf(underWay);
    }

    @Override
    public int inUse(DomainSubscription subscription) {
        return inUse;
    }
}
