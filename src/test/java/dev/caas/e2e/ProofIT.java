package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.api.SecretKeyRef;
import dev.caas.api.Solver;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.Bind;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A proof of control that does not come about: the status says which server, key or Secret is to blame, the CA is not
 * told of a proof that is not there, and an order that failed for it is not used again.
 */
@ExtendWith(CaasExtension.class)
class ProofIT {
    private static final String WRONG_KEY =
            Base64.getEncoder().encodeToString("a key of nobody's, 32 bytes long".getBytes(StandardCharsets.US_ASCII));

    @Test
    void aKeyTheNameServerRefusesIsNamedAndNeverShown(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        namespace.secret("wrong", Map.of("key", WRONG_KEY));

        customer.declare("www", List.of(name), solverWithKeyIn(customer, "wrong"));
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertProofFailure(status);
        assertThat(failure(status).detail())
                .contains(namespace.stage().bind().primary())
                .contains("TSIG key " + namespace.stage().bind().tsigKeyName())
                .contains("has another secret there")
                .contains("check tsigSecretRef");
        assertThat(namespace.client().getKubernetesSerialization().asJson(customer.certificate("www")))
                .doesNotContain(WRONG_KEY);
        assertThat(customer.events("www"))
                .isNotEmpty()
                .noneMatch(e -> e.getNote().contains(WRONG_KEY));
        assertThat(operator.log()).contains(name).doesNotContain(WRONG_KEY);
        assertThat(customer.acme().requests(Step.CHALLENGE, name)).isZero();

        customer.change("www", solverWithKeyIn(customer, "tsig"));
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).as("the order was kept").isEqualTo(new Orders(1, 1));
    }

    @Test
    void aMissingSecretIsNamedAndCreatingItHelps(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        customer.declare("www", List.of(name), solverWithKeyIn(customer, "later"));
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertProofFailure(status);
        assertThat(failure(status).detail())
                .isEqualTo("Secret " + namespace.name()
                        + "/later with the TSIG key does not exist; create it with key 'key'");
        namespace.secret("later", Map.of("key", namespace.stage().bind().tsigKey()));
        // What was read of a foreign Secret holds for 5 s, so the first touch may come too early.
        soon().pollInterval(Duration.ofSeconds(2)).until(() -> {
            customer.change(
                    "www", "renewBeforePercentage: " + (20 + Instant.now().getEpochSecond() % 60));
            return customer.secret("www-tls").isPresent();
        });
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void aSecretWithoutTheKeyIsNamed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        namespace.secret("empty", Map.of("other", "x"));

        customer.declare("www", List.of(namespace.dnsName("www")), solverWithKeyIn(customer, "empty"));
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertProofFailure(status);
        assertThat(failure(status).detail())
                .isEqualTo("Secret " + namespace.name() + "/empty has no key 'key' with the TSIG key");
    }

    @Test
    void aNameServerThatDoesNotAnswerIsNamed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var good = customer.contract().solver().dns01();

        customer.declare(
                "www",
                List.of(name),
                solver(
                        customer,
                        new Solver.Dns01(
                                good.propagation(),
                                new Solver.Rfc2136(
                                        "127.0.0.1:1",
                                        good.rfc2136().tsigKeyName(),
                                        good.rfc2136().tsigAlgorithm(),
                                        good.rfc2136().tsigSecretRef()))));
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertThat(failure(status).detail()).contains("name server 127.0.0.1:1 did not answer");
        assertThat(status.nextAttempt())
                .as("it may pass soon")
                .isBefore(Instant.now().plusSeconds(10));
        customer.change("www", solverWithKeyIn(customer, "tsig"));
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void theCaIsNotToldWhileAServerLacksTheRecord(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var bind = namespace.stage().bind();
        var good = customer.contract().solver().dns01();

        customer.declare(
                "www",
                List.of(name),
                solver(
                        customer,
                        new Solver.Dns01(
                                new Solver.Propagation(List.of(bind.primary(), "127.0.0.1:1"), "2s", false),
                                good.rfc2136())));
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertThat(failure(status).step()).isEqualTo("challenge");
        assertThat(failure(status).detail())
                .contains("after 2 s")
                .contains("127.0.0.1:1")
                .contains(Customer.challengeName(name))
                .contains("propagation.timeout");
        assertThat(bind.txt(Customer.challengeName(name))).as("it was put up").hasSize(1);
        assertThat(customer.acme().requests(Step.CHALLENGE, name)).isZero();
        customer.change("www", solverWithKeyIn(customer, "tsig"));
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    @Test
    void anOrderWhoseProofTheCaDidNotFindIsNotUsedAgain(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var record = Customer.challengeName(name);
        var bind = namespace.stage().bind();
        try (var hold = customer.acme().on(Step.CHALLENGE).forName(name).once().hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            bind.removeTxt(Bind.ZONE, record);
            soon().until(() -> bind.txtAtSecondary(record).isEmpty());
        }
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertProofFailure(status);
        assertThat(failure(status).type())
                .isIn("urn:ietf:params:acme:error:unauthorized", "urn:ietf:params:acme:error:dns");
        assertThat(failure(status).detail()).isNotEmpty();
        assertThat(customer.secret("www-checkpoint")).isEmpty();
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 0));
        customer.change("www", "renewBeforePercentage: 40");
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(2, 1));
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    /** One name fails; what was put up for the other comes down all the same. */
    @Test
    void nothingIsLeftInTheDnsOfAnOrderThatFailed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("a"), namespace.dnsName("b"));
        var bind = namespace.stage().bind();
        var gone = Customer.challengeName(names.getFirst());
        try (var hold = customer.acme()
                .on(Step.CHALLENGE)
                .forName(names.getFirst())
                .once()
                .hold()) {
            customer.declare("two", names, "{}");
            hold.awaitReached(Expect.LIMIT);
            assertThat(bind.txt(Customer.challengeName(names.getLast()))).hasSize(1);
            bind.removeTxt(Bind.ZONE, gone);
            soon().until(() -> bind.txtAtSecondary(gone).equals(Set.of()));
        }
        customer.awaitNotNow("two", Reason.ChallengeFailed);

        customer.awaitNothingLeftOfOrder("two", names);
    }

    private static String solverWithKeyIn(Customer customer, String secret) {
        var good = customer.contract().solver().dns01();
        var rfc2136 = good.rfc2136();
        return solver(
                customer,
                new Solver.Dns01(
                        good.propagation(),
                        new Solver.Rfc2136(
                                rfc2136.nameserver(),
                                rfc2136.tsigKeyName(),
                                rfc2136.tsigAlgorithm(),
                                new SecretKeyRef(secret, "key"))));
    }

    private static String solver(Customer customer, Solver.Dns01 dns01) {
        return "solvers: " + customer.yamlOf(List.of(new Solver(null, null, dns01)));
    }

    private static void assertProofFailure(ManagedCertificateStatus status) {
        assertThat(failure(status).step()).isEqualTo("challenge");
        assertThat(status.attempts()).isEqualTo(1);
        assertThat(status.nextAttempt())
                .isBetween(Instant.now().plusSeconds(50), Instant.now().plusSeconds(70));
        assertThat(new Conditions(status.conditions()).isTrue(Conditions.RECONCILING))
                .isTrue();
        assertThat(new Conditions(status.conditions())
                        .get(Conditions.READY)
                        .orElseThrow()
                        .getMessage())
                .contains(failure(status).detail());
    }
}
