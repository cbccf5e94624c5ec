package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.kit.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is known of the certificates before the one in use, and which of them are to be revoked. */
class HistoryTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final KeptCertificate KEPT = SelfSigned.kept(NOW, NOW.plus(Duration.ofDays(90)), 7);

    @Test
    void theAnnotationIsReadBackAsItWasWritten() {
        var history = List.of(entry("a1", 3, NOW), entry("b2", 2, null));

        assertThat(History.fromJson(History.toJson(history))).isEqualTo(history);
    }

    @Test
    void whatIsGarbledIsNoHistory() {
        assertThat(History.fromJson("[{\"serial\": \"a1\"}]")).isEmpty();
        assertThat(History.fromJson("[null]")).isEmpty();
        assertThat(History.fromJson("nonsense")).isEmpty();
        assertThat(History.fromJson(null)).isEmpty();
    }

    @Test
    void eitherSecretOrStatusIsEnoughAndARevocationIsNotForgotten() {
        var inSecret = KEPT.with(List.of(entry("a1", 3, null), entry("b2", 2, null)));
        var inStatus = status(List.of(entry("a1", 3, NOW), entry("c3", 1, null)));

        assertThat(History.of(inSecret, inStatus, NOW))
                .containsExactly(entry("a1", 3, NOW), entry("b2", 2, null), entry("c3", 1, null));
        assertThat(History.of(inSecret, Optional.empty(), NOW)).hasSize(2);
        assertThat(History.of(KEPT, inStatus, NOW)).hasSize(2);
    }

    @Test
    void whatHasExpiredIsForgotten() {
        assertThat(History.of(
                        KEPT.with(List.of(entry("a1", 3, null))), Optional.empty(), NOW.plus(Duration.ofDays(91))))
                .isEmpty();
    }

    @Test
    void theNextCertificateRemembersTheOneBeforeFirst() {
        assertThat(History.after(KEPT.with(List.of(entry("a1", 3, null))), NOW))
                .extracting(IssuedCertificate::serial)
                .containsExactly(KEPT.chain().serialNumber(), "a1");
    }

    @Test
    void anAnnotationDoesNotGrowWithoutEnd() {
        var many = IntStream.range(0, 500)
                .mapToObj(i -> entry(Integer.toHexString(i), i + 1, null))
                .toList();

        assertThat(History.of(KEPT.with(many), Optional.empty(), NOW)).hasSize(100);
    }

    @Test
    void whatWasIssuedBeforeTheNamedTimeIsToBeRevokedButNotTheOneInUseUnlessNothingTakesItsPlace() {
        var kept = KEPT.with(List.of(entry("a1", 3, null), entry("b2", 2, NOW)));
        var later = NOW.plusSeconds(60);

        assertThat(serials(declared(later, true), kept)).containsExactly("a1");
        assertThat(serials(declared(later, false), kept))
                .containsExactly(KEPT.chain().serialNumber(), "a1");
        assertThat(serials(declared(NOW.minus(Duration.ofDays(4)), false), kept))
                .isEmpty();
    }

    @Test
    void aTimeThatHasNotComeRevokesNothing() {
        var kept = KEPT.with(List.of(entry("a1", 3, null)));

        assertThat(Revocations.pending(declared(NOW.plusSeconds(61), false), kept, NOW.plusSeconds(60)))
                .isEmpty();
    }

    private static List<String> serials(ManagedCertificate certificate, KeptCertificate kept) {
        return Revocations.pending(certificate, kept, NOW.plusSeconds(60)).stream()
                .map(IssuedCertificate::serial)
                .toList();
    }

    private static ManagedCertificate declared(Instant issuedBefore, boolean replace) {
        var certificate = new ManagedCertificate();
        certificate.setSpec(Specs.certificate(
                "{secretName: s, dnsNames: [www.example.com], revocation: {issuedBefore: '%s', replace: %s}}"
                        .formatted(issuedBefore, replace)));
        return certificate;
    }

    private static IssuedCertificate entry(String serial, int daysAgo, @Nullable Instant revokedAt) {
        return new IssuedCertificate(
                serial,
                "https://ca.example/" + serial,
                "https://ca.example/account",
                NOW.minus(Duration.ofDays(daysAgo)),
                NOW.plus(Duration.ofDays(90)),
                revokedAt);
    }

    private static Optional<ManagedCertificateStatus> status(List<IssuedCertificate> history) {
        return Optional.of(Specs.with(
                ManagedCertificateStatus.class, Specs.read(ManagedCertificateStatus.class, "{}"), "history", history));
    }
}
