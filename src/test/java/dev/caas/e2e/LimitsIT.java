package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A subscription's limits: what exceeds them is not ordered, and nothing sets them back. */
@ExtendWith(CaasExtension.class)
class LimitsIT {
    private static final Duration PER = Duration.ofDays(30);

    @Test
    void whatExceedsALimitReachesNoCaAndARestartForgetsNothing(TestNamespace namespace, OperatorProcess operator) {
        var customer = limited(namespace, 2);
        declare(customer, namespace, "a", "b");
        var lastIssuedAt = Stream.of("a", "b")
                .map(name -> customer.awaitIssued(name).issuedAt())
                .max(Instant::compareTo)
                .orElseThrow();
        assertThat(customer.asked(Step.NEW_ORDER)).as("orders are seen").isEqualTo(2);
        long before = customer.acmeRequests();
        soon().untilAsserted(() -> {
            var shown = subscription(namespace).getStatus();
            assertThat(shown.usage()).hasSize(1);
            assertThat(shown.usage().getFirst().per()).isEqualTo("720h");
            assertThat(shown.usage().getFirst().used()).isEqualTo(2);
            assertThat(shown.certificates()).isEqualTo(2);
            assertThat(Objects.requireNonNull(shown.lastIssuedAt())).isAfterOrEqualTo(lastIssuedAt);
        });
        var resetsAt = subscription(namespace).getStatus().usage().getFirst().resetsAt();
        assertThat(resetsAt).isBetween(Instant.now(), Instant.now().plus(PER));

        declare(customer, namespace, "c");

        var denied = customer.awaitNotNow("c", Reason.LimitReached);
        assertThat(denied.nextAttempt()).isEqualTo(resetsAt);
        assertThat(Expect.message(customer.certificate("c")))
                .contains(namespace.name() + "/domain", "2 certificates per 720h", resetsAt.toString());
        assertThat(Expect.audited(operator, customer.certificate("c"), AuditRecord.Type.CERTIFICATE_DENIED))
                .hasSize(1);
        assertThat(customer.acmeRequests()).as("nothing reached the CA").isEqualTo(before);

        operator.kill();
        forgetCounts(namespace);
        operator.startAgain().awaitReady();
        declare(customer, namespace, "d");

        customer.awaitNotNow("d", Reason.LimitReached);
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(2);
    }

    @Test
    void aLimitThatIsRaisedLetsAsManyGoAsItLeavesRoomFor(TestNamespace namespace) {
        var customer = limited(namespace, 1);
        declare(customer, namespace, "a");
        customer.awaitIssued("a");
        declare(customer, namespace, "b", "c");
        customer.awaitNotNow("b", Reason.LimitReached);
        customer.awaitNotNow("c", Reason.LimitReached);

        Edit.spec(customer.client(), subscription(namespace), limits(2));
        soon().until(() -> issued(customer, "b") != issued(customer, "c"));
        customer.awaitNotNow(issued(customer, "b") ? "c" : "b", Reason.LimitReached);
        Edit.spec(customer.client(), subscription(namespace), limits(3));

        customer.awaitIssued("b");
        customer.awaitIssued("c");
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(3);
    }

    @Test
    void anOrderThatIsRefusedLeavesItsPlaceToAnother(TestNamespace namespace) {
        var customer = limited(namespace, 1);
        customer.acme().on(Step.NEW_ORDER).forName(namespace.dnsName("bad")).answer(403, "rejectedIdentifier", "no");
        declare(customer, namespace, "bad");
        customer.awaitNotNow("bad", Reason.Failed);

        declare(customer, namespace, "good");

        customer.awaitIssued("good");
    }

    @Test
    void aRenewalBeyondTheLimitLeavesTheCertificateInUse(TestNamespace namespace) {
        var customer = limited(namespace, 1);
        declare(customer, namespace, "www");
        var first = customer.awaitIssued("www");

        Edit.spec(
                customer.client(),
                customer.certificate("www"),
                "renewIssuedBefore: " + Objects.requireNonNull(first.issuedAt()).plusSeconds(1));

        var denied = customer.awaitNotNow("www", Reason.LimitReached);

        assertThat(new Conditions(denied.conditions()).isTrue(Conditions.READY)).isTrue();
        assertThat(denied.serialNumber()).isEqualTo(first.serialNumber());
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(1);
    }

    /** What was issued stays counted in its period; what there is is shown as it is. */
    @Test
    void certificatesThatAreDeletedAreNotShownAnyMore(TestNamespace namespace) {
        var customer = limited(namespace, 3);
        declare(customer, namespace, "a", "b");
        customer.awaitIssued("a");
        customer.awaitIssued("b");
        soon().untilAsserted(() ->
                assertThat(subscription(namespace).getStatus().certificates()).isEqualTo(2));

        customer.client().resource(customer.certificate("a")).delete();

        soon().untilAsserted(() ->
                assertThat(subscription(namespace).getStatus().certificates()).isEqualTo(1));
        assertThat(subscription(namespace).getStatus().usage().getFirst().used())
                .isEqualTo(2);
    }

    private static Customer limited(TestNamespace namespace, int certificates) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.authority()).secrets();
        contract.account(UnaryOperator.identity());
        contract.subscription(
                "domain",
                Specs.with(DomainSubscriptionSpec.class, limits(certificates))
                        .apply(Contract.subscriptionSpec(namespace.domain(), true)));
        return new Customer(contract);
    }

    private static String limits(int certificates) {
        return "limits: [{certificates: " + certificates + ", per: " + PER.toHours() + "h}]";
    }

    private static void declare(Customer customer, TestNamespace namespace, String... names) {
        Stream.of(names).forEach(name -> customer.declare(name, namespace.dnsName(name)));
    }

    private static DomainSubscription subscription(TestNamespace namespace) {
        return namespace.get(DomainSubscription.class, "domain");
    }

    private static boolean issued(Customer customer, String name) {
        return Expect.conditions(customer.certificate(name)).isTrue(Conditions.READY);
    }

    /** As after a restore of objects without their statuses. */
    private static void forgetCounts(TestNamespace namespace) {
        namespace
                .client()
                .resource(subscription(namespace))
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\":{\"certificates\":null,\"usage\":null,\"lastIssuedAt\":null}}");
        assertThat(subscription(namespace).getStatus().usage()).isEmpty();
    }
}
