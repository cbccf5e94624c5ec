package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.api.ManagedCertificate;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import dev.caas.pki.CertificateChain;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A spec that changes while its object is being worked on. java-operator-sdk 5.3.2 loses such a change when it happens
 * during one of its own status patches (issue #3398); our status writes must not.
 */
@ExtendWith(CaasExtension.class)
class RaceIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void aNameAddedWhileTheOrderIsUnderWayIsNotLost(TestNamespace namespace, OperatorProcess operator) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.authority()).signed(namespace.domain());
        var first = namespace.dnsName("first");
        var second = namespace.dnsName("second");
        try (var hold = stage.acme().on(Step.FINALIZE).forName(first).hold()) {
            namespace.create(contract.certificate("race", first));
            hold.awaitReached(LIMIT);

            change(namespace, "race", List.of(first, second));
        }

        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(names(namespace, "race")).containsExactly(first, second));
        assertThat(operator.isAlive()).isTrue();
    }

    @Test
    void namesAddedWhileStatusIsWrittenAreNotLost(TestNamespace namespace, OperatorProcess operator) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.directAuthority()).signed(namespace.domain());
        var certificates = IntStream.range(0, 10).mapToObj(i -> "race-" + i).toList();

        certificates.forEach(c -> namespace.create(contract.certificate(c, namespace.dnsName(c))));
        // As soon as a status is there another is about to be written: for Issuing comes Ready.
        certificates.forEach(c -> {
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> certificate(namespace, c).getStatus() != null);
            change(namespace, c, List.of(namespace.dnsName(c), namespace.dnsName(c + "-more")));
        });

        certificates.forEach(c -> await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(names(namespace, c)).hasSize(2);
            assertThat(new Conditions(certificate(namespace, c).getStatus().conditions()).isTrue(Conditions.READY))
                    .isTrue();
            assertThat(certificate(namespace, c).getStatus().observedGeneration())
                    .isEqualTo(certificate(namespace, c).getMetadata().getGeneration());
        }));
        assertThat(operator.isAlive()).isTrue();
    }

    private static void change(TestNamespace namespace, String name, List<String> dnsNames) {
        namespace
                .client()
                .resources(ManagedCertificate.class)
                .inNamespace(namespace.name())
                .withName(name)
                // Without a resourceVersion, as kubectl patch does: it must win against any write of the operator's.
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"dnsNames\":[\"" + String.join("\",\"", dnsNames) + "\"]}}");
    }

    private static ManagedCertificate certificate(TestNamespace namespace, String name) {
        return namespace.get(ManagedCertificate.class, name);
    }

    private static List<String> names(TestNamespace namespace, String certificate) throws Exception {
        var secret = namespace
                .client()
                .secrets()
                .inNamespace(namespace.name())
                .withName(certificate + "-tls")
                .get();
        return secret == null
                ? List.of()
                : List.copyOf(CertificateChain.ofPem(new String(
                                Base64.getDecoder().decode(secret.getData().get("tls.crt")), StandardCharsets.UTF_8))
                        .dnsNames());
    }
}
