package dev.caas.subscription;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is issued under one subscription, in the periods of its limits, and who has a place among what may still
 * be. A place is kept from one period to the next: it counts where it is used. Not safe for many threads.
 */
final class Tally {
    private final Set<String> holders = new HashSet<>();
    private final Map<Duration, Count> counts = new HashMap<>();
    private @Nullable Instant lastIssuedAt;

    private record Count(long period, int used) {}

    /**
     * @param holders who has a place already: their orders are under way
     * @param lastIssuedAt when something was issued last, as far as is known
     */
    Tally(Set<String> holders, Optional<Instant> lastIssuedAt) {
        this.holders.addAll(holders);
        this.lastIssuedAt = lastIssuedAt.orElse(null);
    }

    /** Whether periods of that length are counted. */
    boolean counts(Period period) {
        return counts.containsKey(period.length());
    }

    /** Begins to count periods of that length, with what is known of this one. */
    void begin(Period period, int used) {
        counts.put(period.length(), new Count(period.number(), used));
    }

    /** How many were issued in a period. */
    int used(Period period) {
        var count = counts.get(period.length());
        return count == null || count.period != period.number() ? 0 : count.used;
    }

    /** Whether there is a place left; whoever holds one has room. */
    boolean hasRoom(String holder, Period period, int most) {
        return holders.contains(holder) || used(period) + holders.size() < most;
    }

    /** Takes a place, once. */
    void take(String holder) {
        holders.add(holder);
    }

    /** Gives a place back that was not used. */
    void giveBack(String holder) {
        holders.remove(holder);
    }

    /** Uses a place, or counts one more that had none. */
    void issued(String holder, Instant now) {
        holders.remove(holder);
        lastIssuedAt = now.truncatedTo(ChronoUnit.SECONDS);
        counts.replaceAll((length, count) -> {
            var period = new Period(length, Math.floorDiv(now.getEpochSecond(), length.toSeconds()));
            return new Count(period.number(), used(period) + 1);
        });
    }

    Optional<Instant> lastIssuedAt() {
        return Optional.ofNullable(lastIssuedAt);
    }
}
