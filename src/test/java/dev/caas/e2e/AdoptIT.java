package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Ownership;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A Secret that somebody else left is taken over when that is asked for: as it is, if it is what is declared. */
@ExtendWith(CaasExtension.class)
class AdoptIT {
    private static final String ADOPT = "adoptExistingSecret: true";

    @Test
    void aSecretThatSatisfiesIsAdoptedAsItIs(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var left = left(customer, name, "{}");
        long asked = customer.acmeRequests();
        var requests = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = requests.mark();

        customer.declare("www", List.of(name), ADOPT);
        var status = customer.awaitIssued("www");
        var event = Expect.event(customer.client(), customer.certificate("www"), Reason.Adopted);

        var adopted = customer.secret("www-tls").orElseThrow();
        var chain = customer.served("www-tls").chain();
        assertThat(adopted.getData()).isEqualTo(left.getData());
        assertThat(adopted.getMetadata().getUid()).isEqualTo(left.getMetadata().getUid());
        assertKeepsWhatOthersWrote(adopted);
        assertThat(adopted.getMetadata().getLabels())
                .containsEntry(Ownership.ROLE, "certificate")
                .containsEntry(Ownership.NAME, "www");
        assertThat(status.serialNumber()).isEqualTo(chain.serialNumber());
        assertThat(status.notAfter()).isEqualTo(chain.notAfter());
        assertThat(status.issuedAt()).isEqualTo(chain.notBefore());
        assertThat(status.renewalTime()).isBetween(Instant.now(), chain.notAfter());
        assertThat(status.accountUrl()).isNull();
        assertThat(event.getType()).isEqualTo("Normal");
        assertThat(event.getNote()).contains("'www-tls'").contains("adopted as it is");
        assertThat(Expect.audited(operator, customer.certificate("www"), AuditRecord.Type.CERTIFICATE_ADOPTED))
                .singleElement()
                .satisfies(line -> assertThat(
                                line.path("data").path("serialNumber").asText())
                        .isEqualTo(chain.serialNumber()));
        assertThat(customer.acmeRequests()).isEqualTo(asked);
        assertThat(AuditedRequests.byKind(AuditedRequests.in(namespace.name(), requests.since(mark))))
                .isEqualTo(Map.of(
                        "get secrets", 1L,
                        "update secrets", 1L,
                        "update managedcertificates/status", 1L,
                        "create events", 1L));
    }

    @Test
    void anAdoptedCertificateIsRenewedWhenItIsDue(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        left(customer, name, "profile: minute");

        customer.declare("www", List.of(name), "renewBeforePercentage: 60\n" + ADOPT);
        var adopted = customer.awaitIssued("www");

        assertThat(adopted.accountUrl()).isNull();
        soon().untilAsserted(() ->
                assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(adopted.serialNumber()));
        assertThat(customer.status("www").accountUrl()).isNotNull();
        assertKeepsWhatOthersWrote(customer.secret("www-tls").orElseThrow());
    }

    @Test
    void formatsAreAddedWithTheAdoption(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var left = left(customer, name, "{}");

        customer.declare("www", List.of(name), "additionalOutputFormats: [CombinedPEM]\n" + ADOPT);
        customer.awaitIssued("www");

        var adopted = customer.secret("www-tls").orElseThrow();
        assertThat(adopted.getData()).containsAllEntriesOf(left.getData());
        assertThat(Edit.text(adopted, "tls-combined.pem"))
                .isEqualTo(Edit.text(left, "tls.key") + Edit.text(left, "tls.crt"));
    }

    @Test
    void aSecretThatDoesNotSatisfyIsOverwrittenOnceACertificateIsThere(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("www"), namespace.dnsName("more"));
        var left = left(customer, names.getFirst(), "{}");
        try (var hold =
                customer.acme().on(Step.FINALIZE).forName(names.getLast()).hold()) {
            customer.declare("www", names, ADOPT);
            hold.awaitReached(Expect.LIMIT);
            assertThat(customer.secret("www-tls")).contains(left);
        }

        var status = customer.awaitIssued("www");

        var adopted = customer.secret("www-tls").orElseThrow();
        assertThat(customer.served("www-tls").names()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(customer.served("www-tls").serial()).isEqualTo(status.serialNumber());
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        assertThat(adopted.getMetadata().getUid()).isEqualTo(left.getMetadata().getUid());
        assertKeepsWhatOthersWrote(adopted);
        assertThat(customer.acme().orders(names.getLast())).isEqualTo(new Orders(1, 1));
        customer.awaitNothingLeftOfOrder("www", names);
    }

    /** A minute's certificate that is due: adopting it would only put off what has to be done. */
    @Test
    void aSecretWhoseCertificateIsDueIsOverwritten(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        left(customer, name, "profile: minute");
        var before = customer.served("www-tls");
        await().atMost(Expect.LIMIT)
                .until(() -> Instant.now().isAfter(before.chain().notBefore().plusSeconds(8)));

        customer.declare("www", List.of(name), "renewBeforePercentage: 90\nprofile: default\n" + ADOPT);
        customer.awaitIssued("www");

        assertThat(customer.served("www-tls").serial()).isNotEqualTo(before.serial());
        assertThat(Expect.events(customer.client(), customer.certificate("www"), Reason.Adopted))
                .isEmpty();
    }

