package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.LIMIT;
import static dev.caas.e2e.Expect.soon;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ManagedCertificateSpec.RevocationReason;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Certificates are revoked by declaration, once, and never without something to take their place unless that is meant. */
@ExtendWith(CaasExtension.class)
class RevocationIT {

    @Test
    void theReplacementIsInUseBeforeEverythingOlderIsRevoked(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var first = customer.awaitIssued("www");
        customer.change("www", "renewIssuedBefore: '%s'".formatted(soonAfter(first)));
        var second = awaitAnother(customer, first);
        var revoking = customer.acme()
                .on(Step.REVOKE_CERT)
                .forName(customer.contract().authority().binding().keyId())
                .hold();

        customer.change("www", "revocation: {issuedBefore: '%s', reason: KeyCompromise}".formatted(soonAfter(second)));

        revoking.awaitReached(LIMIT);
        var third = customer.served("www-tls");
        assertThat(third.serial()).isNotIn(first.serialNumber(), second.serialNumber());
        assertThat(statusAtCa(customer, second)).isEqualTo("Valid");
        revoking.release();
        soon().untilAsserted(() -> {
            assertThat(statusAtCa(customer, first)).isEqualTo("Revoked");
            assertThat(statusAtCa(customer, second)).isEqualTo("Revoked");
            assertThat(customer.awaitIssued("www").history()).hasSize(2).allMatch(h -> h.revokedAt() != null);
        });
        assertThat(customer.status("www").serialNumber()).isEqualTo(third.serial());
        assertThat(customer.stage().pebble().certificateStatus(third.serial())).hasValue("Valid");
        assertThat(Expect.audited(operator, customer.certificate("www"), AuditRecord.Type.CERTIFICATE_REVOKED))
                .extracting(line -> line.at("/data/serialNumber").asText())
                .containsExactlyInAnyOrder(first.serialNumber(), second.serialNumber());
    }

    @Test
    void aReplayOrARestoreRevokesAndReissuesNothing(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", name);
        var first = customer.awaitIssued("www");
        var wish = "revocation: {issuedBefore: '%s'}".formatted(soonAfter(first));
        customer.change("www", wish);
        soon().untilAsserted(() -> assertThat(statusAtCa(customer, first)).isEqualTo("Revoked"));
        var second = customer.awaitIssued("www");
        long revocations = customer.asked(Step.REVOKE_CERT);
        assertThat(revocations).isEqualTo(1);

        // Applied again, and applied to a cluster into which only declaration and Secret were restored.
        customer.change("www", "revocation: null");
        customer.awaitIssued("www");
        customer.change("www", wish);
        customer.awaitIssued("www");
        customer.resource("www").delete();
        soon().untilAsserted(() -> assertThat(customer.resource("www").get()).isNull());
        customer.declare("www", List.of(name), wish);

        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(second.serialNumber());
        assertThat(customer.awaitIssued("www").history())
                .as("what was revoked is known from the Secret")
                .singleElement()
                .matches(h -> h.serial().equals(first.serialNumber()) && h.revokedAt() != null);
        assertThat(customer.asked(Step.REVOKE_CERT)).isEqualTo(revocations);
        assertThat(customer.acme().orders(name).created()).isEqualTo(2);
    }

