package dev.caas.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.KeyAlgorithm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateChainTest {
    private final TestCa ca = new TestCa();
    private final CertificateKey key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
    private final CertificateChain chain = ca.issue(key, "CN=A.Example.test", "B.example.test", "*.example.test");

    CertificateChainTest() throws Exception {}

    @ParameterizedTest
    @EnumSource
    void everyKindOfKeyIsRecognizedAndMatched(KeyAlgorithm algorithm) throws Exception {
        CertificateKey other = CertificateKey.generate(algorithm);

        CertificateChain issued = ca.issue(other, "", "a.example.test");

        assertThat(issued.keyAlgorithm()).contains(algorithm);
        assertThat(issued.matches(CertificateKey.fromPem(other.toPem()).pair().getPublic()))
                .isTrue();
        assertThat(issued.matches(key.pair().getPublic())).isFalse();
    }

    @Test
    void chainSurvivesPemAndTextAroundIt() throws Exception {
        CertificateChain read = CertificateChain.ofPem("subject=CN = a\n" + key.toPem() + chain.toPem());

        assertThat(read).isEqualTo(chain);
        assertThat(read.toPem()).isEqualTo(chain.toPem());
    }

    @Test
    void propertiesAreTheLeafs() {
        assertThat(chain.dnsNames()).containsExactly("*.example.test", "b.example.test");
        assertThat(chain.commonName()).contains("A.Example.test");
        assertThat(chain.serialNumber()).isEqualTo("abc2");
        assertThat(chain.fingerprint()).matches("[0-9a-f]{64}");
        assertThat(chain.issuer()).isEqualTo("O=Test,CN=Test Intermediate");
        assertThat(chain.notBefore()).isEqualTo(TestCa.NOT_BEFORE);
        assertThat(chain.notAfter()).isEqualTo(TestCa.NOT_AFTER);
        assertThat(chain).hasToString("CertificateChain[serial abc2, 2 certificates]");
    }

    @Test
    void bothEndsOfValidityAreValid() {
        assertThat(chain.validAt(TestCa.NOT_BEFORE)).isTrue();
        assertThat(chain.validAt(TestCa.NOT_AFTER)).isTrue();
        assertThat(chain.validAt(TestCa.NOT_BEFORE.minusSeconds(1))).isFalse();
        assertThat(chain.validAt(TestCa.NOT_AFTER.plusSeconds(1))).isFalse();
    }

    @Test
    void subjectOrNamesMayBeAbsent() throws Exception {
        assertThat(ca.issue(key, "", "a.example.test").commonName()).isEmpty();
        assertThat(ca.issue(key, "O=Test").commonName()).isEmpty();
        assertThat(ca.issue(key, "O=Test").dnsNames()).isEmpty();
    }

    @Test
    void orderIsByNameAndKey() throws Exception {
        TestCa namesake = new TestCa();

        assertOrdered(chain);
        assertOrdered(CertificateChain.of(List.of(chain.leaf())));
        assertOrdered(CertificateChain.of(List.of(chain.leaf(), ca.intermediate, ca.root)));
        assertDisordered(CertificateChain.of(List.of(ca.intermediate, chain.leaf())));
        assertDisordered(CertificateChain.of(List.of(chain.leaf(), ca.root)));
        assertDisordered(CertificateChain.of(List.of(chain.leaf(), namesake.intermediate)));
    }

    @Test
    void signaturesTellWhereKeyIdentifiersAreAbsent() throws Exception {
        TestCa namesake = new TestCa();
        CertificateChain old = ca.withoutKeyIdentifiers().issue(key, "", "a.example.test");

        assertOrdered(old);
        assertDisordered(CertificateChain.of(List.of(old.leaf(), namesake.intermediate)));
    }

    @Test
    void whatIsNoChainIsRefused() {
        String pem = chain.toPem();
        for (String text : List.of(
                "", "nonsense", key.toPem(), pem.replace("MII", "MIJ"), pem + "-----BEGIN CERTIFICATE-----\n")) {
            assertThatThrownBy(() -> CertificateChain.ofPem(text)).isInstanceOf(InvalidPemException.class);
        }
        assertThatThrownBy(() -> CertificateChain.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void addressesAreReadInTheirCanonicalForm() throws Exception {
        CertificateChain issued = ca.issue(key, "", "a.example.test", "192.0.2.1", "2001:db8:0:0:0:0:0:1");

        assertThat(issued.dnsNames()).containsExactly("a.example.test");
        assertThat(issued.ipAddresses()).containsExactly("192.0.2.1", "2001:db8::1");
        assertThat(issued.names()).containsExactly("192.0.2.1", "2001:db8::1", "a.example.test");
    }

    @Test
    void whatItLeadsToIsWhoIssuedTheLastCertificate() throws Exception {
        assertThat(chain.topmostIssuer()).contains("Test Root");
        assertThat(CertificateChain.of(List.of(chain.leaf())).topmostIssuer()).contains("Test Intermediate");
    }

    private static void assertOrdered(CertificateChain chain) {
        assertThat(chain.wellOrdered()).isTrue();
        assertThat(chain.inOrder()).isTrue();
    }

    private static void assertDisordered(CertificateChain chain) {
        assertThat(chain.wellOrdered()).isFalse();
        assertThat(chain.inOrder()).isFalse();
    }
}
