package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.audit.AuditRecord;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Replicas choose a leader by a lease, and one that lost it does not go on. */
@ExtendWith(CaasExtension.class)
class LeaderIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int UNDER_WAY = 5;
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    @Test
    void aLeaderWhoseLeaseWasTakenEnds(TestNamespace namespace) {
        try (var replica = OperatorProcess.start(settings(namespace, "replica-1"))) {
            await().atMost(LIMIT).until(() -> holder(namespace).equals("replica-1"));
            assertThat(replica.isAlive()).isTrue();

            takeLease(namespace, "somebody-else");

            await().atMost(LIMIT).until(() -> !replica.isAlive());
            assertThat(holder(namespace)).isEqualTo("somebody-else");
        }
    }

    /** What the one that lost the lease had ordered is not ordered again by the next that leads. */
    @Test
    void theNextLeaderGoesOnWithTheOrdersUnderWay(TestNamespace namespace, OperatorProcess shared) {
        // It watches every namespace, and would do this test's work.
        shared.kill();
        var customer = Customer.signed(namespace);
        var names = IntStream.range(0, UNDER_WAY)
                .mapToObj(i -> namespace.dnsName("c" + i))
                .toList();
        try (var first = OperatorProcess.start(settings(namespace, "replica-1"));
                var hold = customer.acme()
                        .on(Step.FINALIZE)
                        .forNamesContaining(namespace.domain())
                        .hold()) {
            names.forEach(name -> customer.declare(name.substring(0, 2), name));
            names.forEach(name -> hold.awaitReached(LIMIT));

            takeLease(namespace, "somebody-else");
            await().atMost(LIMIT).until(() -> !first.isAlive());
            hold.drop();
        }
        try (var second = OperatorProcess.start(settings(namespace, "replica-2"))) {
            names.forEach(name -> customer.awaitIssued(name.substring(0, 2)));

            assertThat(holder(namespace)).isEqualTo("replica-2");
            names.forEach(
                    name -> assertThat(customer.acme().orders(name)).as(name).isEqualTo(new Orders(1, 1)));
            names.forEach(name -> customer.awaitNothingLeftOfOrder(name.substring(0, 2), List.of(name)));
            assertThat(second.isAlive()).isTrue();
        }
    }

    /** Every replica sees what is deleted. */
    @Test
    void whatIsDeletedIsSeenOffByTheLeaderAlone(TestNamespace namespace, OperatorProcess shared) {
        shared.kill();
        var customer = Customer.signed(namespace);
        try (var leader = OperatorProcess.start(settings(namespace, "replica-1"))) {
            await().atMost(LIMIT).until(() -> holder(namespace).equals("replica-1"));
            try (var standby = OperatorProcess.start(settings(namespace, "replica-2"))) {
                standby.awaitReady();
                customer.declare("www", List.of(namespace.dnsName("www")), "deletionPolicy: Revoke");
                customer.awaitIssued("www");
                var certificate = customer.certificate("www");
                try (var hold = customer.acme()
                        .on(Step.REVOKE_CERT)
                        .forName(customer.contract().authority().binding().keyId())
                        .hold()) {
                    customer.resource("www").delete();
                    hold.awaitReached(LIMIT);
                    // By then the standby has long seen it too.
                    customer.declare("other", namespace.dnsName("other"));
                    customer.awaitIssued("other");
                    assertThat(hold.reached()).isEqualTo(1);
                }
                Expect.soon()
                        .untilAsserted(
                                () -> assertThat(customer.resource("www").get()).isNull());

                assertThat(customer.asked(Step.REVOKE_CERT)).isEqualTo(1);
                assertThat(Expect.audited(leader, certificate, AuditRecord.Type.CERTIFICATE_RELEASED))
                        .hasSize(1);
                assertThat(Expect.audited(standby, certificate, AuditRecord.Type.CERTIFICATE_RELEASED))
                        .isEmpty();
            }
        }
    }

    private static OperatorProcess.Settings settings(TestNamespace namespace, String replica) {
        var stage = namespace.stage();
        return OperatorProcess.Settings.of(
                        stage.dir(replica + "-" + namespace.name()),
                        stage.cluster().kubeconfig())
                .with("CAAS_NAMESPACE", namespace.name())
                .with("CAAS_NAMESPACES", namespace.name())
                .with("HOSTNAME", replica)
                .with("CAAS_LEASE", "caas-operator")
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8");
    }

    private static void takeLease(TestNamespace namespace, String thief) {
        namespace
                .client()
                .leases()
                .inNamespace(namespace.name())
                .withName("caas-operator")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"holderIdentity\":\"%s\",\"renewTime\":\"%s\"}}"
                                .formatted(thief, MICROS.format(Instant.now())));
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
