package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.caas.api.KeyAlgorithm;
import dev.caas.pki.CertificateKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the account Secret keeps, written and read again. */
class AccountSecretTest {
    private static final Instant NOW = Instant.parse("2026-11-22T07:00:00.123Z");
    private static final CertificateKey KEY = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);

    @Test
    void whatIsWrittenIsRead() throws Exception {
        var next = new AccountKey.Next(CertificateKey.generate(KeyAlgorithm.ECDSA_P384), NOW.plusSeconds(1));
        var rolling = account("now").rollingTo(next);
        var gone = account("before").deactivated(NOW.plusSeconds(2));

        var read = AccountSecret.from(secret(new AccountSecret(rolling, List.of(gone)).toData()));

        assertThat(text(read.current())).isEqualTo(text(rolling));
        var readNext = Objects.requireNonNull(read.current().next());
        assertThat(readNext.key().toPem()).isEqualTo(next.key().toPem());
        assertThat(readNext.createdAt()).isEqualTo(next.createdAt());
        assertThat(read.retired()).singleElement().satisfies(r -> {
            assertThat(text(r)).isEqualTo(text(gone));
            assertThat(r.isDeactivated()).isTrue();
        });
    }

    @Test
    void aSecretOfAnEarlierVersionIsReadAndItsKeyIsAsOldAsIt() throws Exception {
        var data = new HashMap<>(new AccountSecret(account("kid"), List.of()).toData());
        data.keySet().retainAll(List.of("key.pem", "server", "keyId", "url"));

        var read = AccountSecret.from(secret(data)).current();

        assertThat(read.createdAt()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(read.contacts()).isNull();
        assertThat(read.next()).isNull();
        assertThat(read.isRegistered()).isTrue();
    }

    @Test
    void retiredAccountsThatCannotBeReadDoNotKeepTheOthersFromUse() throws Exception {
        var data = new HashMap<>(new AccountSecret(account("kid"), List.of(account("old"))).toData());
        data.put("retired.json", base64("[{\"key\":\"none\"}]"));

        assertThat(AccountSecret.from(secret(data)).current().isRegistered()).isTrue();
        assertThat(AccountSecret.from(secret(data)).retired()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsKeptBesideTheOthersWhateverIsWritten() throws Exception {
        var data = new HashMap<>(new AccountSecret(account("kid"), List.of(account("old"))).toData());
        var garbled = "{\"key\":\"garbled\",\"keyId\":\"lost\"}";
        data.compute(
                "retired.json",
                (_, retired) -> base64(decoded(retired).replaceFirst("\\[", "[null,7," + garbled + ",")));

        var read = AccountSecret.from(secret(data));
        var written = read.movedTo(account("new")).with(account("old")).toData();

        assertThat(read.retired()).extracting(AccountKey::keyId).containsExactly("old");
        assertThat(decoded(written.get("retired.json"))).contains("null", "7", garbled);
        assertThat(AccountSecret.from(secret(written)).retired())
                .extracting(AccountKey::keyId)
                .containsExactly("kid", "old");
    }

    @Test
    void whatIsNoListOrNoJsonIsKeptToo() throws Exception {
        var data = new HashMap<>(new AccountSecret(account("kid"), List.of()).toData());

        data.put("retired.json", base64("[{\"key\": half"));
        var half = AccountSecret.from(secret(data)).toData();
        data.put("retired.json", base64("{\"key\":\"one\"}"));
        var one = AccountSecret.from(secret(data)).toData();

        assertThat(decoded(half.get("retired.json"))).isEqualTo("[\"[{\\\"key\\\": half\"]");
        assertThat(AccountSecret.from(secret(half)).toData()).as("read again").isEqualTo(half);
        assertThat(decoded(one.get("retired.json"))).isEqualTo("[{\"key\":\"one\"}]");
    }

    @Test
    void whatALaterVersionAddsToARetiredAccountDoesNotKeepItFromUse() throws Exception {
        var data = new HashMap<>(new AccountSecret(account("kid"), List.of(account("old"))).toData());
        data.compute("retired.json", (_, retired) -> base64(decoded(retired).replaceFirst("\\{", "{\"later\":1,")));

        assertThat(AccountSecret.from(secret(data)).retired())
                .extracting(AccountKey::keyId)
                .containsExactly("old");
    }

    @Test
    void whatOthersPutIntoTheSecretStaysAndWhatNoLongerHoldsGoes() throws Exception {
        var before = new AccountSecret(account("kid"), List.of(account("old")));
        var data = new HashMap<>(before.toData());
        data.put("theirs", base64("a note"));

        var after = new AccountSecret(account("kid"), List.of()).toDataOf(secret(data));

        assertThat(after).containsEntry("theirs", base64("a note")).doesNotContainKey("retired.json");
        assertThat(AccountSecret.from(secret(after)).current().keyId()).isEqualTo("kid");
    }

    @Test
    void everyDataKeyThatIsWrittenIsReplaced() throws Exception {
        var full = new AccountSecret(
                account("kid").rollingTo(new AccountKey.Next(KEY, NOW)).deactivated(NOW), List.of(account("old")));

        var bare = new AccountSecret(unregistered("kid"), List.of());

        assertThat(bare.toDataOf(secret(full.toData()))).isEqualTo(bare.toData());
    }

    @Test
    void anAccountThatComesBackIsNotRetiredAnyMore() throws Exception {
        var first = account("first");
        var second = account("second");

        var back = new AccountSecret(first, List.of()).movedTo(second).movedTo(first);

        assertThat(back.current()).isEqualTo(first);
        assertThat(back.retired()).containsExactly(second);
    }

    @Test
    void retiredAccountsAreBoundedAndThoseThatWereNeverRegisteredGoFirst() throws Exception {
        var all = new AccountSecret(account("0"), List.of()).movedTo(unregistered("mistyped"));
        for (int i = 1; i <= AccountSecret.MOST_RETIRED; i++) {
            all = all.movedTo(account(Integer.toString(i)));
        }

        assertThat(all.retired()).hasSize(AccountSecret.MOST_RETIRED);
        assertThat(all.retired()).extracting(AccountKey::keyId).contains("0").doesNotContain("mistyped");

        all = all.movedTo(account("last"));

        assertThat(all.retired())
                .extracting(AccountKey::keyId)
                .hasSize(AccountSecret.MOST_RETIRED)
                .doesNotContain("0");
    }

    @Test
    void nothingTellsAKey() throws Exception {
        var rolling = account("kid").rollingTo(new AccountKey.Next(KEY, NOW));

        assertThat(new AccountSecret(rolling, List.of(rolling), List.of(TextNode.valueOf("PRIVATE"))).toString())
                .doesNotContain("PRIVATE", "KeyPair");
    }

    private static AccountKey account(String keyId) throws Exception {
        return unregistered(keyId).registeredAs(url("https://ca.example/account/" + keyId));
    }

    private static AccountKey unregistered(String keyId) {
        return new AccountKey(KEY, NOW, "https://ca.example/dir", keyId, null, List.of("pki@example.test"), null, null);
    }

    /** All but the keys, whose equality says nothing, as text. */
    private static String text(AccountKey account) {
        return String.join(
                " ",
                account.key().toPem(),
                account.toString(),
                account.createdAt().toString(),
                String.valueOf(account.contacts()),
                String.valueOf(account.deactivatedAt()));
    }

    private static URL url(String text) throws Exception {
        return URI.create(text).toURL();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(@Nullable String base64) {
        return new String(Base64.getDecoder().decode(Objects.requireNonNull(base64)), StandardCharsets.UTF_8);
    }

    private static Secret secret(Map<String, String> data) {
        return new SecretBuilder()
                .withNewMetadata()
                .withName("acme-account")
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .withData(data)
                .build();
    }
}
