package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.kit.Specs;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which changes of a declaration touch the certificate that is there, and which do not. */
class ReissueTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final List<String> NAMES =
            List.of("*.example.com", "xn--bcher-kva.example", "192.0.2.1", "2001:db8::1");
    private static final String DECLARED = """
            secretName: www-tls
            dnsNames: ['*.example.com', bücher.example]
            ipAddresses: [192.0.2.1, '2001:db8::1']
            profile: classic
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dnsNames: [bücher.example, '*.example.com']",
                "dnsNames: ['*.EXAMPLE.com', BÜCHER.example]",
                "dnsNames: ['*.example.com', xn--bcher-kva.example]",
                "dnsNames: ['*.example.com.', bücher.example.]",
                "dnsNames: ['*.example.com', bücher.example, xn--bcher-kva.example]",
                "ipAddresses: ['2001:DB8:0:0::1', 192.0.2.1, 192.0.2.1]",
                "profile: null",
                "preferredChain: Another Root",
                "duration: 24h",
                "renewBeforePercentage: 50",
                "renewBefore: 24h",
                "renewalWindows: [{cron: '0 2 * * 6', duration: 4h}]",
                "solvers: [{http01: {ingress: {}}}]",
                "secretName: other-tls",
                "secretTemplate: {labels: {team: web}}",
                "additionalOutputFormats: [DER]",
                "privateKey: {encoding: Traditional, rotationPolicy: Never}",
                "accountRef: {name: other}",
                "deletionPolicy: DeleteSecret",
                "suspend: true",
            })
    void whatDoesNotTouchTheCertificateLeavesItAsItIs(String change) {
        assertThat(shortcomings(change, kept("classic"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            dnsNames: ['*.example.com']                             | The certificate is also for xn--bcher-kva.example, not wanted any more.
            dnsNames: ['*.example.com', bücher.example, a.example]  | The certificate is not for a.example.
            ipAddresses: [192.0.2.1]                                | The certificate is also for 2001:db8::1, not wanted any more.
            ipAddresses: [192.0.2.1, '2001:db8::1', 192.0.2.2]      | The certificate is not for 192.0.2.2.
            privateKey: {size: 384}                                 | The certificate's key is ECDSA-P256 instead of ECDSA-P384.
            profile: short                                          | The certificate was ordered with profile classic instead of short.
            """)
    void whatTouchesTheCertificateIsNamed(String change, String shortcoming) {
        assertThat(shortcomings(change, kept("classic"))).containsExactly(shortcoming);
    }

    @Test
    void aProfileNamedForTheFirstTimeTouchesACertificateThatWasOrderedWithout() {
        assertThat(shortcomings("{}", kept("")))
                .containsExactly("The certificate was ordered with no profile instead of classic.");
    }

    /** Adopted, or issued by an operator that took no note of profiles. */
    @Test
    void aProfileThatNobodyNotedIsNoReason() {
        assertThat(shortcomings("profile: short", kept(null))).isEmpty();
    }

    @Test
    void whatWasOrderedIsNotedOnTheSecretEvenIfItIsNoProfile() {
        assertThat(kept("").toAnnotations()).containsEntry("caas.dev/profile", "");
        assertThat(kept(null).toAnnotations()).doesNotContainKey("caas.dev/profile");
    }

    private static KeptCertificate kept(@Nullable String profile) {
        return SelfSigned.kept(NAMES, profile, NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(89)));
    }

    private static List<String> shortcomings(String change, KeptCertificate kept) {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(
                new ObjectMetaBuilder().withNamespace("team").withName("www").build());
        certificate.setSpec(Specs.with(ManagedCertificateSpec.class, change).apply(Specs.certificate(DECLARED)));
        return Observer.shortcomings(certificate, kept, NOW);
    }
}
