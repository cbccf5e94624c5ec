package dev.caas.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which of two versions of an object a reconcile goes by. */
@ExtendWith(CaasExtension.class)
class StatusWriterIT {
    /** Another controller saw the write first, while this one had already taken its object out of the cache. */
    @Test
    void whatWasWrittenCountsForEverybodyWhoHasAnOlderObject(TestNamespace namespace) {
        var statuses = new StatusWriter(namespace.client(), Clock.systemUTC());
        var old = namespace.client().resource(subscription(namespace)).create();

        var written = statuses.write(old, status());
        assertThat(statuses.newest(written)).isSameAs(written);

        assertThat(statuses.newest(old)).isSameAs(written);
    }

    private static DomainSubscription subscription(TestNamespace namespace) {
        var subscription = new DomainSubscription();
        subscription.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName("domain")
                .build());
        subscription.setSpec(Contract.subscriptionSpec("example.test", false));
        return subscription;
    }

    private static DomainSubscriptionStatus status() {
        return new DomainSubscriptionStatus(
                1L, List.of(), DomainSubscriptionStatus.State.Pending, null, null, null, null, null, null);
    }
}
