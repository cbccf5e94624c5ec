package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers whose Secrets were put right in vain: something changes what we write, at once or a moment later. It is not
 * fought without end, and nothing else waits for it.
 */
final class Repairs {
    private static final Duration REST = Duration.ofMinutes(5);
    private static final Duration A_MOMENT = Duration.ofSeconds(10);
    private static final int MOST_IN_A_ROW = 5;

    private final Clock clock;
    private final Map<String, Repair> repairs = new ConcurrentHashMap<>();

    /** A repair; one in vain with the time until which none is tried. */
    private record Repair(Instant at, long generation, int inARow, Optional<Instant> restUntil) {}

    Repairs(Clock clock) {
        this.clock = clock;
    }

    /**
     * Notes that a Secret was put right.
     *
     * @param asWritten whether it came out as it was written
     * @return whether that helps, as far as can be seen
     */
    boolean done(ManagedCertificate certificate, boolean asWritten) {
        var now = clock.instant();
        var uid = certificate.getMetadata().getUid();
        var before = repairs.get(uid);
        long generation = certificate.getMetadata().getGeneration();
        int inARow = before != null && before.generation == generation && now.isBefore(before.at.plus(A_MOMENT))
                ? before.inARow + 1
                : 1;
        boolean helps = asWritten && inARow < MOST_IN_A_ROW;
        repairs.put(uid, new Repair(now, generation, inARow, helps ? Optional.empty() : Optional.of(now.plus(REST))));
        return helps;
    }

    /** Until when a Secret is left as it is, although it is not as declared. */
    Optional<Instant> restUntil(ManagedCertificate certificate) {
        return Optional.ofNullable(repairs.get(certificate.getMetadata().getUid()))
                .flatMap(Repair::restUntil)
                .filter(clock.instant()::isBefore);
    }

    void forget(ManagedCertificate certificate) {
        repairs.remove(certificate.getMetadata().getUid());
    }
}
