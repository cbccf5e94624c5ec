package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.IngressController;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.PodAddress;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every replica answers for what the leader orders, though only the leader was told. */
@ExtendWith(CaasExtension.class)
class ReplicasIT {
    private static final String LEASE = "caas-operator";

    @Test
    void theStandbyAnswersTheCa(TestNamespace namespace, OperatorProcess shared, IngressController ingress)
            throws Exception {
        // It watches every namespace, and would do this test's work.
        shared.kill();
        var web = Website.of(namespace, ingress);
        var network = namespace.stage().network();
        PodAddress leaderAddress = network.podAddress();
        PodAddress standbyAddress = network.podAddress();
        pod(namespace, "leader", leaderAddress);
        pod(namespace, "standby", standbyAddress);

        try (var leader = replica(namespace, "leader", leaderAddress)) {
            await().atMost(Expect.LIMIT).until(() -> leads(namespace, "leader"));
            try (var standby = replica(namespace, "standby", standbyAddress)) {
                standby.awaitReady();
                int port = leader.responderPort();
                leaderAddress.forward(port, standby.responderPort());
                standbyAddress.forward(port, standby.responderPort());

                try (var hold = namespace
                        .stage()
                        .acme()
                        .on(Step.CHALLENGE)
                        .forName(web.host("www"))
                        .hold()) {
                    web.customer().declare("www", web.host("www"));
                    hold.awaitReached(Expect.LIMIT);
                    assertThat(web.addresses()).contains(leaderAddress.ip(), standbyAddress.ip());
                    leaderAddress
                            .ipv6()
                            .ifPresent(six -> assertThat(web.addresses()).contains(six));
                }
                web.customer().awaitIssued("www");

                assertThat(leads(namespace, "leader")).isTrue();
                assertThat(leaderAddress.connections() + standbyAddress.connections())
                        .isPositive();
                assertThat(leader.stop()).as("goes when asked to").isTrue();
                assertThat(web.addresses()).as("left by a leader that ended").isEmpty();
            }
        }
    }

    private static OperatorProcess replica(TestNamespace namespace, String name, PodAddress address) {
        var stage = namespace.stage();
        return OperatorProcess.start(OperatorProcess.Settings.of(
                        stage.dir(name + "-" + namespace.name()),
                        stage.cluster().kubeconfig())
                .with("CAAS_NAMESPACE", namespace.name())
                .with("CAAS_NAMESPACES", namespace.name())
                .with("CAAS_LEASE", LEASE)
                .with("HOSTNAME", name)
                .with("POD_IP", address.ips())
                .with("CAAS_RESPONDER_PODS", "app=caas")
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8,10.77.0.0/16"));
    }

    /** No kubelet runs here: what it would report is written. */
    private static void pod(TestNamespace namespace, String name, PodAddress address) {
        Pod pod = namespace.create(new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("app", "caas")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("operator")
                .withImage("caas-operator")
                .endContainer()
                .endSpec()
                .build());
        var status = new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address.ip())
                .addNewPodIP(address.ip())
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
        namespace.client().resource(status).updateStatus();
    }

    private static boolean leads(TestNamespace namespace, String name) {
        var lease = namespace
                .client()
                .leases()
                .inNamespace(namespace.name())
                .withName(LEASE)
                .get();
        return lease != null && name.equals(lease.getSpec().getHolderIdentity());
    }
}
