package dev.caas.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificateSpec.Pkcs12.Profile;
import dev.caas.kit.Tool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.MacData;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Keystores, opened by the programs that people open them with. */
class KeystoreFormatTest {
    private static final String PASSWORD = "p@ss w0rd $1:";
    private static final String ASCII_PASSWORD = "changeit";

    private static KeystoreEntry entry;
    private static List<X509Certificate> issuers;

    @TempDir
    private Path dir;

    @BeforeAll
    static void entry() throws Exception {
        entry = entry(KeyAlgorithm.RSA_2048);
        issuers = entry.chain().issuers();
    }

    static Stream<KeystoreFormat> formats() {
        return Stream.of(new Pkcs12Format(Profile.Modern), new Pkcs12Format(Profile.Legacy), new JksFormat());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void keytoolListsKeyAndIssuers(KeystoreFormat format) throws Exception {
        var keystore = file("keystore", format.keystore(entry, password(ASCII_PASSWORD)));
        var truststore = file("truststore", format.truststore(issuers, password(ASCII_PASSWORD)));

        assertThat(list(keystore))
                .contains("contains 1 entry", "Alias name: www", "Entry type: PrivateKeyEntry")
                .contains(
                        "Certificate chain length: 2",
                        "Serial number: " + entry.chain().serialNumber());
        assertThat(list(truststore))
                .contains("contains 1 entry", "Alias name: issuer-1", "Entry type: trustedCertEntry")
                .contains(
                        "Serial number: " + issuers.getFirst().getSerialNumber().toString(16));
        assertThat(Tool.keytool().refusal(dir, "-list", "-keystore", keystore.toString(), "-storepass", "wrong one"))
                .contains("password was incorrect");
    }

    @ParameterizedTest
    @EnumSource
    void opensslReadsPkcs12WithTheAlgorithmsOfItsProfile(Profile profile) throws Exception {
        var keystore = file("keystore.p12", new Pkcs12Format(profile).keystore(entry, password(PASSWORD)));
        var openssl = Tool.openssl();

        var told = profile == Profile.Legacy
                ? openssl.run(
                        dir,
                        "pkcs12",
                        "-in",
                        keystore.toString(),
                        "-passin",
                        "pass:" + PASSWORD,
                        "-nodes",
                        "-info",
                        "-legacy")
                : openssl.run(
                        dir, "pkcs12", "-in", keystore.toString(), "-passin", "pass:" + PASSWORD, "-nodes", "-info");

        assertThat(CertificateKey.fromPem(told).pair().getPublic())
                .isEqualTo(entry.key().pair().getPublic());
        assertThat(CertificateChain.ofPem(told).certificates())
                .containsExactlyElementsOf(entry.chain().certificates());
        assertThat(told).contains("friendlyName: www");
        // Without the base64, in which any three letters stand now and then.
        var algorithms = told.replaceAll("(?s)-----BEGIN .*?-----END [^\\n]*", "");
        if (profile == Profile.Legacy) {
            assertThat(algorithms)
                    .contains("MAC: sha1, Iteration 10000", "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 10000")
                    .doesNotContain("AES", "RC2");
        } else {
            assertThat(algorithms)
                    .contains(
                            "MAC: sha256, Iteration 10000",
                            "PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256")
                    .doesNotContain("DES", "sha1");
        }
        assertThat(openssl.refusal(dir, "pkcs12", "-in", keystore.toString(), "-passin", "pass:wrong", "-nodes"))
                .contains("invalid password");
    }

    @ParameterizedTest
    @EnumSource
    void everyKindOfKeyComesBackFromEveryFormat(KeyAlgorithm algorithm) throws Exception {
        var entry = entry(algorithm);

        for (var format : formats().toList()) {
            var file = format.keystore(entry, password(PASSWORD));

            assertThat(format.holds(file, entry, password(PASSWORD))).isTrue();
            assertThat(format.holds(format.keystore(entry, password(PASSWORD)), entry, password(PASSWORD)))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void aKeystoreThatIsNotJustWhatIsWantedIsNoticed(KeystoreFormat format) throws Exception {
        var fine = format.keystore(entry, password(PASSWORD));
        var renewed = entry(KeyAlgorithm.RSA_2048);
        var damaged = fine.clone();
        damaged[damaged.length / 2] ^= 1;

        assertThat(format.holds(fine, entry, password(PASSWORD))).isTrue();
        assertThat(format.holds(fine, entry, password(PASSWORD + "2"))).isFalse();
        assertThat(format.holds(fine, renewed, password(PASSWORD))).isFalse();
        assertThat(format.holds(fine, new KeystoreEntry("web", entry.chain(), entry.key()), password(PASSWORD)))
                .isFalse();
        assertThat(format.holds(
                        fine,
                        new KeystoreEntry("www", entry.chain(), CertificateKey.generate(KeyAlgorithm.RSA_2048)),
                        password(PASSWORD)))
                .isFalse();
        assertThat(format.holds(damaged, entry, password(PASSWORD))).isFalse();
        assertThat(format.holds(new byte[0], entry, password(PASSWORD))).isFalse();
        assertThat(format.holds("theirs".getBytes(StandardCharsets.US_ASCII), entry, password(PASSWORD)))
                .isFalse();
        formats()
                .filter(other -> !sameAs(other, format))
                .forEach(other ->
                        assertThat(other.holds(fine, entry, password(PASSWORD))).isFalse());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void aTruststoreThatIsNotJustWhatIsWantedIsNoticed(KeystoreFormat format) throws Exception {
        var fine = format.truststore(issuers, password(PASSWORD));
        var other = entry(KeyAlgorithm.ECDSA_P256).chain().issuers();

        assertThat(format.trusts(fine, issuers, password(PASSWORD))).isTrue();
        assertThat(format.trusts(fine, issuers, password("other"))).isFalse();
        assertThat(format.trusts(fine, other, password(PASSWORD))).isFalse();
        assertThat(format.trusts(
                        fine, Stream.concat(issuers.stream(), other.stream()).toList(), password(PASSWORD)))
                .isFalse();
        assertThat(format.trusts(format.keystore(entry, password(PASSWORD)), issuers, password(PASSWORD)))
                .isFalse();
        assertThat(format.trusts(new byte[] {1}, issuers, password(PASSWORD))).isFalse();
    }

    /** Whoever may write the Secret must not be able to keep the operator busy. */
    @Test
    void aFileThatWouldCostMoreThanOursIsNotOpened() throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("issuer-1", issuers.getFirst());
        var out = new ByteArrayOutputStream();
        store.store(out, PASSWORD.toCharArray());
        var ours = new Pkcs12Format(Profile.Modern);
        var pfx = Pfx.getInstance(out.toByteArray());
        var mac = pfx.getMacData();
        var costly =
                new Pfx(pfx.getAuthSafe(), new MacData(mac.getMac(), mac.getSalt(), Integer.MAX_VALUE)).getEncoded();

        assertThat(ours.isOurs(ours.truststore(issuers, password(PASSWORD)), password(PASSWORD)))
                .isTrue();
        assertThat(ours.isOurs(costly, password(PASSWORD))).isFalse();
    }

    @Test
    void aPasswordIsTextAndShowsItselfToNobody() {
        assertThat(Password.of(new byte[0])).isEmpty();
        assertThat(Password.of("pässword".getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(password("line\n").characters()).isEqualTo("line\n".toCharArray());
        assertThat(password(PASSWORD).toString()).isEqualTo("Password");
    }

    /** As a JVM does it that is told to trust it. */
    @Test
    void javaTrustsWhatIsInTheTruststore() throws Exception {
        for (var format : formats().toList()) {
            var file = file("truststore", format.truststore(issuers, password(PASSWORD)));
            var store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());

            var trust = new PKIXParameters(store);

            assertThat(trust.getTrustAnchors())
                    .extracting(TrustAnchor::getTrustedCert)
                    .containsExactlyElementsOf(issuers);
        }
    }

    private static boolean sameAs(KeystoreFormat one, KeystoreFormat other) {
        return one.isOurs(one.truststore(List.of(), password("x")), password("x"))
                && other.isOurs(one.truststore(List.of(), password("x")), password("x"));
    }

    private static KeystoreEntry entry(KeyAlgorithm algorithm) throws Exception {
        var key = CertificateKey.generate(algorithm);
        return new KeystoreEntry("www", new TestCa().issue(key, "", "www.example.test"), key);
    }

    private static Password password(String text) {
        return Password.of(text.getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    private String list(Path file) {
        return Tool.keytool().run(dir, "-list", "-v", "-keystore", file.toString(), "-storepass", ASCII_PASSWORD);
    }

    private Path file(String name, byte[] octets) throws IOException {
        return Files.write(dir.resolve(name), octets);
    }
}
