package dev.caas.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.AccountRef;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateSpec.PrivateKey;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeclarationTest {
    private static final TlsEntry WWW = entry("www-tls", "www.example.com");

    // ---- who asks ----

    @ParameterizedTest
    @ValueSource(strings = {"caas.dev/managed: true", "caas.dev/account: acme", "caas.dev/account: pki/acme"})
    void certificateIsAskedForBy(String annotation) {
        assertThat(certificates(declared(annotations(annotation), WWW)).wanted())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "caas.dev/managed: false",
                "caas.dev/managed: false, caas.dev/account: acme, caas.dev/nonsense: 1",
                "kubernetes.io/tls-acme: true",
                "other.caas.dev/managed: true",
                "cert-manager.io/cluster-issuer: letsencrypt, cert-manager.io/usages: any"
            })
    void nothingIsAskedForBy(String annotations) {
        assertThat(declared(annotations(annotations), WWW)).isEqualTo(Declaration.NOTHING);
    }

    @Test
    void operatorsOwnObjectsAskForNothing() {
        var meta = new ObjectMetaBuilder()
                .withAnnotations(annotations("caas.dev/managed: true"))
                .addToLabels("caas.dev/role", "solver")
                .build();

        assertThat(Declaration.of(meta, List.of(WWW), true)).isEqualTo(Declaration.NOTHING);
    }

    @Test
    void fieldsWithoutAnybodyAskingAreRemarkedUpon() {
        var declaration = certificates(declared(annotations("caas.dev/profile: short"), WWW));

        assertThat(declaration.wanted()).isEmpty();
        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .contains("caas.dev/profile")
                .contains("caas.dev/managed: \"true\"");
    }

    // ---- what of ----

    @Test
    void eachSecretIsACertificate() {
        var declaration = certificates(
                managed(entry("a-tls", "a.example.com", "b.example.com"), entry("c-tls", "*.c.example.com")));

        assertThat(declaration.warnings()).isEmpty();
        assertThat(declaration.wanted()).extracting(Wanted::secretName).containsExactly("a-tls", "c-tls");
        assertThat(declaration.wanted())
                .extracting(Wanted::dnsNames)
                .containsExactly(List.of("a.example.com", "b.example.com"), List.of("*.c.example.com"));
    }

    @Test
    void entriesThatShareASecretShareACertificate() {
        var declaration = certificates(managed(
                entry("tls", "b.example.com", "a.example.com"),
                entry("tls"),
                entry("tls", "A.example.com", "c.example.com")));

        assertThat(declaration.warnings()).isEmpty();
        assertThat(declaration.wanted())
                .singleElement()
                .satisfies(w ->
                        assertThat(w.dnsNames()).containsExactly("b.example.com", "a.example.com", "c.example.com"));
    }

    @Test
    void secretWithoutAnyHostStaysAsItIs() {
        var declaration = certificates(managed(WWW, new TlsEntry("spec.tls[1]", "bare", List.of())));

        assertThat(declaration.wanted()).extracting(Wanted::secretName).containsExactly("www-tls");
        assertThat(declaration.mentions("bare")).isTrue();
        assertThat(declaration.mentions("gone")).isFalse();
        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .contains("spec.tls[1]")
                .contains("'bare'");
    }

    @Test
    void moreHostsThanACertificateHoldsAreNotCutOff() {
        var hosts =
                IntStream.range(0, 101).mapToObj(i -> "h" + i + ".example.com").toArray(String[]::new);

        var declaration = certificates(managed(entry("many", hosts)));

        assertThat(declaration.wanted()).isEmpty();
        assertThat(declaration.mentions("many")).isTrue();
        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .contains("101")
                .contains("100");
    }

    // ---- fields ----

    @Test
    void everyAnnotationGoesIntoItsField() {
        var spec = spec("""
                caas.dev/account: pki/acme, caas.dev/common-name: WWW.example.com, caas.dev/duration: 720h,\
                caas.dev/renew-before-percentage: 25, caas.dev/private-key-algorithm: RSA,\
                caas.dev/private-key-size: 3072, caas.dev/profile: tlsserver, caas.dev/adopt-existing-secret: true""");

        assertThat(spec.accountRef()).isEqualTo(new AccountRef("acme", "pki"));
        assertThat(spec.commonName()).isEqualTo("www.example.com");
        assertThat(spec.duration()).isEqualTo("720h");
        assertThat(spec.renewBeforePercentage()).isEqualTo(25);
        assertThat(spec.privateKey())
                .isEqualTo(new PrivateKey(
                        PrivateKey.Algorithm.RSA, 3072, PrivateKey.Encoding.PKCS8, PrivateKey.RotationPolicy.Always));
        assertThat(spec.profile()).isEqualTo("tlsserver");
        assertThat(spec.adoptExistingSecret()).isTrue();
        assertThat(spec.secretName()).isEqualTo("www-tls");
        assertThat(spec.dnsNames()).containsExactly("www.example.com");
    }

    @Test
    void accountWithoutNamespaceIsInTheObjectsOwn() {
        assertThat(spec("caas.dev/account: acme").accountRef()).isEqualTo(new AccountRef("acme", null));
    }

    @Test
    void commonNameIsForTheCertificateThatHasIt() {
        var declaration = certificates(declared(
                annotations("caas.dev/managed: true, caas.dev/common-name: www.example.com"),
                WWW,
                entry("other", "other.example.com")));

        assertThat(declaration.wanted())
                .extracting(w -> w.spec().commonName())
                .containsExactly("www.example.com", null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            caas.dev/managed                 | yes                        | "true" or "false"
            caas.dev/managed                 | ''                         | "true" or "false"
            caas.dev/account                 | a/b/c                      | namespace/name
            caas.dev/account                 | Acme                       | namespace/name
            caas.dev/account                 | /acme                      | namespace/name
            caas.dev/account                 | ''                         | namespace/name
            caas.dev/common-name             | other.example.com          | none of the hosts
            caas.dev/common-name             | ' '                        | says nothing
            caas.dev/duration                | 90d                        | no duration
            caas.dev/duration                | 0h                         | no validity
            caas.dev/renew-before-percentage | 0                          | from 1 to 99
            caas.dev/renew-before-percentage | 100                        | from 1 to 99
            caas.dev/renew-before-percentage | 33%                        | from 1 to 99
            caas.dev/renew-before-percentage | 99999999999                | from 1 to 99
            caas.dev/private-key-algorithm   | rsa                        | ECDSA, RSA, Ed25519
            caas.dev/private-key-size        | 1024                       | 256, 384, 2048
            caas.dev/private-key-size        | 2048                       | does not go with ECDSA
            caas.dev/adopt-existing-secret   | yes                        | true, false
            caas.dev/duratoin                | 720h                       | caas.dev/duration
            caas.dev/                        | 720h                       | caas.dev/duration
            """)
    void whatCannotBeReadIsToldAndNothingIsApplied(String key, String value, String advice) {
        var annotations = new HashMap<>(Map.of("caas.dev/managed", "true", "caas.dev/profile", "short"));
        annotations.put(key, value);

        var declaration = declared(annotations, WWW);

        assertThat(declaration).isInstanceOf(Declaration.Unreadable.class);
        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .contains(key)
                .contains(advice);
    }

    /** Otherwise a slip in the key that asks would delete the certificates. */
    @Test
    void misspeltRequestDeletesNothing() {
        assertThat(declared(annotations("caas.dev/acount: acme"), WWW)).isInstanceOf(Declaration.Unreadable.class);
    }

    @Test
    void everyProblemIsTold() {
        var declaration =
                declared(annotations("caas.dev/managed: true, caas.dev/duration: x, caas.dev/nonsense: y"), WWW);

        assertThat(declaration.warnings()).hasSize(2);
    }

    @Test
    void whatSomebodyWroteIsShownBoundedAndHarmless() {
        var declaration = declared(Map.of("caas.dev/managed", "\u001b[2J\n\u202e" + "x".repeat(5000)), WWW);

        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .doesNotContain("\u001b", "\n", "\u202e")
                .hasSizeLessThan(200);
    }

    @ParameterizedTest
    @CsvSource({"RSA,2048", "RSA,3072", "RSA,4096", "ECDSA,256", "ECDSA,384"})
    void sizesGoWithTheirAlgorithm(String algorithm, int size) {
        var spec = spec("caas.dev/managed: true, caas.dev/private-key-algorithm: %s, caas.dev/private-key-size: %d"
                .formatted(algorithm, size));

        assertThat(spec.privateKey())
                .isEqualTo(new PrivateKey(
                        PrivateKey.Algorithm.valueOf(algorithm),
                        size,
                        PrivateKey.Encoding.PKCS8,
                        PrivateKey.RotationPolicy.Always));
    }

    @ParameterizedTest
    @CsvSource({"RSA,256", "RSA,384", "ECDSA,3072", "Ed25519,256"})
    void sizesDoNotGoWithAnother(String algorithm, int size) {
        assertThat(declared(
                        annotations(
                                "caas.dev/managed: true, caas.dev/private-key-algorithm: %s, caas.dev/private-key-size: %d"
                                        .formatted(algorithm, size)),
                        WWW))
                .isInstanceOf(Declaration.Unreadable.class);
    }

    // ---- cert-manager ----

    @Test
    void certManagersAnnotationsAreUnderstoodWhenSwitchedOn() {
        var declaration = certificates(migrated("""
                cert-manager.io/cluster-issuer: letsencrypt, cert-manager.io/common-name: www.example.com,\
                cert-manager.io/duration: 2160h0m0s, cert-manager.io/renew-before-percentage: 30,\
                cert-manager.io/private-key-algorithm: ECDSA, cert-manager.io/private-key-size: 384,\
                cert-manager.io/private-key-encoding: PKCS8, cert-manager.io/private-key-rotation-policy: Never,\
                cert-manager.io/issuer-kind: ClusterIssuer"""));

        assertThat(declaration.warnings()).isEmpty();
        var spec = declaration.wanted().getFirst().spec();
        assertThat(spec.accountRef()).isNull();
        assertThat(spec.commonName()).isEqualTo("www.example.com");
        assertThat(spec.duration()).isEqualTo("2160h0m0s");
        assertThat(spec.renewBeforePercentage()).isEqualTo(30);
        assertThat(spec.privateKey())
                .isEqualTo(new PrivateKey(
                        PrivateKey.Algorithm.ECDSA, 384, PrivateKey.Encoding.PKCS8, PrivateKey.RotationPolicy.Never));
        assertThat(spec.adoptExistingSecret()).isTrue();
    }

    @Test
    void certManagersDefaultKeyIsKept() {
        var wanted = certificates(migrated("cert-manager.io/issuer: acme")).wanted();

        assertThat(wanted.getFirst().spec().privateKey())
                .isEqualTo(new PrivateKey(
                        PrivateKey.Algorithm.RSA, 0, PrivateKey.Encoding.PKCS8, PrivateKey.RotationPolicy.Always));
    }

    @Test
    void ownAnnotationsWinOverCertManagers() {
        var declaration = certificates(migrated("""
                cert-manager.io/issuer: letsencrypt, cert-manager.io/duration: nonsense, caas.dev/duration: 720h,\
                caas.dev/account: acme, caas.dev/adopt-existing-secret: false"""));

        var spec = declaration.wanted().getFirst().spec();
        assertThat(spec.duration()).isEqualTo("720h");
        assertThat(spec.accountRef()).isEqualTo(new AccountRef("acme", null));
        assertThat(spec.adoptExistingSecret()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "usages: server auth",
                "revision-history-limit: 1",
                "private-key-encoding: PKCS1",
                "subject-organizations: Example"
            })
    void whatHasNoCounterpartIsNamedAndTheRestApplied(String annotation) {
        var declaration = certificates(migrated("cert-manager.io/issuer: acme, cert-manager.io/" + annotation));

        assertThat(declaration.wanted()).hasSize(1);
        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .contains("cert-manager.io/" + annotation.substring(0, annotation.indexOf(':')));
    }

    @Test
    void certManagersValueThatCannotBeReadIsNamedByItsOwnKey() {
        var declaration = migrated("cert-manager.io/issuer: acme, cert-manager.io/private-key-size: 521");

        assertThat(declaration).isInstanceOf(Declaration.Unreadable.class);
        assertThat(declaration.warnings())
                .singleElement()
                .asString()
                .contains("cert-manager.io/private-key-size '521'");
    }

    @Test
    void anIssuerDoesNotOverrideARefusal() {
        assertThat(migrated("cert-manager.io/issuer: acme, caas.dev/managed: false"))
                .isEqualTo(Declaration.NOTHING);
    }

    // ---- given ----

    private static TlsEntry entry(String secret, String... hosts) {
        return new TlsEntry("listener '" + secret + "'", secret, List.of(hosts));
    }

    private static Declaration managed(TlsEntry... entries) {
        return declared(annotations("caas.dev/managed: true"), entries);
    }

    private static Declaration declared(Map<String, String> annotations, TlsEntry... entries) {
        return Declaration.of(meta(annotations), List.of(entries), false);
    }

    private static Declaration migrated(String annotations) {
        return Declaration.of(meta(annotations(annotations)), List.of(WWW), true);
    }

    private static ManagedCertificateSpec spec(String annotations) {
        return certificates(declared(annotations(annotations), WWW))
                .wanted()
                .getFirst()
                .spec();
    }

    private static Declaration.Certificates certificates(Declaration declaration) {
        assertThat(declaration).as("%s", declaration.warnings()).isInstanceOf(Declaration.Certificates.class);
        return (Declaration.Certificates) declaration;
    }

    private static ObjectMeta meta(Map<String, String> annotations) {
        return new ObjectMetaBuilder().withAnnotations(annotations).build();
    }

    /** As in {@code key: value, key: value}. */
    private static Map<String, String> annotations(String text) {
        Function<String, String[]> split = a -> a.split(": ", 2);
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(a -> !a.isEmpty())
                .map(split)
                .collect(Collectors.toMap(a -> a[0], a -> a[1]));
    }
}
