package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificate;
import dev.caas.kit.SteppedClock;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A Secret that somebody else keeps changing is not fought over. */
class RepairsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final SteppedClock clock = new SteppedClock(NOW);
    private final Repairs repairs = new Repairs(clock);
    private final ManagedCertificate certificate = certificate();

    @Test
    void aRepairThatHoldsIsFollowedByAnotherAtAnyTime() {
        assertThat(repairs.done(certificate, true)).isTrue();
        clock.pass(Duration.ofSeconds(11));
        assertThat(repairs.done(certificate, true)).isTrue();
        assertThat(repairs.restUntil(certificate)).isEmpty();
    }

    @Test
    void whatIsChangedOnItsWayIsLeftForAWhile() {
        assertThat(repairs.done(certificate, false)).isFalse();

        assertThat(repairs.restUntil(certificate)).hasValue(NOW.plus(Duration.ofMinutes(5)));
        clock.pass(Duration.ofMinutes(5));
        assertThat(repairs.restUntil(certificate)).isEmpty();
    }

    @Test
    void whatIsChangedAgainAndAgainInAMomentIsLeftForAWhile() {
        for (int i = 1; i < 5; i++) {
            assertThat(repairs.done(certificate, true)).isTrue();
            clock.pass(Duration.ofSeconds(1));
        }

        assertThat(repairs.done(certificate, true)).isFalse();
        assertThat(repairs.restUntil(certificate)).isPresent();
    }

    @Test
    void aDeclarationThatIsChangedQuicklyIsFollowed() {
        for (long generation = 1; generation < 20; generation++) {
            certificate.getMetadata().setGeneration(generation);
            assertThat(repairs.done(certificate, true)).isTrue();
        }
    }

    private static ManagedCertificate certificate() {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(
                new ObjectMetaBuilder().withUid("1").withGeneration(1L).build());
        return certificate;
    }
}
