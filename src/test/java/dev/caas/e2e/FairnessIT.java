package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Reason;
import dev.caas.kit.Bind;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
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

    /** How many the operator looks into at once, and some more. */
    private static final int MORE_THAN_ARE_LOOKED_INTO = 25;

    @Test
    void ordersThatHangKeepNobodyElseWaiting(TestNamespace namespace, OperatorProcess operator) {
        var slow = Customer.signed(namespace);
        var zone = "hangs." + namespace.domain();
        try (var neighbour = Neighbour.of(namespace.stage());
                var hold =
                        slow.acme().on(Step.NEW_ORDER).forNamesContaining(zone).hold()) {
            IntStream.range(0, CERTIFICATES).forEach(i -> slow.declare("c" + i, "c" + i + "." + zone));
            IntStream.range(0, SLOTS).forEach(i -> hold.awaitReached(Expect.LIMIT));

            assertServed(neighbour);

            assertThat(hold.reached()).as("orders at once").isEqualTo(SLOTS);
        }
        slow.awaitIssued("c" + (CERTIFICATES - 1));
        assertThat(operator.isAlive()).isTrue();
    }

    @Test
    void aCaThatDoesNotSayWhenToRenewKeepsNobodyElseWaiting(TestNamespace namespace) {
        var slow = Customer.signed(namespace);
        var zone = "silent." + namespace.domain();
        var names = moreThanAreLookedInto();
        try (var neighbour = Neighbour.of(namespace.stage());
                var hold = slow.acme()
                        .on(Step.RENEWAL_INFO)
                        .forNamesContaining(zone)
                        .hold()) {
            names.forEach(name -> slow.declare(name, name + "." + zone));
            names.forEach(_ -> hold.awaitReached(Expect.LIMIT));
            assertThat(names)
                    .as("all wait at once: the status is written after that")
                    .allMatch(name -> slow.status(name).serialNumber() == null);

            assertServed(neighbour);
        }
        names.forEach(slow::awaitIssued);
    }

    @Test
    void revocationsThatHangKeepNobodyElseWaiting(TestNamespace namespace) {
        var slow = Customer.signed(namespace);
        var names = moreThanAreLookedInto();
        names.forEach(name -> slow.declare(name, namespace.dnsName(name)));
        names.forEach(slow::awaitIssued);
        try (var neighbour = Neighbour.of(namespace.stage());
                var hold = slow.acme()
                        .on(Step.REVOKE_CERT)
                        .forName(slow.contract().authority().binding().keyId())
                        .hold()) {
            var before = Instant.now().plusSeconds(1).truncatedTo(ChronoUnit.SECONDS);
            names.forEach(
                    name -> slow.change(name, "revocation: {issuedBefore: '%s', replace: false}".formatted(before)));
            names.forEach(_ -> hold.awaitReached(Expect.LIMIT));
            assertThat(names)
                    .as("all wait at once: none was given up for another")
                    .allMatch(name -> slow.status(name).lastFailure() == null);

            assertServed(neighbour);
        }
        names.forEach(name -> slow.awaitNotNow(name, Reason.Revoked));
    }

    private static List<String> moreThanAreLookedInto() {
        return IntStream.range(0, MORE_THAN_ARE_LOOKED_INTO)
                .mapToObj(i -> "c" + i)
                .toList();
    }

    /** Whoever has another account gets a certificate. */
    private static void assertServed(Neighbour neighbour) {
        var domain = neighbour.name() + "." + Bind.ZONE;
        var other =
                new Customer(neighbour.contract(neighbour.stage().authority()).signed(domain));
        other.declare("www", "www." + domain);
        other.awaitIssued("www");
    }
}
