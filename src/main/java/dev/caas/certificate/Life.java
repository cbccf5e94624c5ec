package dev.caas.certificate;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The times in a certificate's life that decide when to renew it.
 *
 * @param issuedAt when the operator got it
 * @param share as good as random, from 0 to 1, and the same at every look
 * @param replacedEarly whether it took the place of one that was hardly used
 */
record Life(Instant notBefore, Instant notAfter, Instant issuedAt, double share, boolean replacedEarly) {
    private static final int HARDLY = 20;
    private static final Duration LONGEST_MARGIN = Duration.ofDays(3);

    static Life of(KeptCertificate kept) {
        var chain = kept.chain();
        var issuedAt = Optional.ofNullable(kept.issuedAt()).orElse(chain.notBefore());
        var hardly = Duration.between(chain.notBefore(), chain.notAfter()).dividedBy(HARDLY);
        return new Life(
                chain.notBefore(),
                chain.notAfter(),
                issuedAt,
                Integer.parseInt(chain.fingerprint().substring(0, 6), 16) / (double) 0xffffff,
                kept.history().stream().anyMatch(h -> h.issuedAt().plus(hardly).isAfter(issuedAt)));
    }

    Duration lifetime() {
        return Duration.between(notBefore, notAfter);
    }

    /** After that a CA that is away for a day would be felt. */
    Instant comfortableUntil() {
        var margin = lifetime().dividedBy(5);
        return notAfter.minus(margin.compareTo(LONGEST_MARGIN) > 0 ? LONGEST_MARGIN : margin);
    }

    /** A twentieth of the lifetime: the least use of a certificate that is renewed for no reason but its age. */
    Duration leastUse() {
        return lifetime().dividedBy(HARDLY);
    }
}
