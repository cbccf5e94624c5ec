package dev.caas.subscription;

import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import java.time.Duration;
import java.time.Instant;

/**
 * One of the stretches of equal length that time is divided into, beginning with 1970 (UTC): the same for every process
 * and after every restart. Pure.
 *
 * @param number how many of that length were before it
 */
record Period(Duration length, long number) {
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** The period of a limit that is running. */
    static Period of(String per, Instant now) {
        var length = length(per);
        return new Period(length, Math.floorDiv(now.getEpochSecond(), length.toSeconds()));
    }

    /** A length that the API server would not let through any more counts as the nearest that it lets through. */
    static Duration length(String per) {
        try {
            var length = GoDuration.parse(per);
            return length.compareTo(SHORTEST) < 0 ? SHORTEST : length;
        } catch (InvalidDurationException e) {
            return LONGEST;
        }
    }

    /** The first moment of the next one. */
    Instant end() {
        return Instant.ofEpochSecond(Math.multiplyExact(number + 1, length.toSeconds()));
    }

    boolean contains(Instant moment) {
        return Math.floorDiv(moment.getEpochSecond(), length.toSeconds()) == number;
    }
}
