package dev.caas.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.KeyAlgorithm;
import dev.caas.kit.Tool;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that somebody else made: what they ask for is known in full, or they are not used. */
class GivenRequestTest {
    @ParameterizedTest
    @EnumSource
    void everyKindOfKeyIsRead(KeyAlgorithm algorithm) throws Exception {
        var key = CertificateKey.generate(algorithm);
        var der = SigningRequest.der(key.pair(), List.of("B.example.test", "*.example.test"), null);

        var request = GivenRequest.ofPem("a comment\n" + pem(der));

        assertThat(request.keyAlgorithm()).isEqualTo(algorithm);
        assertThat(request.dnsNames()).containsExactlyInAnyOrder("b.example.test", "*.example.test");
        assertThat(request.ipAddresses()).isEmpty();
        assertThat(request.der()).isEqualTo(der);
        assertThat(request.keyFingerprint())
                .isEqualTo(new TestCa().issue(key, "", "b.example.test").keyFingerprint());
    }

    @Test
    void whatOpensslMakesIsRead(@TempDir Path dir) throws Exception {
        Tool.openssl()
                .run(
                        dir,
                        "req",
                        "-new",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-keyout",
                        "www.key",
                        "-out",
                        "www.csr",
                        "-subj",
                        "/C=DE/O=Shop/CN=www.example.test",
                        "-addext",
                        "subjectAltName=DNS:www.example.test,IP:192.0.2.1,IP:2001:db8::1");

        var request = GivenRequest.ofPem(Files.readString(dir.resolve("www.csr")));

        assertThat(request.dnsNames()).containsExactly("www.example.test");
        assertThat(request.ipAddresses())
                .containsExactlyInAnyOrder(InetAddress.ofLiteral("192.0.2.1"), InetAddress.ofLiteral("2001:db8::1"));
        assertThat(request.keyAlgorithm()).isEqualTo(KeyAlgorithm.RSA_2048);
    }

    @Test
    void aRequestThatItsKeyDidNotSignIsRefused() {
        var der = SigningRequest.der(
                CertificateKey.generate(KeyAlgorithm.ECDSA_P256).pair(), List.of("www.example.test"), null);
        der[der.length - 1] ^= 1;

        assertRefused(pem(der), "is not signed by its own key");
    }

    @Test
    void aKeyOfAKindThatNoPolicyNamesIsRefused() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp521r1"));
        var der = SigningRequest.der(generator.generateKeyPair(), List.of("www.example.test"), null);

        assertRefused(pem(der), "is for a key of a kind that is not supported; use ECDSA-P256");
    }

    /** A CA would take it for one more name; nobody would have judged it. */
    @Test
    void aCommonNameThatIsNoAlternativeNameIsRefused() throws Exception {
        var www = new GeneralName(GeneralName.dNSName, "www.example.test");

        assertRefused(made("CN=other.example.test", www), "has a common name that is not among its alternative names");
        assertRefused(
                made("CN=www.example.test,CN=other.example.test", www),
                "has a common name that is not among its alternative names");
        assertThat(GivenRequest.ofPem(made("CN=WWW.example.test,O=Shop", www)).dnsNames())
                .containsExactly("www.example.test");
    }

    @Test
    void namesThatAreNeitherDnsNamesNorAddressesAreRefused() throws Exception {
        assertRefused(
                made(
                        "",
                        new GeneralName(GeneralName.dNSName, "www.example.test"),
                        new GeneralName(GeneralName.rfc822Name, "me@example.test")),
                "has an alternative name that is no DNS name and no IP address");
        assertRefused(made("CN=www.example.test"), "has no alternative names");
    }

    @Test
    void whatIsNoRequestIsRefused() throws Exception {
        var key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        var fine = pem(SigningRequest.der(key.pair(), List.of("www.example.test"), null));

        assertThat(GivenRequest.ofPem(fine).dnsNames()).hasSize(1);
        assertRefused("", "must have one CERTIFICATE REQUEST in PEM, and has 0");
        assertRefused(fine + fine, "and has 2");
        assertRefused(key.toPem(), "and has 0");
        assertRefused(fine.replace("-----END", ""), "cannot be read as PKCS#10");
        assertRefused(pem(new byte[] {1, 2, 3}), "cannot be read as PKCS#10");
        assertRefused(pem("text".getBytes(StandardCharsets.US_ASCII)), "cannot be read as PKCS#10");
    }

    private static void assertRefused(String pem, String message) {
        assertThatThrownBy(() -> GivenRequest.ofPem(pem))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    private static String made(String subject, GeneralName... names) throws Exception {
        var key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256).pair();
        var extensions = new ExtensionsGenerator();
        if (names.length > 0) {
            extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        } else {
            extensions.addExtension(Extension.basicConstraints, false, new byte[] {0x30, 0});
        }
        return pem(new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), key.getPublic())
                .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
                .getEncoded());
    }

    private static String pem(byte[] der) {
        return Pem.write(List.of(new Pem("CERTIFICATE REQUEST", der)));
    }
}
