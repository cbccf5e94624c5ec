package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.Standstill;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.Specs;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a status says of a certificate, from what is kept and what happened before. */
class StatusLineTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LATER = NOW.plusSeconds(60);
    private static final Optional<KeptCertificate> KEPT =
            Optional.of(SelfSigned.kept(NOW.minusSeconds(600), NOW.plusSeconds(6000), 7));
    private static final ObjectName ACCOUNT = new ObjectName("team", "acme");
    private static final Standstill ASKED = new Standstill(Reason.RateLimited, "later", LATER, 1);
    private static final Setback SETBACK = Setback.useless(List.of("The private key does not belong to it."));

    @Test
    void aFailureWithoutACertificateIsNotReady() {
        var status = line(null, Optional.empty(), NOW).setBack(SETBACK, 1, LATER, false);

        assertThat(condition(status, Conditions.READY).getStatus()).isEqualTo("False");
        assertThat(condition(status, Conditions.STALLED).getMessage()).contains("does not belong");
        assertThat(status.nextAttempt()).isEqualTo(LATER);
    }

    @Test
    void aFailureOfARenewalLeavesReadyTrue() {
        var status = line(null, KEPT, NOW).setBack(SETBACK, 1, LATER, false);

        assertThat(condition(status, Conditions.READY).getStatus()).isEqualTo("True");
        assertThat(condition(status, Conditions.STALLED).getReason()).isEqualTo(Reason.Failed.name());
        assertThat(status.serialNumber()).isEqualTo("7");
    }

    @Test
    void aRevocationThatFailedIsToldBesideAnOrderThatFailed() {
        var revocation = Setback.notRevoked("its account is not known");
        var alone = line(null, KEPT, NOW).notRevoked(revocation, 2, LATER, false);
        var ordered = line(null, KEPT, NOW).setBack(SETBACK, 6, LATER, false);
        var both = line(ordered, KEPT, NOW).notRevoked(revocation, 1, NOW.plusSeconds(5), false);

        assertThat(Setback.isOfRevocation(alone.lastFailure())).isTrue();
        assertThat(alone.attempts()).isEqualTo(2);
        assertThat(line(alone, KEPT, NOW).failedAttempts()).isZero();
        assertThat(condition(both, Conditions.STALLED).getMessage()).contains("its account is not known");
        assertThat(both.lastFailure()).isEqualTo(ordered.lastFailure());
        assertThat(both.attempts()).isEqualTo(6);
        assertThat(both.nextAttempt()).isEqualTo(LATER);
    }

    @Test
    void whatIsNotAsDeclaredIsNotReadyForHavingBeenRevokedInPart() {
        var knowing = line(null, Optional.empty(), NOW).knowing(KEPT.orElseThrow());

        assertThat(knowing.kept()).isEmpty();
    }

    @Test
    void whatIsNotWellStillKeepsTheTimeSinceWhen() {
        var first = line(null, KEPT, NOW).setBack(SETBACK, 1, LATER, false);
        var second = line(first, KEPT, LATER).setBack(SETBACK, 2, LATER, false);

        assertThat(condition(second, Conditions.STALLED).getLastTransitionTime())
                .isEqualTo(NOW.toString())
                .isEqualTo(condition(first, Conditions.STALLED).getLastTransitionTime());
    }

    @Test
    void aSettledCertificateThatIsNotEntitledAnyMoreIsToldOnce() {
        var first = line(null, KEPT, NOW).settledButNotEntitled(Reason.NotSubscribed, "Subscribe it.");

        assertThat(line(first, KEPT, LATER).settledButNotEntitled(Reason.NotSubscribed, "Subscribe it."))
                .isEqualTo(first);
    }

    @Test
    void waitingOnChangesNothingWhileWhatIsKeptIsTheSame() {
        var failed = line(null, KEPT, NOW).setBack(SETBACK, 1, LATER, false);

        assertThat(line(failed, KEPT, LATER).waitingOn(false)).contains(failed);
    }

    @Test
    void waitingOnIsNotReadyOnceTheCertificateHasExpired() {
        var failed = line(null, KEPT, NOW).setBack(SETBACK, 1, LATER, false);
        var expired = line(failed, Optional.empty(), LATER).waitingOn(false).orElseThrow();

        assertThat(condition(expired, Conditions.READY).getStatus()).isEqualTo("False");
        assertThat(condition(expired, Conditions.READY).getMessage()).contains("does not belong");
        assertThat(expired.nextAttempt()).isEqualTo(LATER);
        assertThat(expired.lastFailure()).isEqualTo(failed.lastFailure());
        assertThat(expired.serialNumber()).isNull();
    }

    @Test
    void withoutAReasonThereIsNothingToWaitOnFor() {
        assertThat(line(null, KEPT, NOW).waitingOn(false)).isEmpty();
    }

    private static Condition condition(ManagedCertificateStatus status, String type) {
        return new Conditions(status.conditions()).get(type).orElseThrow();
    }

    @Test
    void issuingStaysTrueAsLongAsTheResponderHasToAnswer() {
        var issuing = line(null, KEPT, NOW).issuing();

        assertThat(isIssuing(line(issuing, KEPT, NOW).setBack(SETBACK, 1, LATER, true)))
                .isTrue();
        assertThat(isIssuing(line(issuing, KEPT, NOW).standingStill(ACCOUNT, ASKED, true)))
                .isTrue();
        assertThat(isIssuing(line(issuing, KEPT, NOW).setBack(SETBACK, 1, LATER, false)))
                .isFalse();
        assertThat(isIssuing(line(issuing, KEPT, NOW).standingStill(ACCOUNT, ASKED, false)))
                .isFalse();
        assertThat(isIssuing(line(null, KEPT, NOW).setBack(SETBACK, 1, LATER, true)))
                .as("what was not shown is not begun")
                .isFalse();
    }

    @Test
    void theTimeTheCaAskedForIsTold() {
        var status = line(null, KEPT, NOW).standingStill(ACCOUNT, ASKED, false);

        assertThat(status.nextAttempt()).isEqualTo(LATER);
        assertThat(condition(status, Conditions.RECONCILING).getReason()).isEqualTo(Reason.RateLimited.name());
        assertThat(condition(status, Conditions.RECONCILING).getMessage()).contains("CaaSAccount team/acme");
    }

    @Test
    void anOutageIsToldOnceHoweverLongItLasts() {
        var first = line(null, KEPT, NOW)
                .standingStill(ACCOUNT, new Standstill(Reason.ServerUnreachable, "HTTP 503", LATER, 1), false);
        var second = line(first, KEPT, LATER)
                .standingStill(
                        ACCOUNT,
                        new Standstill(Reason.ServerUnreachable, "HTTP 502", LATER.plusSeconds(600), 7),
                        false);

        assertThat(condition(first, Conditions.READY).getStatus()).isEqualTo("True");
        assertThat(condition(first, Conditions.RECONCILING).getReason()).isEqualTo(Reason.ServerUnreachable.name());
        assertThat(first.nextAttempt()).isNull();
        assertThat(second).isEqualTo(first);
    }

    private static boolean isIssuing(ManagedCertificateStatus status) {
        return new Conditions(status.conditions()).isTrue(Conditions.ISSUING);
    }

    private static StatusLine line(
            @Nullable ManagedCertificateStatus status, Optional<KeptCertificate> kept, Instant now) {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(
                new ObjectMetaBuilder().withName("www").withGeneration(1L).build());
        certificate.setSpec(Specs.certificate("{secretName: www-tls, dnsNames: [www.example.test]}"));
        certificate.setStatus(status);
        return new StatusLine(certificate, kept, Optional.empty(), now);
    }
}
