package dev.caas;

import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.Optional;

/**
 * Gives memory back after work. The serial collector, which takes the least memory of all, lets its old generation grow to
 * the heap's limit before it looks for what is of no use any more: after a start over 1,000 certificates that is half of
 * it, and stays so for days, since an operator at rest makes next to no garbage. So the old generation is collected when
 * it has grown by a share; at rest nothing is done. Does nothing under another collector.
 */
@Singleton
class Tidying {
    private static final Duration INTERVAL = Duration.ofSeconds(20);

    /** Less is not worth a pause, which takes about 2 ms for each megabyte in use. */
    private static final long LEAST_GROWTH = 4 << 20;

    private static final int LEAST_SHARE = 8;

    void onStart(@Observes StartupEvent event, Vertx vertx) {
        oldGeneration().ifPresent(old -> vertx.setPeriodic(INTERVAL.toMillis(), _ -> tidy(old)));
    }

    private static Optional<MemoryPoolMXBean> oldGeneration() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Tenured Gen"))
                .findFirst();
    }

    private static void tidy(MemoryPoolMXBean old) {
        long used = old.getUsage().getUsed();
        long kept = Optional.ofNullable(old.getCollectionUsage())
                .map(MemoryUsage::getUsed)
                .orElse(0L);
        if (used - kept > Math.max(LEAST_GROWTH, kept / LEAST_SHARE)) {
            System.gc();
        }
    }
}
