package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Reason;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Rule;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A declared certificate becomes a Secret that can be served, of every kind that can be declared. */
@ExtendWith(CaasExtension.class)
class CertificateIT {

    @Test
    void aDeclaredNameBecomesASecretThatCanBeServed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        customer.declare("www", name);
        customer.awaitIssued("www");

        var secret = customer.secret("www-tls").orElseThrow();
        var served = customer.served("www-tls");
        assertThat(secret.getType()).isEqualTo("kubernetes.io/tls");
        assertThat(secret.getData()).containsOnlyKeys("tls.crt", "tls.key");
        assertThat(secret.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(served.names()).containsExactly(name);
        assertThat(served.keyMatches()).isTrue();
        assertThat(served.key().algorithm()).contains(KeyAlgorithm.ECDSA_P256);
        assertThat(served.chain().certificates()).hasSizeGreaterThan(1);
        assertThat(served.verifiesAgainst(namespace.stage().pebble().rootPem())).isTrue();
        assertThat(served.verifiesAgainst(namespace.stage().reusingPebble().rootPem()))
                .as("against another CA's root")
                .isFalse();
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void statusAndSecretSayWhatWasIssued(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var before = Instant.now().truncatedTo(ChronoUnit.SECONDS);

        customer.declare("www", namespace.dnsName("www"));
        var status = customer.awaitIssued("www");

        var chain = customer.served("www-tls").chain();
        assertThat(status.serialNumber()).isEqualTo(chain.serialNumber());
        assertThat(status.fingerprint()).isEqualTo(chain.fingerprint());
        assertThat(status.issuer()).isEqualTo(chain.issuer()).contains("CN=Pebble Intermediate");
        assertThat(status.issuedAt()).isBetween(before, Instant.now());
        assertThat(status.notBefore()).isEqualTo(chain.notBefore());
        assertThat(status.notAfter()).isEqualTo(chain.notAfter());
        assertThat(status.renewalTime()).isBetween(chain.notBefore(), chain.notAfter());
        assertThat(status.accountUrl()).startsWith("https://127.0.0.1:").contains("/my-account/");
        assertThat(status.subscriptions()).containsExactly(namespace.name() + "/domain");
        assertThat(status.attempts()).isNull();
        assertThat(status.nextAttempt()).isNull();
        assertThat(status.lastFailure()).isNull();
        assertThat(customer.secret("www-tls").orElseThrow().getMetadata().getAnnotations())
                .containsEntry("caas.dev/issued-at", String.valueOf(status.issuedAt()))
                .containsEntry("caas.dev/account-url", status.accountUrl())
                .containsEntry("caas.dev/profile", "default")
                .containsEntry("caas.dev/subscriptions", namespace.name() + "/domain")
                .containsKey("caas.dev/certificate-url");
        soon().untilAsserted(() -> assertThat(customer.events("www"))
                .singleElement()
                .satisfies(e -> assertThat(e.getNote())
                        .contains(chain.serialNumber())
                        .contains(namespace.dnsName("www"))
                        .contains("www-tls")));
    }

    @Test
    void nothingIsLeftBehindByAnOrder(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        try (var hold = customer.acme().on(Step.FINALIZE).forName(name).hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            assertThat(customer.secret("www-checkpoint"))
                    .as("while the order is under way")
                    .isPresent();
            customer.awaitNotNow("www", Reason.Issuing);
            assertThat(namespace.stage().bind().primaryLog().additions(Customer.challengeName(name)))
                    .isEqualTo(1);
        }
        customer.awaitIssued("www");

        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    @Test
    void aCertificateMayBeForManyNames(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names =
                IntStream.range(0, 12).mapToObj(i -> namespace.dnsName("n" + i)).toList();

        customer.declare("many", names, "{}");
        customer.awaitIssued("many");

        assertThat(customer.served("many-tls").names()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(customer.acme().orders(names.getFirst())).isEqualTo(new Orders(1, 1));
        assertThat(names)
                .allSatisfy(name -> assertThat(customer.acme().requests(Step.CHALLENGE, name))
                        .isEqualTo(1));
        customer.awaitNothingLeftOfOrder("many", names);
    }

    @Test
    void aCertificateMayBeForAWildcard(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var wildcard = "*." + namespace.domain();

        customer.declare("wild", wildcard);
        customer.awaitIssued("wild");

        assertThat(customer.served("wild-tls").names()).containsExactly(wildcard);
        customer.awaitNothingLeftOfOrder("wild", List.of(wildcard));
    }

    /** Both names are proven at one place in the DNS, by two values at once. */
    @Test
    void aWildcardAndItsApexFitIntoOneCertificate(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of("*." + namespace.domain(), namespace.domain());
        var record = Customer.challengeName(namespace.domain());

        try (var hold = customer.acme()
                .on(Step.CHALLENGE)
                .forNamesContaining(namespace.domain())
                .hold()) {
            customer.declare("both", names, "{}");
            hold.awaitReached(Expect.LIMIT);
            assertThat(namespace.stage().bind().txt(record)).hasSize(2);
            assertThat(namespace.stage().bind().txtAtSecondary(record)).hasSize(2);
        }
        customer.awaitIssued("both");

        assertThat(customer.served("both-tls").names()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(customer.acme().orders(namespace.domain())).isEqualTo(new Orders(1, 1));
        customer.awaitNothingLeftOfOrder("both", names);
    }

    @Test
    void anInternationalNameMayBeWrittenAsPeopleReadIt(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var aLabel = namespace.dnsName("xn--bcher-kva");

        customer.declare("idn", namespace.dnsName("Bücher"));
        var status = customer.awaitIssued("idn");

        assertThat(customer.served("idn-tls").names()).containsExactly(aLabel);
        assertThat(customer.acme().orders(aLabel)).isEqualTo(new Orders(1, 1));
        assertThat(status.observedGeneration()).isEqualTo(1);
    }

    static Stream<Arguments> keyKinds() {
        return Stream.of(
                Arguments.of("{algorithm: ECDSA, size: 256}", KeyAlgorithm.ECDSA_P256),
                Arguments.of("{algorithm: ECDSA, size: 384}", KeyAlgorithm.ECDSA_P384),
                Arguments.of("{algorithm: RSA, size: 2048}", KeyAlgorithm.RSA_2048),
                Arguments.of("{algorithm: RSA, size: 3072}", KeyAlgorithm.RSA_3072),
                Arguments.of("{algorithm: RSA, size: 4096}", KeyAlgorithm.RSA_4096));
    }

    @ParameterizedTest
    @MethodSource("keyKinds")
    void theKeyIsOfTheDeclaredKind(String privateKey, KeyAlgorithm expected, TestNamespace namespace) {
        var customer = Customer.signed(namespace);

        customer.declare("key", List.of(namespace.dnsName("key")), "privateKey: " + privateKey);
        customer.awaitIssued("key");

        var served = customer.served("key-tls");
        assertThat(served.key().algorithm()).contains(expected);
        assertThat(served.keyMatches()).isTrue();
        assertThat(served.verifiesAgainst(namespace.stage().pebble().rootPem())).isTrue();
    }

    @Test
    void aKeyKindThatTheCaRefusesIsAClearFailure(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("key");

        customer.declare("key", List.of(name), "privateKey: {algorithm: Ed25519}");
        var status = customer.awaitNotNow("key", Reason.Failed);

        assertThat(failure(status).step()).isEqualTo("finalize");
        assertThat(failure(status).type()).isEqualTo("urn:ietf:params:acme:error:badCSR");
        assertThat(failure(status).detail()).contains("Ed25519 is not supported");
        assertThat(status.attempts()).isEqualTo(1);
        assertThat(status.nextAttempt()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
        customer.change("key", "privateKey: {algorithm: ECDSA}");
        customer.awaitIssued("key");
        assertThat(customer.served("key-tls").key().algorithm()).contains(KeyAlgorithm.ECDSA_P256);
    }

    /** Pebble, like most CAs today, leaves the common name out: that is no reason to order again. */
    @Test
    void theCommonNameIsAskedForAndMayBeLeftOutByTheCa(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("a"), namespace.dnsName("b"));
        Rule asking = customer.acme()
                .on(Step.FINALIZE)
                .forName(names.getLast())
                .whenPayload(payload -> commonName(payload).equals(names.getLast()))
                .delay(Duration.ZERO);

        customer.declare("named", names, "commonName: " + names.getLast());
        customer.awaitIssued("named");

        assertThat(asking.hits()).isPositive();
        assertThat(customer.served("named-tls").chain().commonName()).isEmpty();
        assertThat(customer.served("named-tls").names()).containsExactlyElementsOf(names);
        assertThat(customer.acme().orders(names.getFirst())).isEqualTo(new Orders(1, 1));
    }

    @Test
    void theDeclaredDurationIsAskedFor(TestNamespace namespace) {
        var customer = Customer.signed(namespace);

        customer.declare("short", List.of(namespace.dnsName("short")), "duration: 240h");
        var status = customer.awaitIssued("short");

        assertThat(Duration.between(status.notBefore(), status.notAfter()))
                .isBetween(Duration.ofHours(239), Duration.ofHours(241));
    }

    @Test
    void theDeclaredProfileIsAskedFor(TestNamespace namespace) {
        var customer = Customer.signed(namespace);

        customer.declare("minute", List.of(namespace.dnsName("minute")), "profile: minute");
        soon().until(() -> customer.secret("minute-tls").isPresent());

        var chain = customer.served("minute-tls").chain();
        assertThat(Duration.between(chain.notBefore(), chain.notAfter()))
                .isBetween(Duration.ofSeconds(58), Duration.ofSeconds(60));
        assertThat(customer.secret("minute-tls").orElseThrow().getMetadata().getAnnotations())
                .containsEntry("caas.dev/profile", "minute");
    }

    @Test
    void aSuspendedCertificateOrdersNothing(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        customer.declare("www", List.of(name), "suspend: true");
        var status = customer.awaitNotNow("www", Reason.Suspended);
        // A second certificate of the same account is issued meanwhile, so nothing else kept the first from it.
        customer.declare("other", namespace.dnsName("other"));
        customer.awaitIssued("other");

        assertThat(new Conditions(status.conditions())
                        .get(Conditions.READY)
                        .orElseThrow()
                        .getStatus())
                .isEqualTo("False");
        assertThat(customer.acme().requests(Step.NEW_ORDER, name)).isZero();
        assertThat(customer.secret("www-tls")).isEmpty();

        customer.change("www", "suspend: false");
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void aCertificateSuspendedInTheMiddleOfItsOrderIsFinalizedOnlyWhenItMayGoOn(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        try (var hold = customer.acme().on(Step.CHALLENGE).forName(name).hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            customer.change("www", "suspend: true");
        }
        customer.awaitNotNow("www", Reason.Suspended);
        assertThat(customer.acme().requests(Step.CHALLENGE, name)).isEqualTo(1);
        assertThat(customer.acme().requests(Step.FINALIZE, name)).isZero();

        customer.change("www", "suspend: false");
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void noMoreOrdersAreInWorkAtOnceThanTheAccountAllows(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.client()
                .resources(CaaSAccount.class)
                .inNamespace(namespace.name())
                .withName(Contract.ACCOUNT)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"concurrentOrders\": 1}}");
        var first = namespace.dnsName("first");
        var second = namespace.dnsName("second");

        try (var hold = customer.acme().on(Step.FINALIZE).forName(first).hold()) {
            customer.declare("first", first);
            hold.awaitReached(Expect.LIMIT);
            customer.declare("second", second);
            customer.awaitNotNow("second", Reason.Issuing);
            assertThat(customer.acme().requests(Step.NEW_ORDER, first)).isEqualTo(1);
            assertThat(customer.acme().requests(Step.NEW_ORDER, second)).isZero();
        }
        customer.awaitIssued("first");
        customer.awaitIssued("second");
    }

    @Test
    void aNameThatWasProvenBeforeIsNotProvenAgain(TestNamespace namespace) {
        var customer = Customer.signed(namespace, namespace.stage().reusingAuthority());
        var name = namespace.dnsName("www");
        var record = Customer.challengeName(name);
        var log = namespace.stage().bind().primaryLog();

        customer.declare("first", name);
        customer.awaitIssued("first");
        assertThat(log.additions(record)).isEqualTo(1);
        assertThat(log.deletions(record)).isEqualTo(1);
        customer.declare("second", name);
        customer.awaitIssued("second");

        assertThat(customer.served("second-tls").serial())
                .isNotEqualTo(customer.served("first-tls").serial());
        assertThat(log.additions(record)).isEqualTo(1);
        assertThat(log.deletions(record)).isEqualTo(1);
    }

    /** The common name in the request that a finalize carries. */
    private static String commonName(String payload) {
        var csr = Pattern.compile("\"csr\":\"([^\"]+)\"").matcher(payload.replaceAll("\\s", ""));
        try {
            return csr.find()
                    ? Stream.of(new PKCS10CertificationRequest(
                                            Base64.getUrlDecoder().decode(csr.group(1)))
                                    .getSubject()
                                    .getRDNs(BCStyle.CN))
                            .map(rdn -> rdn.getFirst().getValue().toString())
                            .findFirst()
                            .orElse("")
                    : "";
        } catch (java.io.IOException e) {
            return "";
        }
    }
}
