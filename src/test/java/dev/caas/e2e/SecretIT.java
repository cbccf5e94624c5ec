package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whose a Secret is and what becomes of it: somebody else's is never overwritten, ours is repaired, and one that
 * satisfies its declaration is not issued again.
 */
@ExtendWith(CaasExtension.class)
class SecretIT {

    @Test
    void aSecretOfSomebodyElseIsNeverOverwrittenAndTheOrderIsKept(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var foreign = namespace.secret("www-tls", Map.of("tls.crt", "theirs", "tls.key", "theirs"));

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.SecretConflict);

        assertThat(failure(status).step()).isEqualTo("secret");
        assertThat(failure(status).detail())
                .contains(namespace.name() + "/www-tls")
                .contains("belongs to somebody else");
        assertThat(status.attempts()).isEqualTo(1);
        assertThat(status.nextAttempt()).isNotNull();
        assertThat(customer.secret("www-tls")).contains(foreign);
        assertThat(customer.secret("www-checkpoint")).isPresent();

        customer.client().resource(foreign).delete();
        customer.change("www", "renewBeforePercentage: 40");
        var issued = customer.awaitIssued("www");

        assertThat(customer.served("www-tls").serial()).isEqualTo(issued.serialNumber());
        assertThat(issued.attempts()).isNull();
        assertThat(issued.lastFailure()).isNull();
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().requests(Step.FINALIZE, name)).isEqualTo(1);
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    /** As a backup leaves it that keeps no annotations. */
    @Test
    void annotationsThatAreLostArePutBackFromTheStatus(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", name);
        customer.awaitIssued("www");
        var secret = customer.secret("www-tls").orElseThrow();
        var lost = new HashMap<>(secret.getMetadata().getAnnotations());
        lost.keySet()
                .retainAll(Set.of(
                        "caas.dev/issued-at",
                        "caas.dev/account-url",
                        "caas.dev/certificate-url",
                        "caas.dev/subscriptions"));
        assertThat(lost).hasSize(4);

        customer.client()
                .resource(secret)
                .edit(s -> new SecretBuilder(s)
                        .editMetadata()
                        .removeFromAnnotations(lost)
                        .endMetadata()
                        .build());

        soon().untilAsserted(() -> assertThat(
                        customer.secret("www-tls").orElseThrow().getMetadata().getAnnotations())
                .containsAllEntriesOf(lost));
        assertThat(customer.acme().orders(name).created()).isEqualTo(1);
    }

    @Test
    void ofTwoCertificatesThatNameOneSecretTheSecondOrdersNothing(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var late = namespace.dnsName("late");
        customer.declare("early", namespace.dnsName("early"));
        var early = customer.awaitIssued("early");

        customer.declare("late", List.of(late), "secretName: early-tls");
        var status = customer.awaitNotNow("late", Reason.SecretConflict);

        assertThat(status.conditions())
                .anySatisfy(c -> assertThat(c.getMessage())
                        .contains("'early'")
                        .contains("'early-tls'")
                        .contains("choose another spec.secretName"));
        assertThat(customer.acme().requests(Step.NEW_ORDER, late)).isZero();
        assertThat(customer.served("early-tls").serial()).isEqualTo(early.serialNumber());

        customer.change("late", "secretName: late-tls");
        customer.awaitIssued("late");
        assertThat(customer.acme().orders(late)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void ofTwoCertificatesDeclaredAtOnceForOneSecretOneGetsIt(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("one"), namespace.dnsName("two"));

        customer.declare("one", List.of(names.getFirst()), "secretName: shared-tls");
        customer.declare("two", List.of(names.getLast()), "secretName: shared-tls");
        soon().until(() -> customer.secret("shared-tls").isPresent());
        var winner = customer.served("shared-tls").names().contains(names.getFirst()) ? "one" : "two";
        var loser = winner.equals("one") ? "two" : "one";
        customer.awaitIssued(winner);
        customer.awaitNotNow(loser, Reason.SecretConflict);

        assertThat(customer.served("shared-tls").serial())
                .isEqualTo(customer.status(winner).serialNumber());
    }

    @Test
    void theSecondCertificateTakesOverWhenTheFirstMovesAway(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("early", namespace.dnsName("early"));
        var early = customer.awaitIssued("early");
        customer.declare("late", List.of(namespace.dnsName("late")), "secretName: early-tls");
        customer.awaitNotNow("late", Reason.SecretConflict);

        customer.change("early", "secretName: moved-tls");
        customer.awaitIssued("early");
        customer.awaitIssued("late");

        assertThat(customer.served("moved-tls").serial()).isEqualTo(early.serialNumber());
        assertThat(customer.served("early-tls").names()).containsExactly(namespace.dnsName("late"));
    }

    @Test
    void theSecondCertificateTakesOverWhenTheFirstIsDeletedWithItsSecret(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("early", namespace.dnsName("early"));
        customer.awaitIssued("early");
        customer.declare("late", List.of(namespace.dnsName("late")), "secretName: early-tls");
        customer.awaitNotNow("late", Reason.SecretConflict);

        customer.resource("early").delete();
        customer.client().resource(customer.secret("early-tls").orElseThrow()).delete();
        customer.awaitIssued("late");

        assertThat(customer.served("early-tls").names()).containsExactly(namespace.dnsName("late"));
    }

    @Test
    void aCertificateMovesWhenItsSecretIsRenamed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
        var before = customer.served("www-tls");
        long requests = customer.acmeRequests();

        customer.change("www", "secretName: web-tls");
        var status = customer.awaitIssued("www");

        var after = customer.served("web-tls");
        assertThat(after.serial()).isEqualTo(before.serial()).isEqualTo(status.serialNumber());
        assertThat(after.key().toPem()).isEqualTo(before.key().toPem());
        soon().untilAsserted(() -> assertThat(customer.secret("www-tls")).isEmpty());
        assertThat(requests).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(requests);
    }

    @Test
    void aCertificateThatIsRenamedAndReissuedInOneLeavesNoSecretBehind(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("www"), namespace.dnsName("more"));
        customer.declare("www", names.getFirst());
        customer.awaitIssued("www");

        customer.change("www", "secretName: web-tls\ndnsNames: " + customer.yamlOf(names));
        customer.awaitIssued("www");

        assertThat(customer.served("web-tls").names()).containsExactlyInAnyOrderElementsOf(names);
        soon().untilAsserted(() -> assertThat(customer.secret("www-tls")).isEmpty());
    }

    @Test
    void aCertificateDoesNotMoveOverASecretOfSomebodyElse(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var issued = customer.awaitIssued("www");
        var foreign = namespace.secret("web-tls", Map.of("tls.crt", "theirs", "tls.key", "theirs"));

        customer.change("www", "secretName: web-tls");
        customer.awaitNotNow("www", Reason.SecretConflict);

        assertThat(customer.secret("web-tls")).contains(foreign);
        assertThat(customer.served("www-tls").serial()).isEqualTo(issued.serialNumber());

        customer.change("www", "secretName: www-tls");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(issued.serialNumber());
    }

    @Test
    void anAddedNameIsIssuedIntoTheSameSecret(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("a"), namespace.dnsName("b"));
        customer.declare("www", names.getFirst());
        var before = customer.awaitIssued("www");
        var uid = customer.secret("www-tls").orElseThrow().getMetadata().getUid();

        customer.change("www", "dnsNames: " + customer.yamlOf(names));
        var after = customer.awaitIssued("www");

        assertThat(after.serialNumber()).isNotEqualTo(before.serialNumber());
        assertThat(customer.served("www-tls").names()).containsExactlyElementsOf(names);
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        assertThat(customer.secret("www-tls").orElseThrow().getMetadata().getUid())
                .isEqualTo(uid);
        assertThat(customer.acme().orders(names.getLast())).isEqualTo(new Orders(1, 1));
    }

    @Test
    void aChangeThatDoesNotTouchTheCertificateIssuesNothing(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var before = customer.awaitIssued("www");
        long requests = customer.acmeRequests();

        customer.change("www", "renewBeforePercentage: 50");
        var renewedSooner = customer.awaitIssued("www");
        customer.change(
                "www", "solvers: " + customer.yamlOf(List.of(customer.contract().solver())));
        customer.awaitIssued("www");
        customer.change("www", "suspend: true");
        customer.awaitIssued("www");
        customer.change("www", "accountRef: {name: acme}");
        var after = customer.awaitIssued("www");

        assertThat(after.serialNumber()).isEqualTo(before.serialNumber());
        assertThat(renewedSooner.renewalTime()).isBefore(before.renewalTime());
        assertThat(requests).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(requests);
    }

    @Test
    void aDeletedSecretIsIssuedAnew(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var before = customer.awaitIssued("www").serialNumber();

        customer.client().resource(customer.secret("www-tls").orElseThrow()).delete();

        soon().until(() -> customer.secret("www-tls").isPresent());
        assertThat(customer.served("www-tls").serial()).isNotEqualTo(before);
        soon().untilAsserted(() -> assertThat(customer.awaitIssued("www").serialNumber())
                .isEqualTo(customer.served("www-tls").serial()));
    }

    @Test
    void aGarbledCertificateIsReplacedAndWhatOthersAddedStays(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var before = customer.awaitIssued("www").serialNumber();

        edit(
                customer,
                "www-tls",
                secret -> secret.addToData("tls.crt", base64("garbage"))
                        .addToData("truststore.jks", base64("theirs"))
                        .editMetadata()
                        .addToLabels("team", "shop")
                        .addToAnnotations("reloader", "on")
                        .endMetadata());

        soon().untilAsserted(() -> assertThat(
                        customer.secret("www-tls").orElseThrow().getData().get("tls.crt"))
                .isNotEqualTo(base64("garbage")));
        assertThat(customer.served("www-tls").serial()).isNotEqualTo(before);
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        var secret = customer.secret("www-tls").orElseThrow();
        assertThat(secret.getData()).containsEntry("truststore.jks", base64("theirs"));
        assertThat(secret.getMetadata().getLabels()).containsEntry("team", "shop");
        assertThat(secret.getMetadata().getAnnotations()).containsEntry("reloader", "on");
    }

    @Test
    void aKeyThatDoesNotBelongToTheCertificateIsReplaced(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        customer.declare("other", namespace.dnsName("other"));
        var before = customer.awaitIssued("www").serialNumber();
        customer.awaitIssued("other");
        var otherKey = customer.secret("other-tls").orElseThrow().getData().get("tls.key");

        edit(customer, "www-tls", secret -> secret.addToData("tls.key", otherKey));

        soon().untilAsserted(() ->
                assertThat(customer.served("www-tls").keyMatches()).isTrue());
        assertThat(customer.served("www-tls").serial()).isNotEqualTo(before);
    }

    @Test
    void theSecretOutlivesItsDeclarationAndIsTakenUpAgain(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var before = customer.awaitIssued("www");

        customer.resource("www").delete();
        soon().until(() -> customer.resource("www").get() == null);
        // Garbage is collected within moments: that of an order would be gone by the time this is issued.
        customer.declare("other", namespace.dnsName("other"));
        customer.awaitIssued("other");
        assertThat(customer.served("www-tls").serial()).isEqualTo(before.serialNumber());
        long requests = customer.acmeRequests();
        customer.declare("www", namespace.dnsName("www"));
        var after = customer.awaitIssued("www");

        assertThat(after.serialNumber()).isEqualTo(before.serialNumber());
        assertThat(after.issuedAt()).isEqualTo(before.issuedAt());
        assertThat(after.accountUrl()).isEqualTo(before.accountUrl());
        assertThat(after.subscriptions()).isEqualTo(before.subscriptions());
        assertThat(customer.acmeRequests()).isEqualTo(requests);
    }

    @Test
    void aLostStatusIsRebuiltFromTheSecret(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var before = customer.awaitIssued("www");
        long requests = customer.acmeRequests();
        operator.stop();
        customer.resource("www").editStatus(certificate -> {
            certificate.setStatus(null);
            return certificate;
        });
        assertThat(customer.status("www")).isNull();

        operator.startAgain().awaitReady();
        var after = customer.awaitIssued("www");

        assertThat(after)
                .usingRecursiveComparison()
                // The CA tells again when to renew, in its time.
                .ignoringFields("conditions", "renewalInfo", "renewalTime")
                .isEqualTo(before);
        assertThat(requests).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(requests);
    }

    /** Nothing can be kept in it, so nothing is ordered again and again. */
    @Test
    void aSecretInTheWayOfTheCheckpointIsNamed(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var foreign = namespace.secret("www-checkpoint", Map.of("theirs", "yes"));

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.SecretConflict);

        assertThat(failure(status).detail())
                .contains(namespace.name() + "/www-checkpoint")
                .contains("rename this ManagedCertificate")
                .doesNotContain("spec.secretName");
        assertThat(status.nextAttempt()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
        assertThat(customer.secret("www-checkpoint")).contains(foreign);
        assertThat(Expect.audited(operator, customer.certificate("www"), AuditRecord.Type.ORDER_PLACED))
                .as("what could not be kept is on record")
                .hasSize(1);
        customer.client().resource(foreign).delete();
        customer.change("www", "renewBeforePercentage: 40");
        customer.awaitIssued("www");
    }

    /** A finalizer of somebody else keeps the object, but it is on its way out. */
    @Test
    void nothingIsOrderedForACertificateThatIsBeingDeleted(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var declaration = customer.declaration("www", List.of(name), "suspend: true");
        declaration.getMetadata().setFinalizers(List.of("example.com/kept"));
        customer.client().resource(declaration).create();
        customer.awaitNotNow("www", Reason.Suspended);

        customer.resource("www").delete();
        customer.change("www", "suspend: false");
        customer.declare("other", namespace.dnsName("other"));
        customer.awaitIssued("other");

        assertThat(customer.certificate("www").getMetadata().getDeletionTimestamp())
                .isNotNull();
        assertThat(customer.acme().requests(Step.NEW_ORDER, name)).isZero();
        assertThat(customer.secret("www-tls")).isEmpty();
        customer.patch("www", Map.of("metadata", Map.of("finalizers", List.of())));
    }

    @Test
    void aCertificateDeletedInTheMiddleOfItsOrderIsNotFinalized(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var declaration = customer.declaration("www", List.of(name), "{}");
        declaration.getMetadata().setFinalizers(List.of("example.com/kept"));
        try (var hold = customer.acme().on(Step.CHALLENGE).forName(name).hold()) {
            customer.client().resource(declaration).create();
            hold.awaitReached(Expect.LIMIT);
            customer.resource("www").delete();
        }

        soon().untilAsserted(() -> assertThat(namespace.stage().bind().txt(Customer.challengeName(name)))
                .isEmpty());
        customer.declare("other", namespace.dnsName("other"));
        customer.awaitIssued("other");
        assertThat(customer.acme().requests(Step.FINALIZE, namespace.dnsName("other")))
                .isEqualTo(1);
        assertThat(customer.acme().requests(Step.FINALIZE, name)).isZero();
        assertThat(customer.secret("www-tls")).isEmpty();

        customer.patch("www", Map.of("metadata", Map.of("finalizers", List.of())));
        soon().untilAsserted(() -> assertThat(customer.secret("www-checkpoint")).isEmpty());
    }

    private static void edit(Customer customer, String name, UnaryOperator<SecretBuilder> change) {
        customer.client()
                .secrets()
                .inNamespace(customer.contract().namespace())
                .withName(name)
                .edit(secret -> change.apply(new SecretBuilder(secret)).build());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
