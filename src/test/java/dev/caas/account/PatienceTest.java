package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.SteppedClock;
import dev.caas.kube.ObjectName;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How long is waited for what others may never do. */
class PatienceTest {
    private static final ObjectName ONE = new ObjectName("team", "one");
    private static final ObjectName OTHER = new ObjectName("team", "other");

    private final SteppedClock clock = new SteppedClock(Instant.parse("2026-11-22T07:00:00Z"));
    private final Patience patience = new Patience(clock);

    @Test
    void itLastsTenMinutesFromTheFirstQuestion() {
        assertThat(patience.lasts(ONE)).isTrue();
        clock.pass(Duration.ofMinutes(10).minusSeconds(1));
        assertThat(patience.lasts(ONE)).isTrue();
        clock.pass(Duration.ofSeconds(1));

        assertThat(patience.lasts(ONE)).isFalse();
        assertThat(patience.lasts(OTHER)).isTrue();
    }

    @Test
    void theNextWaitBeginsAnew() {
        patience.lasts(ONE);
        clock.pass(Duration.ofMinutes(10));
        assertThat(patience.lasts(ONE)).isFalse();

        patience.end(ONE);

        assertThat(patience.lasts(ONE)).isTrue();
    }
}
