package dev.caas.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TurnstileTest {
    private static final int PLACES = 20;
    private static final int REQUESTS = 100;

    private final Turnstile turnstile = new Turnstile();

    @Test
    void twentyAreThroughAtOnceAndTheOthersFollow() throws InterruptedException {
        var inside = new Semaphore(0);
        var done = new AtomicInteger();
        var leave = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < REQUESTS; i++) {
                threads.execute(() -> turnstile.pass(() -> {
                    inside.release();
                    awaited(leave);
                    return done.incrementAndGet();
                }));
            }
            assertThat(inside.tryAcquire(PLACES, 10, TimeUnit.SECONDS)).isTrue();
            assertThat(inside.tryAcquire(100, TimeUnit.MILLISECONDS))
                    .as("one more than there are places")
                    .isFalse();
            leave.countDown();
        }

        assertThat(done).hasValue(REQUESTS);
    }

    @Test
    void aRequestThatFailsLeavesItsPlace() {
        for (int i = 0; i <= PLACES; i++) {
            assertThatThrownBy(() -> turnstile.pass(() -> {
                        throw new IllegalStateException("refused");
                    }))
                    .hasMessage("refused");
        }

        assertThat(turnstile.pass(() -> "through")).isEqualTo("through");
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
