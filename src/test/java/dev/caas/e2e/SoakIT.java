package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.Hold;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * {@code ./dev soak}: the operator is killed 200 times, at steps of the protocol and at moments between them, as a seed has
 * it. Each kill strikes a certificate just declared, and the others of its round wherever they are. Whatever comes, each
 * is issued, by one order unless the first one's URL was never kept.
 */
@ExtendWith(CaasExtension.class)
@EnabledIfSystemProperty(named = "caas.soak", matches = "true")
class SoakIT {
    private static final int ROUNDS = 50;
    private static final int KILLS_IN_ROUND = 4;
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

        int kills = 0;
        for (int round = 0; round < ROUNDS; round++) {
            var certificates = new LinkedHashMap<String, String>();
            for (int i = 0; i < KILLS_IN_ROUND; i++) {
                var certificate = "round-" + round + "-" + i;
                var struck = random.nextBoolean()
                        ? killAtStep(random, customer, operator, certificate)
                        : killAtMoment(random, customer, operator, certificate);
                System.out.println("seed " + seed + ", kill " + ++kills + " of " + certificate + ": " + struck);
                certificates.put(certificate, struck);
                operator.startAgain();
                if (random.nextInt(3) == 0) {
                    // Nothing new is under way: this one strikes what goes on, or the start itself.
                    int pause = random.nextInt(LONGEST_START_MS);
                    Thread.sleep(pause);
                    operator.kill();
                    System.out.println("seed " + seed + ", kill " + ++kills + ": " + pause + " ms after a start");
                    operator.startAgain();
                }
            }
            operator.awaitReady();
            certificates.forEach((certificate, struck) ->
                    assertIssuedByOneOrder(customer, operator, certificate, struck, KILLS_IN_ROUND));
        }
    }

    private static void assertIssuedByOneOrder(
            Customer customer, OperatorProcess operator, String certificate, String struck, int kills) {
        var name = name(customer, certificate);
        customer.awaitIssued(certificate);

        assertThat(customer.served(certificate + "-tls").names()).as(struck).containsExactly(name);
        assertThat(customer.served(certificate + "-tls").keyMatches())
                .as(struck)
                .isTrue();
        assertThat(customer.acme().orders(name).finalized()).as(struck).isEqualTo(1);
        assertThat(placed(operator, customer, certificate))
                .as("orders that were kept; killed " + struck)
                .isLessThanOrEqualTo(1);
        assertThat(customer.acme().ordersBegunInVain(name))
                .as("orders that were begun and given up; killed " + struck)
                .isZero();
        assertThat(customer.acme().orders(name).abandoned())
                .as("orders whose URL was never kept; killed " + struck)
                .isLessThanOrEqualTo(2L * kills);
        customer.awaitNothingLeftOfOrder(certificate, List.of(name));
    }

    private static String name(Customer customer, String certificate) {
        return certificate + "." + customer.contract().namespace() + ".example.test";
    }

    private static String killAtStep(Random random, Customer customer, OperatorProcess operator, String certificate) {
        var step = STEPS.get(random.nextInt(STEPS.size()));
        boolean after = random.nextBoolean();
        var name = name(customer, certificate);
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
        customer.declare(certificate, name(customer, certificate));
        Thread.sleep(pause);
        operator.kill();
        return pause + " ms after it was declared";
    }

    private static long placed(OperatorProcess operator, Customer customer, String certificate) {
        var subject = "ManagedCertificate/" + customer.contract().namespace() + "/" + certificate;
        return operator.auditLines().stream()
                .filter(line -> line.path("subject").asText().equals(subject))
                .filter(line -> line.path("type").asText().equals("dev.caas.order.placed"))
                .count();
    }
}
