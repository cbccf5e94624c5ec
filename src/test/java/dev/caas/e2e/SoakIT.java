package dev.caas.e2e;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * {@code ./dev soak}: the operator is killed 200 times, as a seed has it: at steps of the protocol, of certificates and of
 * accounts, and at moments between them. Each kill strikes what was just declared, and the rest of its round wherever that
 * is. Whatever comes, all is as if nobody had been killed.
 */
@ExtendWith(CaasExtension.class)
@EnabledIfSystemProperty(named = "caas.soak", matches = "true")
class SoakIT {
    private static final int KILLS = Integer.getInteger("caas.soak.kills", 200);
    private static final int STRIKES_IN_ROUND = 4;
    private static final int LONGEST_START_MS = 6_000;

    private final Map<String, Integer> struck = new TreeMap<>();
    private int kills;

    @Test
    void killedAtRandomAgainAndAgainItLosesNothingAndDoesNothingTwice(TestNamespace namespace, OperatorProcess operator)
            throws Exception {
        long seed = Long.getLong("caas.seed", System.nanoTime());
        var random = new Random(seed);
        var strikes = new Strikes(random, operator, Customer.signed(namespace));
        var began = Instant.now();

        while (kills < KILLS) {
            var round = new ArrayList<Strikes.Strike>();
            for (int i = 0; i < STRIKES_IN_ROUND; i++) {
                var strike = strikes.next();
                round.add(strike);
                count(seed, strike.where(), strike.whom());
                operator.startAgain();
                if (random.nextInt(3) == 0) {
                    // Nothing new is under way: this one strikes what goes on, or the start itself.
                    int pause = random.nextInt(LONGEST_START_MS);
                    Thread.sleep(pause);
                    strikes.kill();
                    count(seed, "after a start", pause + " ms");
                    operator.startAgain();
                }
            }
            operator.awaitReady();
            for (var strike : round) {
                strike.check().run();
            }
            strikes.assertAccountHasItsKey();
        }

        strikes.assertAllWhoLeftAreGone();
        System.out.printf(
                "seed %d: %d kills in %d s, %d orders whose URL was never kept; struck %s%n",
                seed, kills, Duration.between(began, Instant.now()).toSeconds(), strikes.ordersNeverKept(), struck);
    }

    private void count(long seed, String where, String whom) {
        struck.merge(where, 1, Integer::sum);
        System.out.printf("seed %d, kill %d: %s, %s%n", seed, ++kills, where, whom);
    }
}
