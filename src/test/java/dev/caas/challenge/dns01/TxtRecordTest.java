package dev.caas.challenge.dns01;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TxtRecordTest {
    @Test
    void namesInAnyCaseAreTheSame() {
        assertThat(new TxtRecord("_ACME-challenge.A.test", "x"))
                .isEqualTo(new TxtRecord("_acme-challenge.a.test", "x"));
    }

    @Test
    void whatDnsCannotHoldIsRefused() {
        for (String name : List.of("", "a.test.", ".a.test", "a..test", "ä.test", "*.a.test", "a b", "a".repeat(64))) {
            assertThatThrownBy(() -> new TxtRecord(name, "x")).isInstanceOf(IllegalArgumentException.class);
        }
        for (String value : List.of("", "x".repeat(256), "quo\"te", "back\\slash", "ü", "line\nbreak")) {
            assertThatThrownBy(() -> new TxtRecord("a.test", value))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a.test");
        }
    }
}
