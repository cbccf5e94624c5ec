package dev.caas.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** MAC keys come in every dialect of base64. */
class ExternalAccountBindingTest {
    @Property(tries = 200)
    void everyDialectGivesTheSameKey(@ForAll @Size(min = 1, max = 64) byte[] key) {
        var url = Base64.getUrlEncoder();

        assertThat(read(url.encodeToString(key))).isEqualTo(key);
        assertThat(read(url.withoutPadding().encodeToString(key))).isEqualTo(key);
        assertThat(read(Base64.getEncoder().encodeToString(key))).isEqualTo(key);
        assertThat(read(" " + url.encodeToString(key) + "\n")).isEqualTo(key);
    }

    @Test
    void nonsenseIsRefusedWithoutBeingQuoted() {
        assertThatThrownBy(() -> read("s3cr3t!s3cr3t"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("s3cr3t")
                .hasNoCause();
        assertThatThrownBy(() -> read("")).hasMessageContaining("empty");
    }

    @Test
    void theKeyIsNotShown() {
        assertThat(ExternalAccountBinding.of("kid", "c2VjcmV0", "HS256").toString())
                .doesNotContain("c2VjcmV0")
                .contains("kid");
    }

    private static byte[] read(String text) {
        return ExternalAccountBinding.of("kid", text, "HS256").macKey().getEncoded();
    }
}
