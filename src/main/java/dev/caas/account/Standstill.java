package dev.caas.account;

import dev.caas.api.Reason;
import java.time.Duration;
import java.time.Instant;

/**
 * Why the orders of an account stand still: its CA asked it to wait, or does not answer. Until then nothing is asked;
 * afterwards one certificate asks first, until the CA has answered it.
 *
 * @param reason RateLimited, or ServerUnreachable
 * @param why what the CA said, or what became of the last request, for the account's status
 * @param until when the CA is asked again
 * @param inARow how often it has come to this since the CA's last answer, at least 1
 */
public record Standstill(Reason reason, String why, Instant until, int inARow) {
    /** Nobody has asked for so long after the time was up that nothing is known any more. */
    static final Duration FORGOTTEN = Duration.ofMinutes(10);

    /** Whether it is not time to ask again. */
    public boolean isWaiting(Instant now) {
        return now.isBefore(until);
    }

    /** Whether the CA is in doubt, so that only one certificate may ask it. */
    boolean isRemembered(Instant now) {
        return now.isBefore(until.plus(FORGOTTEN));
    }

    /** How long the account's status tells of it without an answer: no CA comes back because a time is up. */
    Instant shownUntil() {
        return reason == Reason.RateLimited ? until : until.plus(FORGOTTEN);
    }
}
