package dev.caas.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.KeyAlgorithm;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.DefaultAlgorithmNameFinder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SigningRequestTest {
    @ParameterizedTest
    @EnumSource
    void requestIsSignedByItsKeyWithTheHashOfItsSize(KeyAlgorithm algorithm) throws Exception {
        CertificateKey key = CertificateKey.generate(algorithm);

        var request = new PKCS10CertificationRequest(SigningRequest.der(key.pair(), List.of("a.example.test"), null));

        assertThat(request.isSignatureValid(
                        new JcaContentVerifierProviderBuilder().build(request.getSubjectPublicKeyInfo())))
                .isTrue();
        assertThat(request.getSubjectPublicKeyInfo().getEncoded())
                .isEqualTo(key.pair().getPublic().getEncoded());
        assertThat(new DefaultAlgorithmNameFinder().getAlgorithmName(request.getSignatureAlgorithm()))
                .isEqualTo(
                        switch (algorithm) {
                            case ECDSA_P256 -> "SHA256WITHECDSA";
                            case ECDSA_P384 -> "SHA384WITHECDSA";
                            case RSA_2048, RSA_3072, RSA_4096 -> "SHA256WITHRSA";
                            case ED25519 -> "ED25519";
                        });
    }

    @Test
    void namesAreInTheExtensionInTheirOrder() throws Exception {
        var request = request(List.of("*.example.test", "example.test", "xn--bcher-kva.example.test"), null);

        assertThat(names(request)).containsExactly("*.example.test", "example.test", "xn--bcher-kva.example.test");
        assertThat(request.getSubject().getRDNs()).isEmpty();
    }

    @Test
    void commonNameIsTheOnlyPartOfTheSubject() throws Exception {
        var request = request(List.of("a.example.test", "b.example.test"), "b.example.test");

        assertThat(request.getSubject()).hasToString("CN=b.example.test");
    }

    @Test
    void namesThatNoCaCouldTakeAreRefused() {
        for (List<String> names : List.of(
                List.<String>of(),
                List.of("a.test", "a.test"),
                List.of(""),
                List.of("bücher.test"),
                List.of("a b.test"))) {
            assertThatThrownBy(() -> request(names, null)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> request(List.of("a.test"), "a".repeat(65)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAddressIsAskedForAsAnAddress() throws Exception {
        var request = request(List.of("a.example.test", "192.0.2.1", "2001:db8::1"), null);

        var names = GeneralNames.fromExtensions(request.getRequestedExtensions(), Extension.subjectAlternativeName)
                .getNames();
        assertThat(names)
                .extracting(GeneralName::getTagNo)
                .containsExactly(GeneralName.dNSName, GeneralName.iPAddress, GeneralName.iPAddress);
        assertThat(names[1].getName()).hasToString("#c0000201");
        assertThat(names[2].getName()).hasToString("#20010db8000000000000000000000001");
    }

    private static PKCS10CertificationRequest request(List<String> names, @org.jspecify.annotations.Nullable String cn)
            throws Exception {
        CertificateKey key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        return new PKCS10CertificationRequest(SigningRequest.der(key.pair(), names, cn));
    }

    private static List<String> names(PKCS10CertificationRequest request) {
        GeneralNames names =
                GeneralNames.fromExtensions(request.getRequestedExtensions(), Extension.subjectAlternativeName);
        return Stream.of(names.getNames())
                .map(name -> name.getName().toString())
                .toList();
    }
}
