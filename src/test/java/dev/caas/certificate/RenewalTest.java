package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** When a certificate is due. */
class RenewalTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void aThirdIsLeftUnlessSaidOtherwise() {
        var kept = SelfSigned.kept(START, START.plus(Duration.ofDays(90)), 1);

        assertThat(Renewal.due(kept, null)).isBetween(START.plus(Duration.ofDays(56)), START.plus(Duration.ofDays(60)));
    }

    @Test
    void everyLookGivesTheSameTime() {
        var kept = SelfSigned.kept(START, START.plus(Duration.ofDays(90)), 1);

        assertThat(Renewal.due(kept, 50)).isEqualTo(Renewal.due(kept, 50));
    }

    @Test
    void certificatesIssuedTogetherAreNotRenewedTogether() {
        var times = IntStream.range(1, 50)
                .mapToObj(i -> Renewal.due(SelfSigned.kept(START, START.plus(Duration.ofDays(90)), i), null))
                .distinct();

        assertThat(times).hasSizeGreaterThan(40);
    }

    @Test
    void renewalWithoutEndIsNotPossible() {
        var kept = SelfSigned.kept(START, START.plus(Duration.ofDays(100)), 1);

        assertThat(Renewal.due(kept, 99)).isEqualTo(START.plus(Duration.ofDays(5)));
    }

    @Property(tries = 200)
    void renewalLeavesAtLeastThePartThatIsWanted(
            @ForAll @IntRange(min = 1, max = 90) int percentage,
            @ForAll @IntRange(min = 20, max = 400 * 86_400) int lifetimeSeconds) {
        var end = START.plusSeconds(lifetimeSeconds);
        var due = Renewal.due(SelfSigned.kept(START, end, 1), percentage);

        assertThat(due).isAfterOrEqualTo(START);
        assertThat(Duration.between(due, end).toMillis())
                .isGreaterThanOrEqualTo(lifetimeSeconds * 1000L * percentage / 100);
    }
}
