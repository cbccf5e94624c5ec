package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.kit.Specs;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidRequestException;
import dev.caas.pki.SigningRequest;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Example;

/** A request is used for exactly the names that were declared beside it, and so judged. */
class DeclaredRequestTest {
    private static final CertificateKey KEY = CertificateKey.generate(KeyAlgorithm.ECDSA_P384);

    @Example
    void aRequestForTheDeclaredNamesIsUsedInWhateverSpellingAndOrder() throws Exception {
        var request = DeclaredRequest.of(
                        spec(List.of("WWW.example.com.", "bücher.example"), "xn--bcher-kva.example", "www.example.com"))
                .orElseThrow();

        assertThat(request.keyAlgorithm()).isEqualTo(KeyAlgorithm.ECDSA_P384);
        assertThat(DeclaredRequest.of(Specs.of(
                        ManagedCertificateSpec.class,
                        Map.of("secretName", "tls", "dnsNames", List.of("a.example.com")))))
                .isEmpty();
    }

    @Example
    void aRequestForMoreOrFewerOrOtherNamesIsRefused() {
        for (var declared : List.of(
                List.of("a.example.com"),
                List.of("a.example.com", "b.example.com", "c.example.com"),
                List.of("a.example.com", "*.example.com"))) {
            assertThatThrownBy(() -> DeclaredRequest.of(spec(declared, "a.example.com", "b.example.com")))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageStartingWith("spec.csr is for a.example.com, b.example.com, and spec.dnsNames has ")
                    .hasMessageEndingWith("; they must be the same names");
        }
    }

    @Example
    void aMessageShowsFewOfManyNames() {
        var many =
                IntStream.range(10, 50).mapToObj(n -> "n" + n + ".example.com").toArray(String[]::new);

        assertThatThrownBy(() -> DeclaredRequest.of(spec(List.of("a.example.com"), many)))
                .hasMessageContaining("n14.example.com and 35 more, and spec.dnsNames has a.example.com");
    }

    /** An order for a given request is gone on with after a kill, without any key of ours. */
    @Example
    void aCheckpointKeepsAKeyOnlyWhereTheOperatorMadeIt() throws Exception {
        var ours = new Ordered(List.of("a.example.com"), null, KeyAlgorithm.ECDSA_P384, null, null, List.of(), null);
        var holders =
                new Ordered(List.of("a.example.com"), null, KeyAlgorithm.ECDSA_P384, null, null, List.of(), "ab12");
        var url = URI.create("https://ca.example.com/order/1").toURL();

        assertThat(read(new Checkpoint(KEY, url, "account", ours)).key()).isNotNull();
        assertThat(read(new Checkpoint(null, url, "account", holders)))
                .isEqualTo(new Checkpoint(null, url, "account", holders));
        assertThat(Checkpoint.from(new SecretBuilder()
                        .withData(new Checkpoint(null, url, "account", ours).toData())
                        .build()))
                .isEmpty();
    }

    private static Checkpoint read(Checkpoint checkpoint) {
        return Checkpoint.from(new SecretBuilder().withData(checkpoint.toData()).build())
                .orElseThrow();
    }

    private static ManagedCertificateSpec spec(List<String> declared, String... requested) {
        var pem = "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder().encodeToString(SigningRequest.der(KEY.pair(), List.of(requested), null))
                + "\n-----END CERTIFICATE REQUEST-----\n";
        return Specs.of(ManagedCertificateSpec.class, Map.of("secretName", "tls", "dnsNames", declared, "csr", pem));
    }
}
