package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.Hold;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * {@code ./dev soak}: the operator is killed again and again, at steps of the protocol and at moments between them, as a
 * seed has it. Whatever comes, each certificate is issued, by one order unless the first one's URL was never kept.
 */
@ExtendWith(CaasExtension.class)
@EnabledIfSystemProperty(named = "caas.soak", matches = "true")
class SoakIT {
    private static final int ROUNDS = 50;
    private static final int LONGEST_ISSUANCE_MS = 2_500;
    private static final int LONGEST_START_MS = 6_000;

    /** Where requests are held; anything else that happens is struck by kills at random moments. */
    private static final List<Step> STEPS =
            List.of(Step.NEW_ORDER, Step.AUTHORIZATION, Step.CHALLENGE, Step.ORDER, Step.FINALIZE, Step.CERTIFICATE);

    @Test
    void killedAtRandomAgainAndAgainEveryCertificateIsIssuedOnce(TestNamespace namespace, OperatorProcess operator)
            throws InterruptedException {
        long seed = Long.getLong("caas.seed", System.nanoTime());
        var random = new Random(seed);
        var customer = Customer.signed(namespace);

        for (int round = 0; round < ROUNDS; round++) {
            var certificate = "round-" + round;
            var name = namespace.dnsName(certificate);
            var struck = random.nextBoolean()
                    ? killAtStep(random, customer, operator, certificate)
                    : killAtMoment(random, customer, operator, certificate);
            operator.startAgain();
            if (random.nextInt(3) == 0) {
                int pause = random.nextInt(LONGEST_START_MS);
                Thread.sleep(pause);
                operator.kill();
                operator.startAgain();
                struck += " and again " + pause + " ms after the start";
            }
            System.out.println("seed " + seed + ", round " + round + ": killed " + struck);
            operator.awaitReady();
            customer.awaitIssued(certificate);

            assertThat(customer.served(certificate + "-tls").names()).as(struck).containsExactly(name);
            assertThat(customer.served(certificate + "-tls").keyMatches())
                    .as(struck)
                    .isTrue();
            assertThat(customer.acme().orders(name).finalized()).as(struck).isEqualTo(1);
            assertThat(placed(operator, namespace, certificate))
                    .as("orders that were kept; killed " + struck)
                    .isLessThanOrEqualTo(1);
            assertThat(customer.acme().orders(name).abandoned())
                    .as("orders whose URL was never kept; killed " + struck)
                    .isLessThanOrEqualTo(2);
            customer.awaitNothingLeftOfOrder(certificate, List.of(name));
        }
    }

    private static String killAtStep(Random random, Customer customer, OperatorProcess operator, String certificate) {
        var step = STEPS.get(random.nextInt(STEPS.size()));
        boolean after = random.nextBoolean();
        var name = certificate + "." + customer.contract().namespace() + ".example.test";
        var rule = customer.acme().on(step).forName(name).once();
        Hold hold = after ? rule.holdAfter() : rule.hold();
        customer.declare(certificate, name);
        hold.awaitReached(Expect.LIMIT);
        operator.kill();
        hold.drop();
        return (after ? "after " : "before ") + step;
    }

    private static String killAtMoment(Random random, Customer customer, OperatorProcess operator, String certificate)
            throws InterruptedException {
        int pause = random.nextInt(LONGEST_ISSUANCE_MS);
        customer.declare(certificate, certificate + "." + customer.contract().namespace() + ".example.test");
        Thread.sleep(pause);
        operator.kill();
        return pause + " ms after it was declared";
    }

    private static long placed(OperatorProcess operator, TestNamespace namespace, String certificate) {
        var subject = "ManagedCertificate/" + namespace.name() + "/" + certificate;
        return operator.auditLines().stream()
                .filter(line -> line.path("subject").asText().equals(subject))
                .filter(line -> line.path("type").asText().equals("dev.caas.order.placed"))
                .count();
    }
}
