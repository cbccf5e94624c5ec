package dev.caas.certificate;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a certificate is due for renewal: when a part of its lifetime is left, a third unless said otherwise, moved earlier
 * by up to a twentieth of the lifetime so that certificates issued together are not renewed together. The move depends on
 * the certificate alone, so every look gives the same time. Never sooner than a twentieth of the lifetime after it was
 * issued: a declaration that wants nearly all of it left would otherwise be renewed without end. Pure.
 */
final class Renewal {
    private static final double DEFAULT_PERCENTAGE = 100.0 / 3;
    private static final double SPREAD = 0.05;
    private static final int SOONEST_PART = 20;

    private Renewal() {}

    static Instant due(KeptCertificate kept, @Nullable Integer renewBeforePercentage) {
        var chain = kept.chain();
        var lifetime = Duration.between(chain.notBefore(), chain.notAfter());
        double left = (renewBeforePercentage == null ? DEFAULT_PERCENTAGE : renewBeforePercentage) / 100;
        // The fingerprint is as good as random, and known.
        double random = Integer.parseInt(chain.fingerprint().substring(0, 6), 16) / (double) 0xffffff;
        double elapsed = Math.max(0, 1 - left - SPREAD * random * (1 - left));
        var due = chain.notBefore().plusMillis((long) (lifetime.toMillis() * elapsed));
        var soonest = kept.issuedAt() == null ? due : kept.issuedAt().plus(lifetime.dividedBy(SOONEST_PART));
        return (due.isBefore(soonest) ? soonest : due).truncatedTo(ChronoUnit.SECONDS);
    }
}
