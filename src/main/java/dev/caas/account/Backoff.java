package dev.caas.account;

import dev.caas.kube.Doubling;
import java.time.Duration;
import java.time.Instant;

/** How long to wait before an account is tried again. */
final class Backoff {
    private static final Doubling SECRET = new Doubling(Duration.ofSeconds(2), Duration.ofSeconds(30));
    private static final Doubling SERVER = new Doubling(Duration.ofSeconds(5), Duration.ofMinutes(5));
    private static final Duration REFUSED = Duration.ofHours(1);
    private static final Duration ASKED_MOST = Duration.ofHours(24);

    private Backoff() {}

    /** Until the binding's Secret is looked at again: it is not watched, because foreign Secrets are not. */
    static Duration untilSecretIsRead(int looks) {
        return SECRET.after(looks);
    }

    /** Until the CA is asked again although nothing changed. */
    static Duration untilServerIsAsked(Trouble trouble, int failures) {
        return trouble.passing() ? SERVER.after(failures) : REFUSED;
    }

    /** Until a CA that does not answer is asked again for an account that is registered. */
    static Duration untilServerAnswers(int failures) {
        return SERVER.after(failures);
    }

    /** The time that the CA asked to wait for, within reason. */
    static Instant bounded(Instant asked, Instant now) {
        return asked.isAfter(now.plus(ASKED_MOST)) ? now.plus(ASKED_MOST) : asked;
    }
}
