package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.AuditedRequests;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.TestNamespace;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Further forms of a certificate in its Secret: written with it, put right without it, and never at its cost. */
@ExtendWith(CaasExtension.class)
class OutputIT {
    private static final String BOTH = "additionalOutputFormats: [CombinedPEM, DER]";

    @Test
    void formatsAreInTheOneWriteOfTheSecret(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        var requests = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = requests.mark();

        customer.declare("www", List.of(namespace.dnsName("www")), BOTH);
        customer.awaitIssued("www");

        assertHasBoth(customer);
        assertThat(writes(requests, mark, namespace)).containsExactly("create secrets");
    }

    @Test
    void aRenewalWritesAllFormsInOneUpdate(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        customer.declare(
                "www",
                List.of(namespace.dnsName("www")),
                "profile: minute\nrenewBeforePercentage: 90\nsuspend: true\n" + BOTH);
        customer.change("www", "suspend: false");
        var first = customer.awaitIssued("www");
        var requests = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = requests.mark();

        soon().untilAsserted(
                        () -> assertThat(customer.served("www-tls").serial()).isNotEqualTo(first.serialNumber()));
        customer.change("www", "suspend: true");

        assertHasBoth(customer);
        assertThat(writes(requests, mark, namespace)).containsExactly("update secrets");
    }

    @Test
    void formatsAreAddedAndRemovedWithoutReissue(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var serial = customer.awaitIssued("www").serialNumber();
        var bare = customer.secret("www-tls").orElseThrow();
        long orders = customer.acmeRequests();
        Edit.secret(customer.client(), namespace.name(), "www-tls", "truststore.jks", "theirs");

        customer.change("www", BOTH);
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(serial);
        assertHasBoth(customer);

        customer.change("www", "additionalOutputFormats: [DER]");
        customer.awaitIssued("www");
        assertThat(customer.secret("www-tls").orElseThrow().getData())
                .containsOnlyKeys("tls.crt", "tls.key", "key.der", "truststore.jks");

        customer.change("www", "additionalOutputFormats: null");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(serial);
        var after = customer.secret("www-tls").orElseThrow();
        assertThat(after.getData()).containsOnlyKeys("tls.crt", "tls.key", "truststore.jks");
        assertThat(after.getData()).containsAllEntriesOf(bare.getData());
        assertThat(after.getMetadata().getAnnotations())
                .isEqualTo(bare.getMetadata().getAnnotations());
        assertThat(orders).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    @Test
    void aDamagedOrMissingFormIsRepairedWithoutReissue(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), BOTH + "\nsuspend: false");
        var serial = customer.awaitIssued("www").serialNumber();
        var whole = customer.secret("www-tls").orElseThrow().getData();
        long orders = customer.acmeRequests();
        // Nothing may be ordered: what is wrong with these files is no reason to.
        customer.change("www", "suspend: true");

        Edit.secret(customer.client(), namespace.name(), "www-tls", "tls-combined.pem", "garbage");
        soon().untilAsserted(() ->
                assertThat(customer.secret("www-tls").orElseThrow().getData()).isEqualTo(whole));
        Edit.secret(customer.client(), namespace.name(), "www-tls", "key.der", null);
        soon().untilAsserted(() ->
                assertThat(customer.secret("www-tls").orElseThrow().getData()).isEqualTo(whole));

        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(serial);
        assertThat(orders).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    @Test
    void aKeyOfSomebodyElseStaysWhileItsFormIsNotDeclared(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");

        Edit.secret(customer.client(), namespace.name(), "www-tls", "key.der", "theirs");
        customer.change("www", "additionalOutputFormats: [CombinedPEM]");
        customer.awaitIssued("www");
        assertThat(customer.secret("www-tls").orElseThrow().getData())
                .containsOnlyKeys("tls.crt", "tls.key", "key.der", "tls-combined.pem");
        customer.change("www", "additionalOutputFormats: null");
        customer.awaitIssued("www");

        var secret = customer.secret("www-tls").orElseThrow();
        assertThat(secret.getData()).containsOnlyKeys("tls.crt", "tls.key", "key.der");
        assertThat(Edit.text(secret, "key.der")).isEqualTo("theirs");
    }

    @Test
    void formatsMoveWithARenamedSecret(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), BOTH);
        var serial = customer.awaitIssued("www").serialNumber();
        var before = customer.secret("www-tls").orElseThrow().getData();

        customer.change("www", "secretName: web-tls");

        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(serial);
        assertThat(customer.secret("web-tls").orElseThrow().getData())
                .containsOnlyKeys("tls.crt", "tls.key", "tls-combined.pem", "key.der")
                .isEqualTo(before);
    }

    private static List<String> writes(AuditedRequests requests, long mark, TestNamespace namespace) {
        return AuditedRequests.in(namespace.name(), requests.since(mark)).stream()
                .filter(r -> r.resource().equals("secrets") && r.name().equals("www-tls"))
                .map(AuditedRequests.Request::kind)
                .toList();
    }

    private static void assertHasBoth(Customer customer) throws InvalidPemException, GeneralSecurityException {
        var secret = customer.secret("www-tls").orElseThrow();
        var served = customer.served("www-tls");
        var combined = Edit.text(secret, "tls-combined.pem");
        assertThat(combined).isEqualTo(Edit.text(secret, "tls.key") + Edit.text(secret, "tls.crt"));
        assertThat(CertificateKey.fromPem(combined).toPem())
                .isEqualTo(served.key().toPem());
        assertThat(CertificateChain.ofPem(combined)).isEqualTo(served.chain());
        assertThat(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(octets(secret, "key.der"))))
                .isEqualTo(served.key().pair().getPrivate());
    }

    private static byte[] octets(Secret secret, String key) {
        return Base64.getDecoder().decode(secret.getData().get(key));
    }
}
