package dev.caas.entitlement;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Durations as Kubernetes resources write them: whole hours, minutes and seconds in Go's notation, such as {@code 720h},
 * {@code 1h30m} or {@code 90s}. Go's fractions and smaller units are not part of the API.
 */
public final class GoDuration {
    private static final Pattern FORM = Pattern.compile("(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?");
    /** Longer ones are slips of the keyboard, and would overflow dates they are added to. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private GoDuration() {}

    /** Reads a duration between zero and a hundred years. */
    public static Duration parse(String text) throws InvalidDurationException {
        Matcher form = FORM.matcher(text);
        if (text.isEmpty() || !form.matches()) {
            throw new InvalidDurationException(
                    text, "is no duration; write hours, minutes and seconds, such as 720h, 1h30m or 90s");
        }
        try {
            Duration duration = Duration.ofHours(number(form.group(1)))
                    .plusMinutes(number(form.group(2)))
                    .plusSeconds(number(form.group(3)));
            if (duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Too long for a number is too long for a duration.
        }
        throw new InvalidDurationException(text, "is too long; at most " + LONGEST.toHours() + "h can be written");
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
