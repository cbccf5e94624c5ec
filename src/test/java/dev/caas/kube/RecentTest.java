package dev.caas.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** Values that are good for a short while. */
class RecentTest {
    private final Hand clock = new Hand();
    private final Recent<String, String> recent = new Recent<>(Duration.ofSeconds(30), clock);

    @Test
    void aValueIsThereUntilItsTimeIsOver() {
        recent.put("a", "1");
        clock.now = clock.now.plusSeconds(29);
        assertThat(recent.get("a")).contains("1");

        clock.now = clock.now.plusSeconds(1);
        assertThat(recent.get("a")).isEmpty();
    }

    @Test
    void puttingAgainStartsTheTimeAgain() {
        recent.put("a", "1");
        clock.now = clock.now.plusSeconds(20);
        recent.put("b", "1");
        recent.put("a", "2");
        clock.now = clock.now.plusSeconds(20);

        assertThat(recent.get("a")).contains("2");
    }

    @Test
    void onlyTheVeryValueIsRemoved() {
        recent.put("a", "old");
        recent.put("a", "new");

        recent.remove("a", "old");

        assertThat(recent.get("a")).contains("new");
    }

    private static final class Hand extends Clock {
        private Instant now = Instant.parse("2026-03-01T12:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
