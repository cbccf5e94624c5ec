package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Replicas choose a leader by a lease, and one that lost it does not go on. */
@ExtendWith(CaasExtension.class)
class LeaderIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    @Test
    void aLeaderWhoseLeaseWasTakenEnds(TestNamespace namespace) {
        var stage = namespace.stage();
        var settings = OperatorProcess.Settings.of(
                        stage.dir("leader-" + namespace.name()), stage.cluster().kubeconfig())
                .with("CAAS_NAMESPACE", namespace.name())
                .with("CAAS_NAMESPACES", namespace.name())
                .with("HOSTNAME", "replica-1")
                .with("CAAS_LEASE", "caas-operator");
        try (var replica = OperatorProcess.start(settings)) {
            await().atMost(LIMIT).until(() -> holder(namespace).equals("replica-1"));
            assertThat(replica.isAlive()).isTrue();

            namespace
                    .client()
                    .leases()
                    .inNamespace(namespace.name())
                    .withName("caas-operator")
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\":{\"holderIdentity\":\"somebody-else\",\"renewTime\":\"%s\"}}"
                                    .formatted(MICROS.format(Instant.now())));

            await().atMost(LIMIT).until(() -> !replica.isAlive());
            assertThat(holder(namespace)).isEqualTo("somebody-else");
        }
    }

    private static String holder(TestNamespace namespace) {
        var lease = namespace
                .client()
                .leases()
                .inNamespace(namespace.name())
                .withName("caas-operator")
                .get();
        return lease == null || lease.getSpec().getHolderIdentity() == null
                ? ""
                : lease.getSpec().getHolderIdentity();
    }
}
