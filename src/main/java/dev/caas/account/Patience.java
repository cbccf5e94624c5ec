package dev.caas.account;

import dev.caas.kube.ObjectName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Waits for what others may never do, but not without end: ten minutes for each account. Kept in memory; a restart begins
 * anew.
 */
final class Patience {
    static final Duration LONGEST = Duration.ofMinutes(10);

    private final Map<ObjectName, Instant> since = new ConcurrentHashMap<>();
    private final Clock clock;

    Patience(Clock clock) {
        this.clock = clock;
    }

    /** Whether to wait on. The first question begins it. */
    boolean lasts(ObjectName account) {
        var now = clock.instant();
        return now.isBefore(since.computeIfAbsent(account, _ -> now).plus(LONGEST));
    }

    /** There is nothing to wait for any more. */
    void end(ObjectName account) {
        since.remove(account);
    }
}