    @Test
    void withoutReplacementTheCertificateIsRevokedAndNothingIsOrderedUntilThatIsWanted(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", name);
        var first = customer.awaitIssued("www");

        customer.change("www", "revocation: {issuedBefore: '%s', replace: false}".formatted(soonAfter(first)));

        var revoked = customer.awaitNotNow("www", Reason.Revoked);
        assertThat(revoked.conditions())
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("False"));
        assertThat(statusAtCa(customer, first)).isEqualTo("Revoked");
        assertThat(customer.acme().orders(name).created()).isEqualTo(1);
        customer.change("www", "revocation: {replace: true}");
        assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(first.serialNumber());
    }

    /** RFC 5280 section 5.3.1 has ten; the CA hears of each by its number. */
    @Test
    void everyReasonIsSent(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        Stream.of(RevocationReason.values())
                .forEach(reason -> customer.declare(label(reason), namespace.dnsName(label(reason))));
        Stream.of(RevocationReason.values()).forEach(reason -> customer.awaitIssued(label(reason)));
        var told = Stream.of(RevocationReason.values())
                .map(reason -> customer.acme()
                        .on(Step.REVOKE_CERT)
                        .forName(customer.contract().authority().binding().keyId())
                        .whenPayload(payload -> payload.matches("(?s).*\"reason\":" + reason.code() + "\\D.*"))
                        .delay(Duration.ZERO))
                .toList();

        Stream.of(RevocationReason.values())
                .forEach(reason -> customer.change(
                        label(reason),
                        "revocation: {issuedBefore: '%s', reason: %s, replace: false}"
                                .formatted(soonAfter(customer.status(label(reason))), reason)));

        Stream.of(RevocationReason.values()).forEach(reason -> customer.awaitNotNow(label(reason), Reason.Revoked));
        assertThat(told).as("a bad nonce has it sent again").allMatch(rule -> rule.hits() >= 1);
    }

    @Test
    void whatIsRevokedAlreadyIsFine(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var first = customer.awaitIssued("www");
        var already = customer.acme()
                .on(Step.REVOKE_CERT)
                .forName(customer.contract().authority().binding().keyId())
                .answer(400, "alreadyRevoked", "long ago");

        customer.change("www", "revocation: {issuedBefore: '%s', replace: false}".formatted(soonAfter(first)));

        customer.awaitNotNow("www", Reason.Revoked);
        assertThat(already.hits()).isEqualTo(1);
        assertThat(customer.status("www").lastFailure()).isNull();
    }

    @Test
    void whereTheAccountMayNotTheCertificatesOwnKeyRevokes(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var first = customer.awaitIssued("www");
        var refused = customer.acme()
                .on(Step.REVOKE_CERT)
                .forName(customer.contract().authority().binding().keyId())
                .answer(403, "unauthorized", "not by this account");

        customer.change("www", "revocation: {issuedBefore: '%s', replace: false}".formatted(soonAfter(first)));

        customer.awaitNotNow("www", Reason.Revoked);
        assertThat(refused.hits()).isEqualTo(1);
        assertThat(statusAtCa(customer, first)).isEqualTo("Revoked");
    }

    @Test
    void aRevocationThatFailsIsToldAndTriedAgainWhileTheCertificateStaysInUse(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var first = customer.awaitIssued("www");
        customer.acme()
                .on(Step.REVOKE_CERT)
                .forName(customer.contract().authority().binding().keyId())
                .once()
                .answer(500, "serverInternal", "not now");

        customer.change("www", "revocation: {issuedBefore: '%s'}".formatted(soonAfter(first)));

        soon().untilAsserted(
                        () -> assertThat(failure(customer.status("www")).step()).isEqualTo("revokeCert"));
        assertThat(customer.status("www").conditions())
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
        soon().untilAsserted(() -> assertThat(statusAtCa(customer, first)).isEqualTo("Revoked"));
        customer.awaitIssued("www");
    }

    /** Its entry was edited by hand: nothing is at that URL, which is not even one of a host. */
    @Test
    void oneThatCannotBeRevokedKeepsNoOtherFromBeing(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var first = customer.awaitIssued("www");
        customer.change("www", "renewIssuedBefore: '%s'".formatted(soonAfter(first)));
        var second = awaitAnother(customer, first);
        var lost = new IssuedCertificate(
                "ff00",
                "https:nowhere",
                second.accountUrl(),
                requireNonNull(first.issuedAt()),
                requireNonNull(second.notAfter()),
                null);
        annotate(customer, Stream.concat(Stream.of(lost), second.history().stream()));
        soon().untilAsserted(() -> assertThat(customer.status("www").history())
                .extracting(IssuedCertificate::serial)
                .containsExactly("ff00", first.serialNumber()));

        var due = Instant.now().plusSeconds(10).truncatedTo(ChronoUnit.SECONDS);
        customer.change(
                "www", "revocation: {issuedBefore: '%s'}\nrenewIssuedBefore: '%s'".formatted(soonAfter(first), due));

        soon().untilAsserted(() -> assertThat(statusAtCa(customer, first)).isEqualTo("Revoked"));
        soon().untilAsserted(() ->
                assertThat(failure(customer.status("www")).detail()).contains("ff00"));
        assertThat(statusAtCa(customer, second)).isEqualTo("Valid");
        soon().untilAsserted(() -> assertThat(customer.status("www").serialNumber())
                .as("it is renewed when that is due, though a revocation is tried again in an hour only")
                .isNotEqualTo(second.serialNumber()));
    }

    private static void annotate(Customer customer, Stream<IssuedCertificate> history) {
        secret(customer, "www-tls")
                .edit(s -> new SecretBuilder(s)
                        .editMetadata()
                        .addToAnnotations("caas.dev/history", customer.yamlOf(history.toList()))
                        .endMetadata()
                        .build());
    }

    /** The history stands where people of the namespace can write. */
    @Test
    void nobodyHasACertificateOfOthersRevokedByWritingItIntoAHistory(TestNamespace namespace) {
        var victim = Customer.signed(namespace);
        var theirs = sharing(victim, namespace);
        try (var neighbour = Neighbour.of(namespace.stage())) {
            var attacker = new Customer(neighbour.contract(victim.contract().authority()));
            attacker.declare(
                    "www",
                    List.of(namespace.dnsName("www")),
                    "accountRef: {name: acme, namespace: %s}".formatted(namespace.name()));
            var own = attacker.awaitIssued("www");

            secret(attacker, "www-tls")
                    .edit(s -> new SecretBuilder(s)
                            .editMetadata()
                            .addToAnnotations("caas.dev/history", attacker.yamlOf(List.of(entry(victim, theirs))))
                            .endMetadata()
                            .build());
            attacker.change("www", "revocation: {issuedBefore: '2026-06-01T00:00:00Z', replace: false}");

            soon().untilAsserted(
                            () -> assertThat(failure(attacker.status("www")).detail())
                                    .contains(String.valueOf(theirs.serialNumber()), namespace.dnsName("shop")));
            assertThat(statusAtCa(victim, theirs)).isEqualTo("Valid");
            assertThat(statusAtCa(attacker, own)).isEqualTo("Valid");
        }
    }

    /** Certificates are public: whoever has one may not have it revoked. */
    @Test
    void nobodyHasACertificateOfOthersRevokedByDeletingADeclarationThatKeepsIt(TestNamespace namespace) {
        var victim = Customer.signed(namespace);
        var theirs = sharing(victim, namespace);
        try (var neighbour = Neighbour.of(namespace.stage())) {
            var attacker = new Customer(neighbour.contract(victim.contract().authority()));
            attacker.client()
                    .resource(new SecretBuilder(victim.secret("shop-tls").orElseThrow())
                            .editMetadata()
                            .withNamespace(neighbour.name())
                            .withResourceVersion(null)
                            .withUid(null)
                            .endMetadata()
                            .withType("Opaque")
                            .removeFromData("tls.key")
                            .build())
                    .create();
            attacker.declare(
                    "shop",
                    List.of(namespace.dnsName("shop")),
                    "deletionPolicy: Revoke\naccountRef: {name: acme, namespace: %s}".formatted(namespace.name()));
            soon().untilAsserted(() -> assertThat(
                            attacker.certificate("shop").getMetadata().getFinalizers())
                    .isNotEmpty());

            attacker.resource("shop").delete();

            soon().untilAsserted(() -> assertThat(attacker.events("shop"))
                    .anyMatch(e -> e.getAction().equals("Revoke") && e.getNote().contains("may not use")));
            assertThat(statusAtCa(victim, theirs)).isEqualTo("Valid");
        }
    }

    /** Lends a name to everybody; a certificate for another is issued, which is nobody else's business. */
    private static ManagedCertificateStatus sharing(Customer victim, TestNamespace namespace) {
        victim.declare("shop", namespace.dnsName("shop"));
        Edit.spec(victim.client(), namespace.get(CaaSAccount.class, "acme"), "allowedNamespaces: {from: All}");
        victim.contract()
                .subscription(
                        "lent",
                        Specs.read(
                                DomainSubscriptionSpec.class,
                                "{accountRef: {name: acme}, domain: %s, grants: [{namespaces: {from: All}}]}"
                                        .formatted(namespace.dnsName("www"))));
        return victim.awaitIssued("shop");
    }

    private static IssuedCertificate entry(Customer victim, ManagedCertificateStatus theirs) {
        return new IssuedCertificate(
                String.valueOf(theirs.serialNumber()),
                secret(victim, "shop-tls")
                        .require()
                        .getMetadata()
                        .getAnnotations()
                        .get("caas.dev/certificate-url"),
                theirs.accountUrl(),
                Instant.parse("2026-01-01T00:00:00Z"),
                requireNonNull(theirs.notAfter()),
                null);
    }

    private static Resource<Secret> secret(Customer customer, String name) {
        return customer.client()
                .secrets()
                .inNamespace(customer.contract().namespace())
                .withName(name);
    }

    @Test
    void deletionDoesWhatItsPolicySays(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        for (var policy : List.of("Retain", "DeleteSecret", "Revoke")) {
            var name = policy.toLowerCase(Locale.ROOT);
            customer.declare(name, List.of(namespace.dnsName(name)), "deletionPolicy: " + policy);
        }
        var retained = customer.awaitIssued("retain");
        var dropped = customer.awaitIssued("deletesecret");
        var revoked = customer.awaitIssued("revoke");
        assertThat(customer.certificate("retain").getMetadata().getFinalizers()).isEmpty();
        var last = customer.certificate("revoke");

        Stream.of("retain", "deletesecret", "revoke")
                .forEach(name -> customer.resource(name).delete());

        soon().untilAsserted(() -> assertThat(Stream.of("retain", "deletesecret", "revoke")
                        .map(name -> customer.resource(name).get()))
                .containsOnlyNulls());
        assertThat(customer.secret("retain-tls")).isPresent();
        assertThat(customer.secret("deletesecret-tls")).isEmpty();
        assertThat(customer.secret("revoke-tls")).isEmpty();
        assertThat(statusAtCa(customer, retained)).isEqualTo("Valid");
        assertThat(statusAtCa(customer, dropped)).isEqualTo("Valid");
        assertThat(statusAtCa(customer, revoked)).isEqualTo("Revoked");
        assertThat(Expect.audited(operator, last, AuditRecord.Type.CERTIFICATE_RELEASED))
                .hasSize(1);
    }

    /** There Secrets and account go first; here the CA has it wait until they surely have. */
    @Test
    void aNamespaceThatGoesHasItsCertificatesRevoked(TestNamespace namespace) throws CertificateEncodingException {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), "deletionPolicy: Revoke");
        var status = customer.awaitIssued("www");
        var leaf = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(customer.served("www-tls").chain().leaf().getEncoded());
        // Whoever signs it: the account, or, once that is gone, the certificate's own key.
        var busy = customer.acme()
                .on(Step.REVOKE_CERT)
                .forEveryone()
                .whenPayload(payload -> payload.contains(leaf))
                .answer(503, "serverInternal", "come back later", Map.of());

        customer.client().namespaces().withName(namespace.name()).delete();

        soon().untilAsserted(() -> {
            assertThat(busy.hits()).isPositive();
            assertThat(customer.secret("www-tls")).isEmpty();
        });
        busy.remove();
        soon().untilAsserted(() -> assertThat(customer.resource("www").get()).isNull());
        assertThat(statusAtCa(customer, status)).isEqualTo("Revoked");
    }

    /** Where a namespace goes, a certificate may well be looked at between its account's end and its own. */
    @Test
    void aCertificateWhoseAccountWasDeletedBeforeIsRevokedByItsOwnKey(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), "deletionPolicy: Revoke");
        var status = customer.awaitIssued("www");
        var account = customer.client().resource(namespace.get(CaaSAccount.class, "acme"));
        account.delete();
        soon().untilAsserted(() -> assertThat(account.get()).isNull());
        customer.change("www", "secretTemplate: {labels: {seen: 'true'}}");
        soon().untilAsserted(() -> assertThat(
                        customer.secret("www-tls").orElseThrow().getMetadata().getLabels())
                .containsEntry("seen", "true"));

        customer.resource("www").delete();

        soon().untilAsserted(() -> assertThat(customer.resource("www").get()).isNull());
        assertThat(statusAtCa(customer, status)).isEqualTo("Revoked");
    }

    /** Whoever hears that a key has leaked may well delete the Secret before anything else. */
    @Test
    void aCertificateIsRevokedThoughItsSecretWasDeletedBefore(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var leaked = customer.awaitIssued("www");
        secret(customer, "www-tls").delete();
        var next = awaitAnother(customer, leaked);

        customer.change("www", "revocation: {issuedBefore: '%s', reason: KeyCompromise}".formatted(soonAfter(leaked)));

        soon().untilAsserted(() -> assertThat(statusAtCa(customer, leaked)).isEqualTo("Revoked"));
        assertThat(statusAtCa(customer, customer.awaitIssued("www"))).isEqualTo("Valid");
        assertThat(next.serialNumber()).isNotEqualTo(leaked.serialNumber());
    }

    @Test
    void aCertificateDeletedWhileItWaitsForItsTurnIsGoneAtOnce(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        Edit.spec(customer.client(), namespace.get(CaaSAccount.class, "acme"), "concurrentOrders: 1");
        var second = namespace.dnsName("second");
        try (var hold = customer.acme()
                .on(Step.NEW_ORDER)
                .forName(namespace.dnsName("first"))
                .hold()) {
            customer.declare("first", namespace.dnsName("first"));
            hold.awaitReached(LIMIT);
            customer.declare("second", List.of(second), "deletionPolicy: Revoke");
            customer.awaitNotNow("second", Reason.Issuing);
            assertThat(customer.certificate("second").getMetadata().getFinalizers())
                    .hasSize(1);

            customer.resource("second").delete();

            soon().untilAsserted(
                            () -> assertThat(customer.resource("second").get()).isNull());
            assertThat(customer.status("first").lastFailure())
                    .as("it is still waited for")
                    .isNull();
        }
        customer.awaitIssued("first");
        customer.declare("third", namespace.dnsName("third"));
        customer.awaitIssued("third");
        assertThat(customer.acme().requests(Step.NEW_ORDER, second)).isZero();
        assertThat(customer.secret("second-tls")).isEmpty();
    }

    @Test
    void aCaThatAsksToWaitWithARevocationIsLeftAloneByTheWholeAccount(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), "deletionPolicy: Revoke");
        var status = customer.awaitIssued("www");
        var busy = customer.acme()
                .on(Step.REVOKE_CERT)
                .forName(customer.contract().authority().binding().keyId())
                .once()
                .answer(429, "rateLimited", "come back later", Map.of("Retry-After", "6"));

        customer.resource("www").delete();

        Expect.eventually(
                customer.client(),
                namespace.get(CaaSAccount.class, "acme"),
                a -> assertThat(a.getStatus().retryAfter()).isNotNull());
        customer.declare("other", namespace.dnsName("other"));
        customer.awaitNotNow("other", Reason.RateLimited);
        assertThat(customer.acme().requests(Step.NEW_ORDER, namespace.dnsName("other")))
                .isZero();
        soon().untilAsserted(() -> assertThat(customer.resource("www").get()).isNull());
        assertThat(statusAtCa(customer, status)).isEqualTo("Revoked");
        assertThat(busy.hits()).isEqualTo(1);
        customer.awaitIssued("other");
    }

    @Test
    void aPolicyThatIsTakenBackTakesTheFinalizerAlong(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), "deletionPolicy: Revoke");
        customer.awaitIssued("www");
        assertThat(customer.certificate("www").getMetadata().getFinalizers()).hasSize(1);

        customer.change("www", "deletionPolicy: Retain");

        soon().untilAsserted(() -> assertThat(
                        customer.certificate("www").getMetadata().getFinalizers())
                .isEmpty());
    }

    private static ManagedCertificateStatus awaitAnother(Customer customer, ManagedCertificateStatus before) {
        soon().untilAsserted(() ->
                assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(before.serialNumber()));
        return customer.awaitIssued("www");
    }

    private static String statusAtCa(Customer customer, ManagedCertificateStatus status) {
        return customer.stage()
                .pebble()
                .certificateStatus(String.valueOf(status.serialNumber()))
                .orElse("unknown");
    }

    /** A time of which the certificate is older; in a moment it has come. */
    private static Instant soonAfter(ManagedCertificateStatus status) {
        return requireNonNull(status.issuedAt()).plusSeconds(1).truncatedTo(ChronoUnit.SECONDS);
    }

    private static String label(RevocationReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
