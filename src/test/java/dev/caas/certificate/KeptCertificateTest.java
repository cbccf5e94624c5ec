package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ValidationType;
import dev.caas.kit.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is known of a certificate beside what is in it. */
class KeptCertificateTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    /** No notes: the Secret came from a backup that keeps no annotations. */
    private static final KeptCertificate BARE = new KeptCertificate(
            SelfSigned.chain(NOW, NOW.plus(Duration.ofDays(90))),
            null,
            null,
            null,
            null,
            null,
            List.of(),
            null,
            List.of());

    @Test
    void theStatusTellsWhatASecretWithoutAnnotationsDoesNot() {
        var completed = BARE.completedBy(status(BARE.chain().fingerprint()));

        assertThat(completed.issuedAt()).isEqualTo(NOW.plusSeconds(60));
        assertThat(completed.accountUrl()).isEqualTo("https://ca.example.com/account/1");
        assertThat(completed.certificateUrl()).isEqualTo("https://ca.example.com/certificate/1");
        assertThat(completed.subscriptions()).containsExactly("team/example");
        assertThat(completed.validationType()).isEqualTo(ValidationType.OV);
    }

    @Test
    void whatTheSecretSaysCounts() {
        var noted = new KeptCertificate(
                BARE.chain(), null, NOW, "elsewhere", "there", null, List.of("a/b"), ValidationType.DV, List.of());

        assertThat(noted.completedBy(status(BARE.chain().fingerprint()))).isEqualTo(noted);
    }

    @Test
    void theStatusOfAnotherCertificateTellsNothing() {
        assertThat(BARE.completedBy(status("ab12"))).isEqualTo(BARE);
    }

    private static ManagedCertificateStatus status(String fingerprint) {
        return Specs.read(ManagedCertificateStatus.class, """
                fingerprint: '%s'
                issuedAt: '2026-03-01T12:01:00Z'
                accountUrl: https://ca.example.com/account/1
                certificateUrl: https://ca.example.com/certificate/1
                subscriptions: [team/example]
                validationType: OV
                """.formatted(fingerprint));
    }
}
