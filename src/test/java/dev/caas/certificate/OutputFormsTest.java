package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificateSpec.PrivateKey.Encoding;
import dev.caas.api.OutputFormat;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** What further forms a certificate has in its Secret, whatever was there before. */
class OutputFormsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String THEIRS = "dGhlaXJz";
    private static final KeptCertificate KEPT = SelfSigned.kept(NOW, NOW.plusSeconds(3600), 1);
    private static final KeptCertificate NEXT = SelfSigned.kept(NOW, NOW.plusSeconds(7200), 2);

    @Property
    void theCombinedFileIsReadBackAsTheSameKeyAndChainWithTheKeyFirst(@ForAll KeyAlgorithm algorithm) throws Exception {
        var kept = new KeptCertificate(
                SelfSigned.chain(NOW, NOW.plusSeconds(60)),
                CertificateKey.generate(algorithm),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                List.of());

        var text = new String(
                octets(put(forms(Set.of(OutputFormat.CombinedPEM), kept), secret()), "tls-combined.pem"),
                StandardCharsets.US_ASCII);

        assertThat(CertificateKey.fromPem(text).toPem()).isEqualTo(key(kept).toPem());
        assertThat(CertificateChain.ofPem(text)).isEqualTo(kept.chain());
        assertThat(text).startsWith("-----BEGIN PRIVATE KEY-----\n").doesNotContain("\n\n");
    }

    @Property
    void whatIsDeclaredIsThereAndWhatIsNotAnyMoreIsGone(
            @ForAll Set<OutputFormat> before, @ForAll Set<OutputFormat> after, @ForAll boolean renewed) {
        var secret = put(forms(before, KEPT), secret());
        var kept = renewed ? NEXT : KEPT;
        var forms = forms(after, kept);

        var put = put(forms, secret);

        assertThat(forms.isIn(SecretContent.of(put))).isTrue();
        assertThat(put(forms, put)).isEqualTo(put);
        assertThat(put).isEqualTo(put(forms, secret()));
        assertThat(put.getData().containsKey("tls-combined.pem")).isEqualTo(after.contains(OutputFormat.CombinedPEM));
        assertThat(put.getData().containsKey("key.der")).isEqualTo(after.contains(OutputFormat.DER));
        assertThat(put.getData()).containsEntry("truststore.jks", THEIRS);
        assertThat(put.getMetadata().getAnnotations()).containsEntry("reloader", "on");
        assertThat(forms.isIn(SecretContent.of(secret)))
                .isEqualTo(before.equals(after) && !(renewed && after.contains(OutputFormat.CombinedPEM)));
    }

    @Property
    void aKeyThatWasTakenAwayOrDamagedIsNoticed(
            @ForAll OutputFormat format, @ForAll @IntRange(max = 1) int damaged, @ForAll boolean noteToo) {
        var forms = forms(Set.of(format), KEPT);
        var name = format == OutputFormat.DER ? "key.der" : "tls-combined.pem";
        var touched = edited(put(forms, secret()), name, damaged == 1 ? THEIRS : null);
        if (noteToo) {
            touched.getMetadata().setAnnotations(Map.of());
        }

        assertThat(forms.isIn(SecretContent.of(touched))).isFalse();
        assertThat(forms.isIn(SecretContent.of(put(forms, touched)))).isTrue();
    }

    @Example
    void aKeyThatSomebodyElsePutThereStaysUntilTheFormIsDeclared() {
        var theirs = edited(secret(), "key.der", THEIRS);
        var none = forms(Set.of(), KEPT);

        assertThat(none.isIn(SecretContent.of(theirs))).isTrue();
        assertThat(put(none, theirs)).isEqualTo(theirs);
        assertThat(put(forms(Set.of(OutputFormat.CombinedPEM), KEPT), theirs).getData())
                .containsEntry("key.der", THEIRS);
        assertThat(octets(put(forms(Set.of(OutputFormat.DER), KEPT), theirs), "key.der"))
                .isEqualTo(key(KEPT).toDer());
    }

    /** Ten thousand Secrets of a version that knew no formats are not written at a start. */
    @Example
    void aSecretWithoutFormatsIsAsItShouldBeWhenNoneIsDeclared() {
        var bare = new SecretBuilder()
                .withNewMetadata()
                .withName("www-tls")
                .endMetadata()
                .withData(KEPT.toData())
                .build();

        assertThat(forms(List.of(), KEPT).isIn(SecretContent.of(bare))).isTrue();
    }

    /** Of a certificate whose holder keeps the key there is nothing to write. */
    @Example
    void withoutTheKeyThereAreNoForms() {
        var keyless = new KeptCertificate(KEPT.chain(), null, null, null, null, null, List.of(), null, List.of());
        var forms = forms(Set.of(OutputFormat.values()), keyless);

        assertThat(put(forms, secret())).isEqualTo(secret());
        assertThat(put(forms, put(forms(Set.of(OutputFormat.values()), KEPT), secret())))
                .isEqualTo(secret());
    }

    @Property
    void theCombinedFileHasTheKeyAsTlsKeyHasIt(@ForAll Encoding encoding) {
        var forms = new OutputForms(Set.of(OutputFormat.CombinedPEM), KEPT, encoding);

        assertThat(new String(octets(put(forms, secret()), "tls-combined.pem"), StandardCharsets.US_ASCII))
                .isEqualTo(key(KEPT).toPem(encoding) + KEPT.chain().toPem());
    }

    private static OutputForms forms(Collection<OutputFormat> declared, KeptCertificate kept) {
        return new OutputForms(declared, kept, Encoding.PKCS8);
    }

    private static Secret put(SecretPart part, Secret secret) {
        return part.putInto(SecretContent.of(secret)).into(secret);
    }

    private static CertificateKey key(KeptCertificate kept) {
        return Objects.requireNonNull(kept.key());
    }

    private static Secret secret() {
        return new SecretBuilder()
                .withNewMetadata()
                .withName("www-tls")
                .addToAnnotations("reloader", "on")
                .endMetadata()
                .withData(new HashMap<>(Map.of("truststore.jks", THEIRS)))
                .build();
    }

    private static Secret edited(Secret secret, String key, @Nullable String value) {
        var builder = new SecretBuilder(secret).removeFromData(key);
        return value == null ? builder.build() : builder.addToData(key, value).build();
    }

    private static byte[] octets(Secret secret, String key) {
        return Base64.getDecoder().decode(secret.getData().get(key));
    }
}