    @Test
    void anOrderThatWasRefusedTheSecretIsWrittenOverItOnceAdoptionIsAskedFor(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        left(customer, namespace.dnsName("other"), "{}");
        customer.declare("www", name);
        customer.awaitNotNow("www", Reason.SecretConflict);

        customer.change("www", ADOPT);
        var status = customer.awaitIssued("www");

        assertThat(customer.served("www-tls").serial()).isEqualTo(status.serialNumber());
        assertThat(customer.served("www-tls").names()).containsExactly(name);
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().requests(Step.FINALIZE, name)).isEqualTo(1);
    }

    @Test
    void whereNoSecretIsThereOneIsIssued(TestNamespace namespace) {
        var customer = Customer.signed(namespace);

        customer.declare("www", List.of(namespace.dnsName("www")), ADOPT);
        var status = customer.awaitIssued("www");

        assertThat(customer.served("www-tls").serial()).isEqualTo(status.serialNumber());
        assertThat(Expect.events(customer.client(), customer.certificate("www"), Reason.Adopted))
                .isEmpty();
    }

    @Test
    void theSecretOfAnotherCertificateIsAdoptedOnlyWhenThatIsGone(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("early", name);
        var early = customer.awaitIssued("early");
        var theirs =
                namespace.create(new SecretBuilder(customer.secret("early-tls").orElseThrow())
                        .editMetadata()
                        .withName("www-tls")
                        .withUid(null)
                        .withResourceVersion(null)
                        .endMetadata()
                        .build());
        long asked = customer.acmeRequests();

        customer.declare("www", List.of(name), ADOPT);
        var status = customer.awaitNotNow("www", Reason.SecretConflict);

        assertThat(status.conditions())
                .anySatisfy(c -> assertThat(c.getMessage()).contains("belongs to ManagedCertificate 'early'"));
        assertThat(customer.secret("www-tls")).contains(theirs);

        customer.resource("early").delete();
        soon().until(() -> customer.resource("early").get() == null);
        customer.change("www", "renewBeforePercentage: 40");
        var adopted = customer.awaitIssued("www");

        assertThat(adopted.serialNumber()).isEqualTo(early.serialNumber());
        assertThat(adopted.issuedAt()).isEqualTo(early.issuedAt());
        assertThat(adopted.accountUrl()).isEqualTo(early.accountUrl());
        assertThat(customer.acmeRequests()).isEqualTo(asked);
    }

    @Test
    void aSecretOfAnotherTypeIsAConflictThatSaysWhatToDo(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var opaque = namespace.secret("www-tls", Map.of("tls.crt", "theirs", "tls.key", "theirs"));

        customer.declare("www", List.of(name), ADOPT);
        var status = customer.awaitNotNow("www", Reason.SecretConflict);

        assertThat(status.conditions())
                .anySatisfy(c -> assertThat(c.getMessage())
                        .contains("is of type Opaque, not kubernetes.io/tls")
                        .contains("choose another spec.secretName, or delete that Secret"));
        assertThat(customer.secret("www-tls")).contains(opaque);
        assertThat(customer.acme().requests(Step.NEW_ORDER, name)).isZero();

        customer.client().resource(opaque).delete();
        customer.change("www", "renewBeforePercentage: 40");
        customer.awaitIssued("www");
    }

    @Test
    void anOwnerWhoseDeletionTakesTheSecretAlongIsWarnedOf(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var owner = namespace.create(new ConfigMapBuilder()
                .withNewMetadata()
                .withName("theirs")
                .endMetadata()
                .build());
        var reference = new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName("theirs")
                .withUid(owner.getMetadata().getUid())
                .build();
        left(customer, name, "{}");
        customer.client()
                .secrets()
                .inNamespace(namespace.name())
                .withName("www-tls")
                .edit(s -> new SecretBuilder(s)
                        .editMetadata()
                        .withOwnerReferences(reference)
                        .endMetadata()
                        .build());

        customer.declare("www", List.of(name), ADOPT);
        customer.awaitIssued("www");

        soon().untilAsserted(() -> assertThat(
                        Expect.events(customer.client(), customer.certificate("www"), Reason.Adopted))
                .anySatisfy(e -> {
                    assertThat(e.getType()).isEqualTo("Warning");
                    assertThat(e.getNote())
                            .contains("owned by ConfigMap/theirs")
                            .contains("will be deleted with it")
                            .contains("metadata.ownerReferences");
                }));
        assertThat(customer.secret("www-tls").orElseThrow().getMetadata().getOwnerReferences())
                .containsExactly(reference);
    }

    /** Leaves a Secret {@code www-tls} with a certificate for that name behind, as cert-manager does. */
    private static Secret left(Customer customer, String name, String more) {
        customer.declare("left", List.of(name), more);
        customer.awaitIssued("left");
        Expect.event(customer.client(), customer.certificate("left"), Reason.Issued);
        customer.awaitNothingLeftOfOrder("left", List.of(name));
        var issued = customer.secret("left-tls").orElseThrow();
        customer.resource("left").delete();
        soon().until(() -> customer.resource("left").get() == null);
        // It is renewed no more, and nothing that comes of it counts as a request of the test's.
        return customer.client()
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(issued.getMetadata().getNamespace())
                        .withName("www-tls")
                        .addToAnnotations("cert-manager.io/certificate-name", "www")
                        .addToLabels("app.kubernetes.io/managed-by", "Helm")
                        .addToLabels("controller.cert-manager.io/fao", "true")
                        .endMetadata()
                        .withType(requireNonNull(issued.getType()))
                        .withData(issued.getData())
                        .addToData("truststore.jks", "dGhlaXJz")
                        .build())
                .create();
    }

    private static void assertKeepsWhatOthersWrote(Secret secret) {
        assertThat(secret.getData()).containsEntry("truststore.jks", "dGhlaXJz");
        assertThat(secret.getMetadata().getAnnotations()).containsEntry("cert-manager.io/certificate-name", "www");
        assertThat(secret.getMetadata().getLabels())
                .containsEntry("app.kubernetes.io/managed-by", "Helm")
                .containsEntry("controller.cert-manager.io/fao", "true");
    }
}
