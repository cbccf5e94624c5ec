package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Fixture;
import dev.caas.kit.Home;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operator starts on what every earlier version left behind, and issues nothing again. */
@ExtendWith(CaasExtension.class)
class UpgradeIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    static List<Path> versions() throws IOException {
        try (var versions = Files.list(Home.resolve("src/test/resources/upgrade"))) {
            return versions.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void whatAnEarlierVersionLeftIsTakenUpWithoutReissue(
            Path version, TestNamespace namespace, OperatorProcess operator) {
        var before = Fixture.read(version);
        var acme = namespace.stage().acme();
        operator.stop();
        before.apply(namespace.client(), namespace.name(), acme.directoryUrl());
        long asked = acme.requests(Step.NEW_ACCOUNT) + acme.requests(Step.NEW_ORDER);

        operator.startAgain().awaitReady();

        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(ready(
                            namespace.get(CaaSAccount.class, "acme").getStatus().conditions()))
                    .isTrue();
            assertThat(ready(namespace
                            .get(DomainSubscription.class, "domain")
                            .getStatus()
                            .conditions()))
                    .isTrue();
            assertThat(ready(namespace
                            .get(ManagedCertificate.class, "served")
                            .getStatus()
                            .conditions()))
                    .isTrue();
            // The frozen status speaks of another certificate: the operator believes the Secret.
            assertThat(namespace
                            .get(ManagedCertificate.class, "served")
                            .getStatus()
                            .serialNumber())
                    .isEqualTo(before.serial("served-tls"));
        });
        assertThat(before.serialOf(namespace.client(), namespace.name(), "served-tls"))
                .isEqualTo(before.serial("served-tls"));
        assertThat(namespace
                        .client()
                        .secrets()
                        .inNamespace(namespace.name())
                        .withName("underway-checkpoint")
                        .get())
                .as("an order that was under way")
                .isNotNull();
        assertThat(acme.requests(Step.NEW_ACCOUNT) + acme.requests(Step.NEW_ORDER))
                .isEqualTo(asked);
    }

    private static boolean ready(List<Condition> conditions) {
        return new Conditions(conditions).isTrue(Conditions.READY);
    }
}
