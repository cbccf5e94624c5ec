package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificateSpec.Pkcs12.Profile;
import dev.caas.api.Reason;
import dev.caas.certificate.KeystoreFiles.Declared;
import dev.caas.certificate.KeystoreFiles.Kind;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.JksFormat;
import dev.caas.pki.KeystoreEntry;
import dev.caas.pki.Password;
import dev.caas.pki.Pkcs12Format;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Which keystores a Secret gets, keeps and loses, whatever was there before. */
class KeystoreFilesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final KeptCertificate KEPT = kept(1);
    private static final KeptCertificate NEXT = kept(2);
    private static final SecretContent BARE =
            new SecretContent(Map.of("other.p12", "dGhlaXJz"), Map.of("team", "shop"), Map.of("reloader", "on"));

    /** Writing is salted, so this is the law that keeps the operator from writing without end. */
    @Property(tries = 30)
    void whatIsDeclaredIsThereWhatIsNotIsGoneAndNothingIsWrittenTwice(
            @ForAll Set<Kind> before, @ForAll Set<Kind> after) {
        var content = files(before, "one", KEPT).putInto(BARE);
        var files = files(after, "one", KEPT);

        var put = files.putInto(content);

        assertThat(put.data().keySet()).isEqualTo(names(after));
        assertThat(files.isIn(put)).isTrue();
        assertThat(files.isIn(content)).isEqualTo(before.equals(after));
        assertThat(files(Set.of(), "one", KEPT).putInto(put)).isEqualTo(BARE);
        before.stream()
                .filter(after::contains)
                .forEach(kind -> assertThat(put.data()).containsAllEntriesOf(only(content, kind)));
    }

    @Property(tries = 20)
    void aRenewalAPasswordAnAliasAndAnEditAreNoticed(@ForAll Kind kind) {
        var content = files(Set.of(kind), "one", KEPT).putInto(BARE);
        var keystore = "keystore." + (kind == Kind.PKCS12 ? "p12" : "jks");

        assertThat(files(Set.of(kind), "one", KEPT).isIn(content)).isTrue();
        assertThat(files(Set.of(kind), "one", NEXT).isIn(content)).isFalse();
        assertThat(files(Set.of(kind), "two", KEPT).isIn(content)).isFalse();
        assertThat(new KeystoreFiles(List.of(declared(kind, "web", password("one"))), KEPT).isIn(content))
                .isFalse();
        assertThat(files(Set.of(kind), "one", KEPT).isIn(content.withText(keystore, "garbage")))
                .isFalse();
        assertThat(files(Set.of(kind), "one", KEPT).isIn(content.without(keystore)))
                .isFalse();
        assertThat(files(Set.of(kind), "one", KEPT).isIn(content.withNote("caas.dev/keystores", "")))
                .isFalse();
    }

    @Example
    void theProfileIsPartOfWhatIsDeclared() {
        var content = files(Set.of(Kind.PKCS12), "one", KEPT).putInto(BARE);
        var legacy = new KeystoreFiles(
                List.of(new Declared(Kind.PKCS12, new Pkcs12Format(Profile.Legacy), "www", password("one"))), KEPT);

        assertThat(legacy.isIn(content)).isFalse();
        assertThat(legacy.isIn(legacy.putInto(content))).isTrue();
    }

    /** It may come back any moment, and a program that has the file open goes on with it until then. */
    @Example
    void withoutItsPasswordAKeystoreIsLeftAsItIs() {
        var nowhere =
                new KeystorePasswords.Nowhere(new Hindrance(Reason.SecretNotFound, "there is no Secret 'password'."));
        var files = new KeystoreFiles(List.of(declared(Kind.JKS, "www", nowhere)), NEXT);
        var content = files(Set.of(Kind.JKS), "one", KEPT).putInto(BARE);

        assertThat(files.putInto(content)).isEqualTo(content);
        assertThat(files.putInto(BARE)).isEqualTo(BARE);
        assertThat(KeystorePasswords.hindrance(
                        List.of(declared(Kind.PKCS12, "www", password("one")), declared(Kind.JKS, "www", nowhere))))
                .contains(nowhere.hindrance());
        assertThat(files(Set.of(), "one", NEXT).putInto(content)).isEqualTo(BARE);
    }

    /** A leaf alone has nobody to trust; what somebody else put there for it stays. */
    @Example
    void aTruststoreOfSomebodyElseStaysWhereThereAreNoIssuers() {
        var alone = new KeptCertificate(
                CertificateChain.of(List.of(KEPT.chain().leaf())),
                KEPT.key(),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                List.of());
        var theirs = BARE.withText("truststore.jks", "theirs");

        var put = files(Set.of(Kind.JKS), "one", alone).putInto(theirs);

        assertThat(put.text("truststore.jks")).isEqualTo("theirs");
        assertThat(new JksFormat()
                        .holds(
                                put.octets("keystore.jks").orElseThrow(),
                                new KeystoreEntry("www", alone.chain(), Objects.requireNonNull(alone.key())),
                                Password.of("one".getBytes(StandardCharsets.US_ASCII))
                                        .orElseThrow()))
                .isTrue();
    }

    private static KeptCertificate kept(long serial) {
        var leaf = SelfSigned.kept(NOW, NOW.plusSeconds(3600), serial);
        var issuer = SelfSigned.chain(NOW, NOW.plusSeconds(7200), 100 + serial);
        var chain = CertificateChain.of(List.of(leaf.chain().leaf(), issuer.leaf()));
        return new KeptCertificate(chain, leaf.key(), NOW, null, null, null, List.of(), null, List.of());
    }

    private static KeystoreFiles files(Set<Kind> kinds, String password, KeptCertificate kept) {
        return new KeystoreFiles(
                kinds.stream().map(k -> declared(k, "www", password(password))).toList(), kept);
    }

    private static Declared declared(Kind kind, String alias, KeystorePasswords.Found password) {
        return new Declared(
                kind, kind == Kind.PKCS12 ? new Pkcs12Format(Profile.Modern) : new JksFormat(), alias, password);
    }

    private static KeystorePasswords.Found password(String text) {
        return new KeystorePasswords.At(
                Password.of(text.getBytes(StandardCharsets.US_ASCII)).orElseThrow());
    }

    private static Set<String> names(Set<Kind> kinds) {
        return Stream.concat(Stream.of("other.p12"), kinds.stream().flatMap(KeystoreFilesTest::files))
                .collect(Collectors.toSet());
    }

    private static Stream<String> files(Kind kind) {
        return kind == Kind.PKCS12
                ? Stream.of("keystore.p12", "truststore.p12")
                : Stream.of("keystore.jks", "truststore.jks");
    }

    private static Map<String, String> only(SecretContent content, Kind kind) {
        return files(kind).collect(Collectors.toMap(f -> f, f -> content.data().get(f)));
    }
}
