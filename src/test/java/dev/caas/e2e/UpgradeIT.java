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
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The operator starts on what every earlier version left behind, and issues nothing again. */
@ExtendWith(CaasExtension.class)
class UpgradeIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Each version, as it left its namespace and as a backup without status brings it back. */
    static Stream<Arguments> fixtures() throws IOException {
        try (var versions = Files.list(Home.resolve("src/test/resources/upgrade"))) {
            return versions.sorted().toList().stream()
                    .flatMap(version -> Stream.of(true, false)
                            .map(status -> Arguments.of(version.getFileName().toString(), status)));
        }
    }

    @ParameterizedTest(name = "version {0}, with status: {1}")
    @MethodSource("fixtures")
    void whatAnEarlierVersionLeftIsTakenUpWithoutReissue(
            String version, boolean status, TestNamespace namespace, OperatorProcess operator) {
        var left = Fixture.read(Home.resolve("src/test/resources/upgrade").resolve(version));
        var before = status ? left : left.withoutStatus();
        var acme = namespace.stage().acme();
        operator.stop();
        before.apply(namespace.stage(), namespace.name());
        long asked = acme.requests(Step.NEW_ACCOUNT) + acme.requests(Step.NEW_ORDER);

        operator.startAgain().awaitReady();

        await().atMost(LIMIT).ignoreException(NullPointerException.class).untilAsserted(() -> {
            assertThat(ready(
                            namespace.get(CaaSAccount.class, "acme").getStatus().conditions()))
                    .isTrue();
            assertThat(ready(namespace
                            .get(DomainSubscription.class, "domain")
                            .getStatus()
                            .conditions()))
                    .isTrue();
            for (var name : before.issued()) {
                var told = namespace.get(ManagedCertificate.class, name).getStatus();
                assertThat(ready(told.conditions())).as(name).isTrue();
                // A frozen status speaks of another certificate: the operator believes the Secret.
                assertThat(told.serialNumber()).as(name).isEqualTo(before.serial(name + "-tls"));
            }
        });
        for (var name : before.issued()) {
            assertThat(before.serialOf(namespace.client(), namespace.name(), name + "-tls"))
                    .as(name)
                    .isEqualTo(before.serial(name + "-tls"));
        }
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
        // Of one binding there is one account: the next round has it, too.
        namespace.client().resource(namespace.get(CaaSAccount.class, "acme")).delete();
    }

    private static boolean ready(List<Condition> conditions) {
        return new Conditions(conditions).isTrue(Conditions.READY);
    }
}
