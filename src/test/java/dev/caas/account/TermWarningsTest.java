package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Reason;
import dev.caas.platform.TermPlan.Warning;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What whoever pays is told to do is what helps. */
class TermWarningsTest {
    private static final Instant AT = Instant.parse("2027-11-20T23:59:59Z");

    @Test
    void anEndThatNothingIsToMoveIsMovedByPayingForMore() {
        assertThat(TermWarnings.text(new Warning(Warning.Kind.END, 7, AT), List.of(), Optional.empty()))
                .contains("in 7 days at most", "raise spec.term.paidThrough");
    }

    @Test
    void anExtensionThatIsHeldUpIsNotHelpedByPayingForMore() {
        assertThat(TermWarnings.text(
                        new Warning(Warning.Kind.END, 7, AT), List.of(), Optional.of(Reason.AwaitingApproval)))
                .contains("in 7 days at most", "its extension is due", "AwaitingApproval", "Stalled")
                .doesNotContain("paidThrough");
    }

    @Test
    void onlyThisClustersCertificatesAreKnown() {
        assertThat(TermWarnings.text(
                        new Warning(Warning.Kind.EXTENSION, 1, AT), List.of("a.example"), Optional.empty()))
                .contains("in 1 day at most", "no certificate of this cluster uses a.example");
    }
}
