package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.Bind;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What takes long for one customer takes no longer for another. */
@ExtendWith(CaasExtension.class)
class FairnessIT {
    /** More than the 50 threads that java-operator-sdk reconciles on unless told otherwise. */
    private static final int CERTIFICATES = 60;

    /** What an account's concurrentOrders is by default. */
    private static final int SLOTS = 50;

    @Test
    void ordersThatHangKeepNobodyElseWaiting(TestNamespace namespace, OperatorProcess operator) {
        var slow = Customer.signed(namespace);
        var zone = "hangs." + namespace.domain();
        try (var neighbour = Neighbour.of(namespace.stage());
                var hold =
                        slow.acme().on(Step.NEW_ORDER).forNamesContaining(zone).hold()) {
            IntStream.range(0, CERTIFICATES).forEach(i -> slow.declare("c" + i, "c" + i + "." + zone));
            IntStream.range(0, SLOTS).forEach(i -> hold.awaitReached(Expect.LIMIT));

            var domain = neighbour.name() + "." + Bind.ZONE;
            var other = new Customer(
                    neighbour.contract(namespace.stage().authority()).signed(domain));
            other.declare("www", "www." + domain);
            other.awaitIssued("www");

            assertThat(hold.reached()).as("orders at once").isEqualTo(SLOTS);
        }
        slow.awaitIssued("c" + (CERTIFICATES - 1));
        assertThat(operator.isAlive()).isTrue();
    }
}
