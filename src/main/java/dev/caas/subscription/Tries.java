package dev.caas.subscription;

import dev.caas.api.DomainSubscription;
import dev.caas.kube.Doubling;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What a platform refused or did not answer last: it is asked again when its time has come, or the declaration changed. */
final class Tries {
    private static final Doubling WAIT = new Doubling(Duration.ofSeconds(5), Duration.ofMinutes(10));

    private final Clock clock;
    private final Map<String, Failed> last = new ConcurrentHashMap<>();

    /** @param next when to try again */
    record Failed(long generation, Standing why, int count, Instant next) {}

    Tries(Clock clock) {
        this.clock = clock;
    }

    /** The failure after which it is not time yet to try again. */
    Optional<Failed> waitingAfter(DomainSubscription subscription) {
        return Optional.ofNullable(last.get(subscription.getMetadata().getUid()))
                .filter(f -> f.generation == subscription.getMetadata().getGeneration())
                .filter(f -> clock.instant().isBefore(f.next));
    }

    Failed failed(DomainSubscription subscription, Standing why) {
        long generation = subscription.getMetadata().getGeneration();
        return last.compute(subscription.getMetadata().getUid(), (_, before) -> {
            int count = before == null || before.generation != generation ? 1 : before.count + 1;
            return new Failed(generation, why, count, clock.instant().plus(WAIT.after(count)));
        });
    }

    void forget(DomainSubscription subscription) {
        last.remove(subscription.getMetadata().getUid());
    }
}
