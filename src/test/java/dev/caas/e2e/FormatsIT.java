package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kit.Tool;
import dev.caas.kube.Conditions;
import dev.caas.kube.Ownership;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.SigningRequest;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Keys, keystores, requests and labels: all that stands in the Secret the way people want it, at no cost but a write. */
@ExtendWith(CaasExtension.class)
class FormatsIT {

    @Test
    void aKeyThatIsToStayOutlivesCertificatesUntilItCannotBeUsed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("a")), "privateKey: {rotationPolicy: Never}");
        var first = customer.awaitIssued("www");
        var key = Edit.text(customer.secret("www-tls").orElseThrow(), "tls.key");

        customer.change("www", "dnsNames: " + customer.yamlOf(names(namespace, "a", "b")));
        var second = customer.awaitIssued("www");
        assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
        assertThat(Edit.text(customer.secret("www-tls").orElseThrow(), "tls.key"))
                .isEqualTo(key);
        assertThat(customer.served("www-tls").keyMatches()).isTrue();

        Edit.secret(customer.client(), namespace.name(), "www-tls", "tls.key", "garbage");
        soon().untilAsserted(
                        () -> assertThat(customer.served("www-tls").serial()).isNotEqualTo(second.serialNumber()));
        var third = Edit.text(customer.secret("www-tls").orElseThrow(), "tls.key");
        assertThat(third).isNotEqualTo(key);

        customer.change("www", "privateKey: {size: 384}");
        customer.awaitIssued("www");
        assertThat(customer.served("www-tls").key().algorithm()).contains(KeyAlgorithm.ECDSA_P384);
    }

    @Test
    void byDefaultEveryCertificateHasANewKey(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("a"));
        customer.awaitIssued("www");
        var key = Edit.text(customer.secret("www-tls").orElseThrow(), "tls.key");

        customer.change("www", "dnsNames: " + customer.yamlOf(names(namespace, "a", "b")));
        customer.awaitIssued("www");

        assertThat(Edit.text(customer.secret("www-tls").orElseThrow(), "tls.key"))
                .isNotEqualTo(key);
    }

    @Test
    void anotherEncodingOfTheKeyIsWrittenWithoutReissue(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        customer.declare(
                "www",
                List.of(namespace.dnsName("www")),
                "privateKey: {algorithm: RSA}\nadditionalOutputFormats: [CombinedPEM, DER]");
        var serial = customer.awaitIssued("www").serialNumber();
        var before = customer.secret("www-tls").orElseThrow();
        long orders = customer.acmeRequests();

        customer.change("www", "privateKey: {encoding: Traditional}");
        customer.awaitIssued("www");
        var after = customer.secret("www-tls").orElseThrow();

        assertThat(Edit.text(after, "tls.key")).startsWith("-----BEGIN RSA PRIVATE KEY-----\n");
        assertThat(CertificateKey.fromPem(Edit.text(after, "tls.key")).toPem()).isEqualTo(Edit.text(before, "tls.key"));
        assertThat(Edit.text(after, "tls-combined.pem"))
                .isEqualTo(Edit.text(after, "tls.key") + Edit.text(after, "tls.crt"));
        assertThat(after.getData()).containsEntry("key.der", before.getData().get("key.der"));

        customer.change("www", "privateKey: {encoding: PKCS8}");
        customer.awaitIssued("www");
        assertThat(customer.secret("www-tls").orElseThrow().getData()).isEqualTo(before.getData());
        assertThat(customer.status("www").serialNumber()).isEqualTo(serial);
        assertThat(orders).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    @Test
    void aGivenRequestIsSignedAndItsKeyIsNotInTheSecret(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var key = CertificateKey.generate(KeyAlgorithm.RSA_2048);
        customer.declare("www", List.of(name), "csr: " + customer.yamlOf(request(key, name)));
        var first = customer.awaitIssued("www");
        var secret = customer.secret("www-tls").orElseThrow();

        assertThat(secret.getType()).isEqualTo("Opaque");
        assertThat(secret.getData()).containsOnlyKeys("tls.crt");
        assertThat(chain(secret).matches(key.pair().getPublic())).isTrue();
        customer.awaitNothingLeftOfOrder("www", List.of(name));

        // The key beside it is its holder's affair.
        Edit.secret(customer.client(), namespace.name(), "www-tls", "tls.key", key.toPem());
        var next = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        customer.change("www", "csr: " + customer.yamlOf(request(next, name)));
        var second = customer.awaitIssued("www");

        assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
        assertThat(chain(customer.secret("www-tls").orElseThrow())
                        .matches(next.pair().getPublic()))
                .isTrue();
        assertThat(Edit.text(customer.secret("www-tls").orElseThrow(), "tls.key"))
                .isEqualTo(key.toPem());
        long orders = customer.acmeRequests();
        customer.change("www", "csr: " + customer.yamlOf(request(next, name)));
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(second.serialNumber());
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    @Test
    void aSecretChangesItsTypeWithWhoKeepsTheKey(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        customer.declare("www", List.of(name), "additionalOutputFormats: [DER]");
        customer.awaitIssued("www");
        Edit.secret(customer.client(), namespace.name(), "www-tls", "ca.crt", "theirs");

        customer.change("www", "additionalOutputFormats: null\ncsr: " + customer.yamlOf(request(key, name)));
        customer.awaitIssued("www");
        var without = customer.secret("www-tls").orElseThrow();
        customer.change("www", "csr: null");
        customer.awaitIssued("www");
        var with = customer.secret("www-tls").orElseThrow();

        assertThat(without.getType()).isEqualTo("Opaque");
        assertThat(without.getData()).containsOnlyKeys("tls.crt", "ca.crt");
        assertThat(with.getType()).isEqualTo("kubernetes.io/tls");
        assertThat(with.getData()).containsOnlyKeys("tls.crt", "tls.key", "ca.crt");
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        assertThat(customer.served("www-tls").chain().matches(key.pair().getPublic()))
                .isFalse();
    }

    @Test
    void aRequestForOtherNamesThanDeclaredIsRefusedBeforeAnyOrder(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        var key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        var other = namespace.dnsName("other");
        var www = namespace.dnsName("www");

        customer.declare("www", List.of(www), "csr: " + customer.yamlOf(request(key, www, other)));
        var refused = customer.awaitNotNow("www", Reason.InvalidSpec);

        assertThat(refused.conditions())
                .anySatisfy(c -> assertThat(c.getMessage())
                        .contains("spec.csr is for " + other + ", " + www + ", and spec.dnsNames has " + www));
        assertThat(customer.acme().requests(Step.NEW_ORDER, www)).isZero();
        customer.change("www", "dnsNames: " + customer.yamlOf(List.of(www, other)));
        customer.awaitIssued("www");
        assertThat(customer.acme().requests(Step.NEW_ORDER, www)).isEqualTo(1);
    }

    @Test
    void keystoresOpenWithKeytoolAndOpensslAndAreWrittenOnlyWhenTheyMustBe(TestNamespace namespace, @TempDir Path dir)
            throws Exception {
        var customer = Customer.signed(namespace);
        namespace.secret("keystore", Map.of("password", "changeit", "next", "changed!"));
        customer.declare(
                "www",
                List.of(namespace.dnsName("www")),
                "keystores: {pkcs12: {profile: Legacy, alias: www, passwordSecretRef: {name: keystore, key: password}},"
                        + " jks: {passwordSecretRef: {name: keystore, key: password}}}");
        var serial = customer.awaitIssued("www").serialNumber();
        var first = customer.secret("www-tls").orElseThrow();

        assertThat(first.getData())
                .containsOnlyKeys(
                        "tls.crt", "tls.key", "keystore.p12", "truststore.p12", "keystore.jks", "truststore.jks");
        assertThat(keytool(dir, first, "keystore.p12", "changeit"))
                .contains("Alias name: www", "PrivateKeyEntry", "Serial number: " + serial);
        assertThat(keytool(dir, first, "keystore.jks", "changeit"))
                .contains("Alias name: certificate", "PrivateKeyEntry", "Serial number: " + serial);
        assertThat(keytool(dir, first, "truststore.p12", "changeit"))
                .contains("trustedCertEntry", "Pebble Intermediate");
        assertThat(keytool(dir, first, "truststore.jks", "changeit"))
                .contains("trustedCertEntry", "Pebble Intermediate");
        assertThat(openssl(dir, first, "changeit", "-legacy")).contains("MAC: sha1");

        customer.change("www", "renewBeforePercentage: 40");
        customer.awaitIssued("www");
        assertThat(customer.secret("www-tls")).contains(first);

        customer.change("www", "keystores: {jks: null, pkcs12: {profile: Modern}}");
        customer.awaitIssued("www");
        var second = customer.secret("www-tls").orElseThrow();
        assertThat(second.getData()).containsOnlyKeys("tls.crt", "tls.key", "keystore.p12", "truststore.p12");
        assertThat(openssl(dir, second, "changeit")).contains("MAC: sha256", "AES-256-CBC");

        customer.change("www", "keystores: {pkcs12: {passwordSecretRef: {key: next}}}");
        customer.awaitIssued("www");
        var third = customer.secret("www-tls").orElseThrow();
        assertThat(keytool(dir, third, "keystore.p12", "changed!")).contains("PrivateKeyEntry");

        customer.change("www", "keystores: null");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(serial);
        assertThat(customer.secret("www-tls").orElseThrow().getData()).containsOnlyKeys("tls.crt", "tls.key");
    }

    @Test
    void theCertificateDoesNotWaitForAKeystoresPassword(TestNamespace namespace, @TempDir Path dir) throws Exception {
        var customer = Customer.signed(namespace);
        customer.declare(
                "www",
                List.of(namespace.dnsName("www")),
                "keystores: {pkcs12: {passwordSecretRef: {name: keystore, key: password}}}");

        var without = customer.awaitNotNow("www", Reason.SecretNotFound);
        assertThat(new Conditions(without.conditions()).isTrue(Conditions.READY))
                .isTrue();
        assertThat(customer.served("www-tls").serial()).isEqualTo(without.serialNumber());
        assertThat(customer.secret("www-tls").orElseThrow().getData()).containsOnlyKeys("tls.crt", "tls.key");
        assertThat(without.conditions())
                .anySatisfy(c -> assertThat(c.getMessage())
                        .contains("spec.keystores.pkcs12: there is no Secret 'keystore' in this namespace"));

        namespace.secret("keystore", Map.of("pass", "changeit"));
        poke(
                customer,
                () -> assertThat(new Conditions(customer.status("www").conditions())
                                .hasReason(Conditions.STALLED, Reason.SecretKeyMissing))
                        .isTrue());
        Edit.secret(customer.client(), namespace.name(), "keystore", "password", "changeit");
        poke(customer, () -> assertThat(keytool(dir, "changeit", customer)).contains("PrivateKeyEntry"));
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(without.serialNumber());

        Edit.secret(customer.client(), namespace.name(), "keystore", "password", "changed!");
        poke(customer, () -> assertThat(keytool(dir, "changed!", customer)).contains("PrivateKeyEntry"));
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(without.serialNumber());
    }

    @Test
    void aTemplatesLabelsAndAnnotationsAreKeptUpBesideThoseOfOthers(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare(
                "www",
                List.of(namespace.dnsName("www")),
                "secretTemplate: {labels: {team: shop}, annotations: {reloader: 'on'}}");
        var serial = customer.awaitIssued("www").serialNumber();
        long orders = customer.acmeRequests();
        edit(
                customer,
                s -> s.editMetadata()
                        .addToLabels("theirs", "yes")
                        .addToAnnotations("theirs", "yes")
                        .endMetadata());

        edit(
                customer,
                s -> s.editMetadata()
                        .addToLabels("team", "other")
                        .removeFromAnnotations("reloader")
                        .endMetadata());
        soon().untilAsserted(() -> {
            var meta = customer.secret("www-tls").orElseThrow().getMetadata();
            assertThat(meta.getLabels()).containsEntry("team", "shop").containsEntry("theirs", "yes");
            assertThat(meta.getAnnotations()).containsEntry("reloader", "on").containsEntry("theirs", "yes");
        });

        customer.change("www", "secretTemplate: {labels: {team: null, app: web}, annotations: null}");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(serial);
        var meta = customer.secret("www-tls").orElseThrow().getMetadata();
        assertThat(meta.getLabels())
                .containsEntry("app", "web")
                .containsEntry("theirs", "yes")
                .doesNotContainKey("team");
        assertThat(meta.getAnnotations()).containsEntry("theirs", "yes").doesNotContainKey("reloader");
        assertThat(orders).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    /** Somebody locked it on purpose: that is told long before the renewal that could not be written. */
    @Test
    void anImmutableSecretIsAConflictAndItsCertificateStaysInUse(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var issued = customer.awaitIssued("www");
        long orders = customer.acmeRequests();

        edit(customer, s -> s.withImmutable(true));
        var locked = customer.awaitNotNow("www", Reason.SecretConflict);
        assertThat(new Conditions(locked.conditions()).isTrue(Conditions.READY)).isTrue();
        assertThat(locked.serialNumber()).isEqualTo(issued.serialNumber());
        assertThat(locked.conditions())
                .anySatisfy(c -> assertThat(c.getMessage()).contains("'www-tls' was made immutable"));
        customer.change("www", "dnsNames: " + customer.yamlOf(names(namespace, "www", "more")));
        customer.awaitNotNow("www", Reason.SecretConflict);
        customer.change("www", "dnsNames: " + customer.yamlOf(names(namespace, "www")));

        customer.change("www", "secretName: web-tls");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(issued.serialNumber());
        assertThat(customer.served("web-tls").serial()).isEqualTo(issued.serialNumber());
        assertThat(orders).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    @Test
    void aSecretWhoseLabelsWereTakenAwayIsNotTheOperatorsAnyMore(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var issued = customer.awaitIssued("www");
        long orders = customer.acmeRequests();

        edit(customer, s -> s.editMetadata().removeFromLabels(Ownership.ROLE).endMetadata());
        var conflict = customer.awaitNotNow("www", Reason.SecretConflict);
        assertThat(conflict.conditions())
                .anySatisfy(
                        c -> assertThat(c.getMessage()).contains(Ownership.ROLE).contains("put them back"));
        assertThat(customer.served("www-tls").serial()).isEqualTo(issued.serialNumber());

        edit(
                customer,
                s -> s.editMetadata().addToLabels(Ownership.ROLE, "certificate").endMetadata());
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(issued.serialNumber());
        assertThat(orders).isPositive();
        assertThat(customer.acmeRequests()).isEqualTo(orders);
    }

    private interface Assertion {
        void check() throws Exception;
    }

    /** Nobody tells the operator that a password changed: each change of the declaration makes it look. */
    private static void poke(Customer customer, Assertion assertion) {
        var turn = new int[] {30};
        soon().pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
            customer.change("www", "renewBeforePercentage: " + ++turn[0]);
            assertion.check();
        });
    }

    private static void edit(Customer customer, UnaryOperator<SecretBuilder> change) {
        customer.client()
                .secrets()
                .inNamespace(customer.contract().namespace())
                .withName("www-tls")
                .edit(secret -> change.apply(new SecretBuilder(secret)).build());
    }

    private static List<String> names(TestNamespace namespace, String... labels) {
        return Set.of(labels).stream().map(namespace::dnsName).sorted().toList();
    }

    private static String request(CertificateKey key, String... names) {
        return "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder().encodeToString(SigningRequest.der(key.pair(), List.of(names), null))
                + "\n-----END CERTIFICATE REQUEST-----\n";
    }

    private static CertificateChain chain(Secret secret) throws Exception {
        return CertificateChain.ofPem(Edit.text(secret, "tls.crt"));
    }

    private static String keytool(Path dir, String password, Customer customer) throws IOException {
        return keytool(dir, customer.secret("www-tls").orElseThrow(), "keystore.p12", password);
    }

    private static String keytool(Path dir, Secret secret, String file, String password) throws IOException {
        return Tool.keytool().run(dir, "-list", "-v", "-keystore", mounted(dir, secret, file), "-storepass", password);
    }

    private static String openssl(Path dir, Secret secret, String password, String... more) throws IOException {
        var file = mounted(dir, secret, "keystore.p12");
        return more.length == 0
                ? Tool.openssl().run(dir, "pkcs12", "-in", file, "-passin", "pass:" + password, "-nodes", "-info")
                : Tool.openssl()
                        .run(dir, "pkcs12", "-in", file, "-passin", "pass:" + password, "-nodes", "-info", more[0]);
    }

    private static String mounted(Path dir, Secret secret, String file) throws IOException {
        return Files.write(
                        dir.resolve(file),
                        Base64.getDecoder().decode(secret.getData().get(file)))
                .toString();
    }
}
