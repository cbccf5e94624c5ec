package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.api.ManagedCertificate;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.AuditedRequests.Request;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a certificate costs the API server, counted in its audit log. */
@ExtendWith(CaasExtension.class)
class RequestsIT {
    private static final double BUDGET = 6;

    /** Reads of a solver's Secret are shared by all certificates that need it within 5 s. */
    private static final String SHARED = "get secrets";

    @Test
    void aCertificateCostsSixRequestsHoweverManyThereAre(TestNamespace namespace, OperatorProcess operator) {
        var contract = new Contract(
                        namespace.stage(), namespace.name(), namespace.stage().directAuthority())
                .signed(namespace.domain());
        issue(contract, "warm", 1);

        var one = requests(contract, "one", 1);
        var ten = requests(contract, "ten", 10);
        var fifty = requests(contract, "fifty", 50);

        assertThat(operator.isAlive()).isTrue();
        assertThat(one).as("the detector sees requests at all").isNotEmpty();
        assertThat((ten.size() - one.size()) / 9.0).as(ten.toString()).isLessThanOrEqualTo(BUDGET);
        assertThat((fifty.size() - ten.size()) / 40.0).as(fifty.toString()).isLessThanOrEqualTo(BUDGET);
    }

    /** Another key asks for another certificate, as a renewal does. */
    @Test
    void aRenewalCostsSixRequests(TestNamespace namespace, OperatorProcess operator) {
        var contract = new Contract(
                        namespace.stage(), namespace.name(), namespace.stage().directAuthority())
                .signed(namespace.domain());
        issue(contract, "one", 1);
        issue(contract, "twenty", 20);

        var one = requests(contract, () -> renew(contract, "one", 1));
        var twenty = requests(contract, () -> renew(contract, "twenty", 20));

        assertThat(operator.isAlive()).isTrue();
        assertThat(one).as("the detector sees requests at all").isNotEmpty();
        assertThat((twenty.size() - one.size()) / 19.0).as(twenty.toString()).isLessThanOrEqualTo(BUDGET);
    }

    private static List<Request> requests(Contract contract, String prefix, int count) {
        return requests(contract, () -> issue(contract, prefix, count));
    }

    private static List<Request> requests(Contract contract, Runnable work) {
        var audited = AuditedRequests.of(contract.stage().cluster(), "caas-operator/");
        long mark = audited.mark();
        work.run();
        return AuditedRequests.in(contract.namespace(), audited.since(mark)).stream()
                .filter(r -> !r.kind().equals(SHARED))
                .toList();
    }

    /** Returns when all are ready and their Events are recorded, which is the last thing done for each. */
    private static void issue(Contract contract, String prefix, int count) {
        var client = contract.stage().client();
        IntStream.range(0, count)
                .mapToObj(i -> contract.certificate(
                        prefix + "-" + i, "c" + i + "." + prefix + "." + contract.namespace() + ".example.test"))
                .forEach(c -> client.resource(c).create());
        awaitIssued(contract, prefix, count, 1);
    }

    private static void renew(Contract contract, String prefix, int count) {
        var customer = new Customer(contract);
        IntStream.range(0, count)
                .forEach(i -> customer.change(prefix + "-" + i, "privateKey: {algorithm: ECDSA, size: 384}"));
        awaitIssued(contract, prefix, count, 2);
    }

    private static void awaitIssued(Contract contract, String prefix, int count, int times) {
        var client = contract.stage().client();
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    assertThat(named(
                                    client
                                            .resources(ManagedCertificate.class)
                                            .inNamespace(contract.namespace())
                                            .list()
                                            .getItems()
                                            .stream()
                                            .filter(RequestsIT::isReady)
                                            .map(c -> c.getMetadata().getName())
                                            .toList(),
                                    prefix))
                            .isEqualTo(count);
                    assertThat(named(
                                    client
                                            .events()
                                            .v1()
                                            .events()
                                            .inNamespace(contract.namespace())
                                            .list()
                                            .getItems()
                                            .stream()
                                            .filter(e -> e.getReason().equals("Issued"))
                                            .map(e -> e.getRegarding().getName())
                                            .toList(),
                                    prefix))
                            .isEqualTo((long) count * times);
                });
    }

    private static long named(List<String> names, String prefix) {
        return names.stream().filter(n -> n.startsWith(prefix + "-")).count();
    }

    private static boolean isReady(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && certificate
                        .getMetadata()
                        .getGeneration()
                        .equals(certificate.getStatus().observedGeneration())
                && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY);
    }
}
