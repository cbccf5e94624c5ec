package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A deletion always ends, and never later than ten minutes after it began. */
class DepartureTest {
    private static final Instant DELETED = Instant.parse("2026-11-22T07:00:00Z");
    private static final Optional<String> NOTHING = Optional.empty();

    @Test
    void withoutThePolicyNothingIsWaitedFor() {
        assertThat(next(false, true, true, NOTHING, Duration.ZERO)).isEqualTo(new Departure.Step.Release());
    }

    @Test
    void withoutAnAccountNothingIsWaitedFor() {
        assertThat(next(true, false, false, NOTHING, Duration.ZERO)).isEqualTo(new Departure.Step.Release());
    }

    @Test
    void anAccountIsDeactivated() {
        assertThat(next(true, true, false, NOTHING, Duration.ZERO)).isEqualTo(new Departure.Step.Deactivate());
    }

    @Test
    void revocationsComeFirst() {
        assertThat(next(true, true, true, NOTHING, Duration.ofSeconds(479))).isInstanceOf(Departure.Step.Wait.class);
    }

    /** Tenants decide how many there are. */
    @Test
    void revocationsThatDoNotEndKeepNoAccountFromBeingDeactivated() {
        assertThat(next(true, true, true, NOTHING, Duration.ofMinutes(8))).isEqualTo(new Departure.Step.Deactivate());
    }

    @Test
    void afterTenMinutesTheObjectGoesWhateverIsUndone() {
        assertThat(next(true, true, false, Optional.of("the CA is gone"), Duration.ofSeconds(599)))
                .isEqualTo(new Departure.Step.Deactivate());
        assertThat(next(true, true, false, Optional.of("the CA is gone"), Duration.ofMinutes(10)))
                .isEqualTo(new Departure.Step.Abandon("the CA is gone"));
        assertThat(next(true, true, true, NOTHING, Duration.ofMinutes(10)))
                .isEqualTo(new Departure.Step.Abandon("the operator did not run"));
    }

    private static Departure.Step next(
            boolean deactivates, boolean hasAccount, boolean hasRevocations, Optional<String> undone, Duration age) {
        return Departure.next(deactivates, hasAccount, hasRevocations, undone, DELETED, DELETED.plus(age));
    }
}
