package dev.caas.account;

import java.time.Duration;
import java.time.Instant;

/** How long to wait before an account is tried again; the n-th failure in a row waits twice as long as the one before. */
final class Backoff {
    private static final Duration SECRET_FIRST = Duration.ofSeconds(2);
    private static final Duration SECRET_MOST = Duration.ofSeconds(30);
    private static final Duration SERVER_FIRST = Duration.ofSeconds(5);
    private static final Duration SERVER_MOST = Duration.ofMinutes(5);
    private static final Duration REFUSED = Duration.ofHours(1);
    private static final Duration ASKED_MOST = Duration.ofHours(24);

    private Backoff() {}

    /** Until the binding's Secret is looked at again: it is not watched, because foreign Secrets are not. */
    static Duration untilSecretIsRead(int looks) {
        return doubled(SECRET_FIRST, looks, SECRET_MOST);
    }

    /** Until the CA is asked again although nothing changed. */
    static Duration untilServerIsAsked(Trouble trouble, int failures) {
        return trouble.passing() ? doubled(SERVER_FIRST, failures, SERVER_MOST) : REFUSED;
    }

    /** Until a CA that does not answer is asked again for an account that is registered. */
    static Duration untilServerAnswers(int failures) {
        return doubled(SERVER_FIRST, failures, SERVER_MOST);
    }

    /** The time that the CA asked to wait for, within reason. */
    static Instant bounded(Instant asked, Instant now) {
        return asked.isAfter(now.plus(ASKED_MOST)) ? now.plus(ASKED_MOST) : asked;
    }

    private static Duration doubled(Duration first, int failures, Duration most) {
        var wait = first.multipliedBy(1L << Math.min(Math.max(failures - 1, 0), 20));
        return wait.compareTo(most) > 0 ? most : wait;
    }
}
