package dev.caas.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Pebble;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.pki.CertificateChain;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is in a certificate and around it: profiles, chains, durations, names; and what a change of them does. */
@ExtendWith(CaasExtension.class)
class ContentIT {

    @Test
    void aProfileThatTheCaDoesNotListIsNotOrderedAndTheOneThatIsPutThereIsAtOnce(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("witness", namespace.dnsName("witness"));
        customer.awaitIssued("witness");
        long orders = customer.asked(Step.NEW_ORDER);
        assertThat(orders).as("the detector sees orders").isEqualTo(1);

        customer.declare("www", List.of(namespace.dnsName("www")), "profile: nonsense");
        var status = customer.awaitNotNow("www", Reason.InvalidSpec);

        assertThat(Customer.failure(status).detail())
                .isEqualTo(
                        "the CA offers no profile 'nonsense', so nothing was ordered; set spec.profile to one of those"
                                + " that it offers: default, minute, seconds");
        assertThat(status.nextAttempt()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(orders);

        customer.change("www", "profile: " + Pebble.PROFILE);
        customer.awaitIssued("www");
    }

    @Test
    void theAccountsProfileIsCorrectedInTheAccount(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        accountSays(customer, "profile: nonsense");

        customer.declare("www", namespace.dnsName("www"));
        var status = customer.awaitNotNow("www", Reason.InvalidSpec);
        assertThat(Customer.failure(status).detail())
                .contains("set spec.profile of CaaSAccount " + namespace.name() + "/acme to one of");

        accountSays(customer, "profile: " + Pebble.PROFILE);
        customer.awaitIssued("www");
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalidProfile, not today",
        "403, unauthorized, this account has no right to the profile",
        "400, malformed, no such Profile"
    })
    void aProfileThatTheCaRefusesIsToldWithWhereItIsSetAndRecoversWhereItIsCorrected(
            int code, String type, String detail, TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        accountSays(customer, "profile: minute");
        var name = namespace.dnsName("www");
        var refusal = customer.acme().on(Step.NEW_ORDER).forName(name).once().answer(code, type, detail);

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.InvalidSpec);

        assertThat(Customer.failure(status).type()).endsWith(":" + type);
        assertThat(Customer.failure(status).detail())
                .isEqualTo(detail + "; the order asked for profile 'minute': set spec.profile of CaaSAccount "
                        + namespace.name() + "/acme to one of those that it offers: default, minute, seconds");
        assertThat(status.nextAttempt()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
        assertThat(refusal.hits()).isEqualTo(1);

        accountSays(customer, "profile: " + Pebble.PROFILE);
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void anotherProfileOfItsOwnReissuesACertificateAndAnotherOfTheAccountDoesNot(
            TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        customer.declare("own", List.of(namespace.dnsName("own")), "profile: " + Pebble.PROFILE);
        customer.declare("defaults", namespace.dnsName("defaults"));
        var own = customer.awaitIssued("own");
        var defaults = customer.awaitIssued("defaults");

        customer.change("own", "profile: minute");
        var changed = customer.awaitIssued("own");
        assertThat(changed.serialNumber()).isNotEqualTo(own.serialNumber());
        assertThat(customer.acme().orders(namespace.dnsName("own"))).isEqualTo(new Orders(2, 2));

        accountSays(customer, "profile: minute");
        customer.change("defaults", "renewBeforePercentage: 40");
        assertThat(customer.awaitIssued("defaults").serialNumber()).isEqualTo(defaults.serialNumber());
        assertThat(customer.acme().orders(namespace.dnsName("defaults"))).isEqualTo(new Orders(1, 1));
    }

    @Test
    void ofTheChainsOfferedThePreferredOneIsKept(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        var pebble = namespace.stage().pebble();
        var alternate = CertificateChain.ofPem(pebble.alternateRootPem())
                .topmostIssuer()
                .orElseThrow();

        customer.declare("default", namespace.dnsName("default"));
        customer.declare("preferred", List.of(namespace.dnsName("preferred")), "preferredChain: '" + alternate + "'");
        customer.awaitIssued("default");
        customer.awaitIssued("preferred");

        assertThat(customer.served("default-tls").verifiesAgainst(pebble.rootPem()))
                .isTrue();
        assertThat(customer.served("preferred-tls").verifiesAgainst(pebble.alternateRootPem()))
                .isTrue();
        assertThat(customer.served("preferred-tls").verifiesAgainst(pebble.rootPem()))
                .isFalse();
        assertThat(Expect.events(namespace.client(), customer.certificate("preferred"), Reason.ChainNotOffered))
                .isEmpty();
    }

    @Test
    void aChainThatTheCaDoesNotOfferIsToldAndTheDefaultOneKept(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        accountSays(customer, "preferredChain: Nobodys Root");

        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");

        var event = Expect.event(namespace.client(), customer.certificate("www"), Reason.ChainNotOffered);
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getNote()).contains("no chain that leads to 'Nobodys Root'", "which leads to 'Pebble Root CA");
        assertThat(customer.served("www-tls")
                        .verifiesAgainst(namespace.stage().pebble().rootPem()))
                .isTrue();
    }

