package dev.caas.kube;

import java.time.Duration;

/**
 * How long to wait after failures in a row: each time twice as long as before.
 *
 * @param first after the first
 * @param most never longer than that
 */
public record Doubling(Duration first, Duration most) {
    private static final int MOST_DOUBLINGS = 20;

    /** After so many failures; less than one counts as one. */
    public Duration after(int failures) {
        var wait = first.multipliedBy(1L << Math.min(Math.max(failures, 1) - 1, MOST_DOUBLINGS));
        return wait.compareTo(most) > 0 ? most : wait;
    }
}
