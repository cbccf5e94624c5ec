package dev.caas.certificate;

import dev.caas.pki.CertificateChain;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a certificate is due for renewal: when a part of its lifetime is left, a third unless said otherwise, moved earlier
 * by up to a twentieth of the lifetime so that certificates issued together are not renewed together. The move depends on
 * the certificate alone, so every look gives the same time. Pure.
 */
final class Renewal {
    private static final double DEFAULT_PERCENTAGE = 100.0 / 3;
    private static final double SPREAD = 0.05;

    private Renewal() {}

    static Instant due(CertificateChain chain, @Nullable Integer renewBeforePercentage) {
        var lifetime = Duration.between(chain.notBefore(), chain.notAfter());
        double left = (renewBeforePercentage == null ? DEFAULT_PERCENTAGE : renewBeforePercentage) / 100;
        // The fingerprint is as good as random, and known.
        double random = Integer.parseInt(chain.fingerprint().substring(0, 6), 16) / (double) 0xffffff;
        double elapsed = Math.max(0, 1 - left - SPREAD * random * (1 - left));
        return chain.notBefore()
                .plusMillis((long) (lifetime.toMillis() * elapsed))
                .truncatedTo(ChronoUnit.SECONDS);
    }
}