    @Test
    void aDurationIsAskedForOnlyWhereItIsDeclared(TestNamespace namespace) {
        var customer = Customer.signed(namespace);

        customer.declare("day", List.of(namespace.dnsName("day")), "duration: 24h");
        customer.declare("usual", namespace.dnsName("usual"));
        var day = customer.awaitIssued("day");
        var usual = customer.awaitIssued("usual");

        assertThat(lifetime(day)).isBetween(Duration.ofHours(23), Duration.ofHours(25));
        assertThat(lifetime(usual)).isBetween(Duration.ofDays(89), Duration.ofDays(91));
    }

    @Test
    void aCaThatTakesNoDurationIsToldApart(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var refusal = customer.acme()
                .on(Step.NEW_ORDER)
                .forName(name)
                .whenPayload(payload -> payload.contains("notAfter"))
                .answer(400, "malformed", "NotBefore and NotAfter are not supported");

        customer.declare("www", List.of(name), "duration: 24h");
        var status = customer.awaitNotNow("www", Reason.InvalidSpec);

        assertThat(Customer.failure(status).detail())
                .contains("NotAfter are not supported", "asked for a validity of 24h", "spec.duration");
        customer.change("www", "duration: null");
        customer.awaitIssued("www");
        assertThat(refusal.hits()).isEqualTo(1);
    }

    @Test
    void namesAddedAndRemovedReissueOnceAndTheOldOneIsServedUntilThen(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        var www = namespace.dnsName("www");
        var more = namespace.dnsName("more");
        customer.declare("www", www);
        var first = customer.awaitIssued("www");

        try (var hold = customer.acme().on(Step.FINALIZE).forName(more).hold()) {
            customer.change("www", "dnsNames: [" + www + ", " + more + "]");
            hold.awaitReached(Expect.LIMIT);
            assertThat(customer.served("www-tls").serial())
                    .as("while the next is being ordered")
                    .isEqualTo(first.serialNumber());
        }
        customer.awaitIssued("www");
        assertThat(customer.served("www-tls").names()).containsExactlyInAnyOrder(www, more);
        assertThat(customer.acme().orders(more)).isEqualTo(new Orders(1, 1));

        customer.change("www", "dnsNames: [" + more + "]");
        customer.awaitIssued("www");
        assertThat(customer.served("www-tls").names()).containsExactly(more);
        assertThat(customer.acme().orders(www)).isEqualTo(new Orders(2, 2));
        assertThat(customer.acme().orders(more)).isEqualTo(new Orders(2, 2));
    }

    @Test
    void changesThatDoNotTouchTheCertificateOrderNothing(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("www"), namespace.dnsName("b\u00fccher"));
        customer.declare("www", names, "{}");
        var first = customer.awaitIssued("www");
        long orders = customer.asked(Step.NEW_ORDER);
        assertThat(orders).as("the detector sees orders").isEqualTo(1);

        for (var change : List.of(
                "dnsNames: [" + names.getLast() + ", " + names.getFirst() + "]",
                "dnsNames: [" + names.getFirst().toUpperCase(Locale.ROOT) + ", " + names.getLast() + "]",
                "dnsNames: [" + names.getFirst() + "., " + namespace.dnsName("xn--bcher-kva") + "]",
                "dnsNames: [" + names.getFirst() + ", " + names.getFirst() + "., " + names.getLast() + "]",
                "solvers: [{selector: {dnsNames: [other.example]}, http01: {ingress: {}}}]",
                "renewBeforePercentage: 40",
                "preferredChain: Nobodys Root",
                "duration: 24h",
                "additionalOutputFormats: [DER]")) {
            customer.change("www", change);
            assertThat(customer.awaitIssued("www").serialNumber()).as(change).isEqualTo(first.serialNumber());
        }
        customer.patch("www", Map.of("metadata", Map.of("labels", Map.of("team", "web"))));
        accountSays(customer, "contacts: [new@example.test]\npreferredChain: Nobodys Root");
        customer.contract().subscription("more", namespace.dnsName("more"), false);
        customer.change("www", "renewBeforePercentage: 41");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(first.serialNumber());
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(orders);
        assertThat(customer.asked(Step.CERTIFICATE)).isEqualTo(1);

        operator.stop();
        operator.startAgain().awaitReady();
        customer.change("www", "renewBeforePercentage: 42");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(first.serialNumber());
        assertThat(customer.served("www-tls").serial()).isEqualTo(first.serialNumber());
        assertThat(customer.asked(Step.NEW_ORDER)).isEqualTo(orders);
    }

    private static Duration lifetime(ManagedCertificateStatus status) {
        return Duration.between(requireNonNull(status.notBefore()), requireNonNull(status.notAfter()));
    }

    /** Changes the account, and waits until its reconciler has seen that. */
    private static void accountSays(Customer customer, String yaml) {
        var account = customer.client()
                .resources(CaaSAccount.class)
                .inNamespace(customer.contract().namespace())
                .withName(Contract.ACCOUNT)
                .require();
        Expect.ready(customer.client(), Edit.spec(customer.client(), account, yaml));
    }
}
