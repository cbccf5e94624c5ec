package dev.caas.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Reason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Conditions in the manner of kstatus. */
class ConditionsTest {
    private static final Instant THEN = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant NOW = THEN.plusSeconds(60);
    private static final Conditions NONE = new Conditions(List.of());

    @Test
    void theTransitionTimeMovesOnlyWithTheStatus() {
        var waiting = NONE.reconciling(Reason.Pending, "a", 1, THEN);
        var stillWaiting = waiting.reconciling(Reason.Issuing, "b", 2, NOW);
        var ready = stillWaiting.ready(Reason.Issued, "c", 2, NOW);

        assertThat(stillWaiting.get(Conditions.READY).orElseThrow().getLastTransitionTime())
                .isEqualTo(THEN.toString());
        assertThat(ready.get(Conditions.READY).orElseThrow().getLastTransitionTime())
                .isEqualTo(NOW.toString());
    }

    @Test
    void sayingTheSameAgainChangesNothing() {
        var once = NONE.stalled(Reason.NotSubscribed, "a", 1, THEN);

        assertThat(once.stalled(Reason.NotSubscribed, "a", 1, NOW)).isEqualTo(once);
    }

    @Test
    void stalledAndReconcilingExcludeEachOtherAndBothEndWithReady() {
        var stalled = NONE.reconciling(Reason.Pending, "a", 1, THEN).stalled(Reason.NotSubscribed, "b", 1, NOW);

        assertThat(stalled.isTrue(Conditions.STALLED)).isTrue();
        assertThat(stalled.get(Conditions.RECONCILING)).isEmpty();
        assertThat(stalled.ready(Reason.Issued, "c", 1, NOW).all()).hasSize(1);
    }

    @Test
    void aMessageFitsIntoOneKilobyte() {
        var bounded = NONE.stalled(Reason.Failed, "x".repeat(5_000), 1, NOW);

        assertThat(bounded.get(Conditions.READY).orElseThrow().getMessage()).hasSizeLessThanOrEqualTo(1024);
        assertThat(bounded.says(Conditions.READY, "x".repeat(5_000))).isTrue();
        assertThat(bounded.says(Conditions.READY, "y".repeat(5_000))).isFalse();
    }
}
