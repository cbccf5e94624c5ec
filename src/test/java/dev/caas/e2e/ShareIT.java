package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One account for two namespaces, of which one wants much and the other little: they are served in turn. {@code ./dev soak}
 * has five hundred.
 */
@ExtendWith(CaasExtension.class)
class ShareIT {
    private static final boolean SOAK = Boolean.getBoolean("caas.soak");
    private static final int MANY = SOAK ? 500 : 50;
    private static final int FEW = 5;
    private static final int AT_ONCE = 4;
    private static final Duration LIMIT = SOAK ? Duration.ofMinutes(10) : Duration.ofSeconds(90);

    /** What is under way when the few come, one for each of them, and as many again for what overtakes on the way. */
    private static final int SERVED_BEFORE = 2 * (AT_ONCE + FEW);

    @Test
    void whoWantsLittleDoesNotWaitForWhoWantsMuch(TestNamespace namespace, OperatorProcess operator) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.authority()).secrets();
        contract.account(Specs.with(
                CaaSAccountSpec.class, "{concurrentOrders: " + AT_ONCE + ", allowedNamespaces: {from: All}}"));
        contract.subscription(
                "domain",
                Specs.with(
                                DomainSubscriptionSpec.class,
                                "{grants: [{namespaces: {from: All}}], limits: [{certificates: 1000, per: 720h}]}")
                        .apply(Contract.subscriptionSpec(namespace.domain(), true)));
        var many = new Customer(contract);
        many.awaitRegistered();
        var zone = namespace.dnsName("many");
        var audited = AuditedRequests.of(stage.cluster(), "caas-operator/");
        try (var neighbour = Neighbour.of(stage)) {
            var few = new Customer(neighbour.contract(stage.authority()));
            long mark = audited.mark();
            var began = Instant.now();
            try (var hold =
                    many.acme().on(Step.NEW_ORDER).forNamesContaining(zone).hold()) {
                IntStream.range(0, MANY).forEach(i -> many.declare("c" + i, "c" + i + "." + zone));
                IntStream.range(0, AT_ONCE).forEach(_ -> hold.awaitReached(Expect.LIMIT));
                awaitAll(many, MANY, Conditions.ISSUING);
                IntStream.range(0, FEW)
                        .forEach(i -> few.declare(
                                "c" + i,
                                List.of(namespace.dnsName("few" + i)),
                                "accountRef: {name: " + Contract.ACCOUNT + ", namespace: " + namespace.name() + "}"));
                awaitAll(few, FEW, Conditions.ISSUING);
            }
            awaitAll(many, MANY, Conditions.READY);
            awaitAll(few, FEW, Conditions.READY);
            var issued = issued(operator, namespace.name(), neighbour.name());
            int last = issued.lastIndexOf(neighbour.name());
            soon().untilAsserted(() -> assertThat(namespace
                            .get(DomainSubscription.class, "domain")
                            .getStatus()
                            .usage()
                            .getFirst()
                            .used())
                    .isEqualTo(MANY + FEW));
            long writes = AuditedRequests.in(namespace.name(), audited.since(mark)).stream()
                    .filter(r -> r.resource().equals("domainsubscriptions/status") && r.isWrite())
                    .count();
            long seconds = Duration.between(began, Instant.now()).toSeconds();

            System.out.printf(
                    "%d and %d certificates, %d at once, in %d s: the few were done when %d of the many were; %d status"
                            + " writes of the subscription%n",
                    MANY, FEW, AT_ONCE, seconds, last + 1 - FEW, writes);
            assertThat(issued).hasSize(MANY + FEW);
            assertThat(last + 1 - FEW)
                    .as("of the many issued before the last of the few")
                    .isLessThanOrEqualTo(SERVED_BEFORE);
            assertThat(writes).isBetween(1L, 1 + seconds / 5);
        }
    }

    @Test
    void whatIsToBeRenewedGoesBeforeWhatIsNew(TestNamespace namespace, OperatorProcess operator) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.authority()).secrets();
        contract.account(Specs.with(CaaSAccountSpec.class, "{concurrentOrders: 1}"));
        contract.subscription("domain", Contract.subscriptionSpec(namespace.domain(), true));
        var customer = new Customer(contract);
        customer.declare("old", namespace.dnsName("old"));
        var first = customer.awaitIssued("old");
        try (var hold = customer.acme()
                .on(Step.NEW_ORDER)
                .forNamesContaining(namespace.domain())
                .hold()) {
            customer.declare("now", namespace.dnsName("now"));
            hold.awaitReached(Expect.LIMIT);
            IntStream.range(0, FEW).forEach(i -> customer.declare("c" + i, namespace.dnsName("c" + i)));
            awaitAll(customer, FEW + 2, c -> c.getMetadata().getName().equals("old") || isTrue(c, Conditions.ISSUING));

            Edit.spec(
                    customer.client(),
                    customer.certificate("old"),
                    "renewIssuedBefore: "
                            + Objects.requireNonNull(first.issuedAt()).plusSeconds(1));

            awaitAll(customer, FEW + 2, c -> isTrue(c, Conditions.ISSUING));
        }

        awaitAll(customer, FEW + 2, c -> isTrue(c, Conditions.READY) && !isTrue(c, Conditions.ISSUING));
        assertThat(operator.auditLines().stream()
                        .filter(ShareIT::isIssued)
                        .map(line -> line.path("subject").asText())
                        .filter(subject -> subject.contains("/" + namespace.name() + "/"))
                        .map(subject -> subject.substring(subject.lastIndexOf('/') + 1)))
                .hasSize(FEW + 3)
                .startsWith("old", "now", "old");
    }

    private static void awaitAll(Customer customer, int count, String condition) {
        awaitAll(customer, count, c -> isTrue(c, condition));
    }

    private static boolean isTrue(ManagedCertificate certificate, String condition) {
        return Expect.conditions(certificate).isTrue(condition);
    }

    private static void awaitAll(Customer customer, int count, Predicate<ManagedCertificate> condition) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(customer.client()
                                .resources(ManagedCertificate.class)
                                .inNamespace(customer.contract().namespace())
                                .list()
                                .getItems())
                        .hasSize(count)
                        .allMatch(condition));
    }

    private static boolean isIssued(JsonNode line) {
        return line.path("type").asText().equals(AuditRecord.Type.CERTIFICATE_ISSUED.label());
    }

    /** Whose certificates were issued, in the order in which they were. */
    private static List<String> issued(OperatorProcess operator, String... namespaces) {
        return operator.auditLines().stream()
                .filter(ShareIT::isIssued)
                .map(line -> line.path("subject").asText().split("/", -1)[1])
                .filter(List.of(namespaces)::contains)
                .toList();
    }
}
