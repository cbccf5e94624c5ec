package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeFailures;
import dev.caas.acme.Step;
import dev.caas.api.Reason;
import dev.caas.challenge.dns01.DnsException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** How failed attempts are spaced. */
class SetbackTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void attemptsAfterAPassingFaultStartWithinSecondsAndStayBelowAnHourAndATenth() {
        var passing = Setback.of(new DnsException(DnsException.Kind.UNREACHABLE, "no answer"));

        assertThat(wait(passing, 1)).isLessThanOrEqualTo(Duration.ofSeconds(7));
        assertThat(wait(passing, 1_000)).isBetween(Duration.ofHours(1), Duration.ofMinutes(67));
    }

    @Test
    void aRefusedKeyIsAFailedChallengeThatIsTriedAgainAfterAMinute() {
        var refused = Setback.of(new DnsException(DnsException.Kind.REFUSED, "BADKEY"));

        assertThat(refused.reason()).isEqualTo(Reason.ChallengeFailed);
        assertThat(wait(refused, 1)).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(67));
    }

    @Test
    void theTimeTheCaStatesIsKept() {
        var waiting = Setback.waiting("finalize", NOW.plusSeconds(300), Duration.ZERO, NOW);

        assertThat(waiting.isFailure()).isFalse();
        assertThat(wait(waiting, 1)).isBetween(Duration.ofSeconds(300), Duration.ofSeconds(331));
    }

    @Test
    void aStatedTimeFarAwayIsNotBelieved() {
        var waiting = Setback.waiting("finalize", NOW.plus(Duration.ofDays(3650)), Duration.ZERO, NOW);

        assertThat(wait(waiting, 1)).isLessThan(Duration.ofHours(27));
    }

    @Test
    void theLongerTheCaHasAnOrderTheLessOftenItIsAsked() {
        var fresh = Setback.waiting("finalize", NOW.plusSeconds(1), Duration.ofSeconds(20), NOW);
        var old = Setback.waiting("finalize", NOW.plusSeconds(1), Duration.ofMinutes(4), NOW);
        var older = Setback.waiting("finalize", NOW.plusSeconds(1), Duration.ofDays(1), NOW);

        assertThat(wait(fresh, 1)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(7));
        assertThat(wait(old, 1)).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(67));
        assertThat(wait(older, 1)).isBetween(Duration.ofSeconds(300), Duration.ofSeconds(331));
    }

    @Test
    void aCaThatAlwaysSaysInASecondIsAskedLessAndLessOften() {
        var limited =
                Setback.of(AcmeFailures.problem(Step.NEW_ORDER, "rateLimited", "a moment", 429, NOW.plusSeconds(1)));
        var refused =
                Setback.of(AcmeFailures.problem(Step.NEW_ORDER, "rejectedIdentifier", "no", 403, NOW.plusSeconds(1)));

        assertThat(wait(limited, 1)).isLessThanOrEqualTo(Duration.ofSeconds(7));
        assertThat(wait(limited, 100)).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(12));
        assertThat(wait(refused, 1)).isGreaterThanOrEqualTo(Duration.ofHours(1));
    }

    /** Each attempt costs an order that nobody goes on with; an API server that just starts refuses only for a moment. */
    @Test
    void aCheckpointThatIsRefusedIsTriedAgainWithinSecondsAndThenOnceADay() {
        var refused = Setback.checkpointRefused(new KubernetesClientException("exceeded quota", 403, null));
        var tooMany = Setback.checkpointRefused(new KubernetesClientException("slow down", 429, null));

        assertThat(refused.step()).isEqualTo("newOrder");
        assertThat(wait(refused, 1)).isLessThanOrEqualTo(Duration.ofSeconds(7));
        assertThat(wait(refused, 100)).isGreaterThanOrEqualTo(DAY);
        assertThat(wait(tooMany, 100)).isLessThan(Duration.ofHours(2));
    }

    @Property(tries = 200)
    void theNextAttemptIsAlwaysAhead(@ForAll @IntRange(min = 0, max = 100_000) int attempts, @ForAll long seed) {
        var failed = Setback.of(new DnsException(DnsException.Kind.OTHER, "SERVFAIL"));

        assertThat(failed.nextAttempt(attempts, NOW, new Random(seed))).isAfter(NOW);
    }

    /** Retry-After is kept up to a day, whatever else is wrong; nobody comes back before, and all come some time. */
    @Property
    void theCasTimeIsKeptWithinADay(
            @ForAll("failures") AcmeFailure failure,
            @ForAll @IntRange(min = 1, max = 100) int attempts,
            @ForAll long seed) {
        var next = Setback.of(failure).nextAttempt(attempts, NOW, new Random(seed));

        assertThat(next).isAfter(NOW).isBefore(NOW.plus(Duration.ofHours(27)));
        failure.retryAfter()
                .map(asked -> asked.isAfter(NOW.plus(DAY)) ? NOW.plus(DAY) : asked)
                .ifPresent(asked -> assertThat(next).isAfter(asked));
    }

    @Property
    void attemptsNeverComeCloserTogether(
            @ForAll("failures") AcmeFailure failure,
            @ForAll @IntRange(min = 1, max = 100) int attempts,
            @ForAll long seed) {
        var setback = Setback.of(failure);

        assertThat(setback.nextAttempt(attempts + 1, NOW, new Random(seed)))
                .isAfterOrEqualTo(setback.nextAttempt(attempts, NOW, new Random(seed)));
    }

    @Provide
    Arbitrary<AcmeFailure> failures() {
        var retryAfter = Arbitraries.integers()
                .between(-100_000, 1_000_000)
                .map(NOW::plusSeconds)
                .injectNull(0.3);
        return Combinators.combine(
                        Arbitraries.of(Step.class),
                        Arbitraries.of(
                                "badNonce", "caa", "dns", "rateLimited", "serverInternal", "userActionRequired", "x"),
                        Arbitraries.of(400, 403, 429, 500, 503),
                        retryAfter)
                .as((step, type, status, after) -> AcmeFailures.problem(step, type, "because", status, after));
    }

    private static Duration wait(Setback setback, int attempts) {
        return Duration.between(NOW, setback.nextAttempt(attempts, NOW, new Random(1)));
    }
}
