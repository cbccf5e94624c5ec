package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.Standstills;
import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeFailures;
import dev.caas.acme.Step;
import dev.caas.api.CaaSAccount;
import dev.caas.certificate.IssuanceQueue.Priority;
import dev.caas.kit.SteppedClock;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A day without a CA, simulated: what decides is what decides in production ({@link Standstills}, {@link Setback},
 * {@link IssuanceQueue}); only the clock, the CA and the threads are made up.
 */
class OutageSimulationTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
    private static final int SLOTS = 50;

    /** A dead host takes 20 s to fail, a refused connection no time; all certificates are due at once, or during the day. */
    static Stream<Arguments> outages() {
        return Stream.of(1, 50, 1_000)
                .flatMap(n -> Stream.of(
                        Arguments.of(n, Duration.ofSeconds(20), Duration.ZERO, "no-reply"),
                        Arguments.of(n, Duration.ofMillis(5), Duration.ZERO, "refused-connection"),
                        Arguments.of(n, Duration.ofMillis(200), DAY, "HTTP 503")));
    }

    @ParameterizedTest(name = "{0} certificates, {3}, due within {2}")
    @MethodSource("outages")
    void aDayWithoutCaCostsFewRequestsAndThenAllAreIssued(
            int certificates, Duration failingTakes, Duration dueWithin, String failure) {
        var simulation = new Simulation(certificates, failingTakes, failure);
        simulation.run(dueWithin);

        System.out.printf(
                "%d certificates, %s, due within %s: the CA is asked %d times in a day of outage (at most %d), "
                        + "%d at once, all issued %s after it%n",
                certificates,
                failure,
                dueWithin,
                simulation.asked,
                bound(DAY),
                simulation.mostAtOnce,
                Duration.between(START.plus(DAY), simulation.lastIssued));
        assertThat(simulation.issued).isEqualTo(certificates);
        assertThat(simulation.asked).isBetween(certificates > 1 ? 100L : 50L, bound(DAY));
        assertThat(simulation.mostAtOnce).isLessThanOrEqualTo(SLOTS);
        assertThat(simulation.mostWhileDoubtful).isLessThanOrEqualTo(1);
        var longestPause = certificates == 1 && failure.startsWith("HTTP") ? 15 : 5;
        assertThat(simulation.lastIssued)
                .isBefore(START.plus(DAY)
                        .plus(Duration.ofMinutes(longestPause).multipliedBy(11).dividedBy(10))
                        .plus(Simulation.ORDER_TAKES.multipliedBy(certificates / SLOTS + 2))
                        .plus(failingTakes));
    }

    /** As {@link Standstills} states it; each time costs 3 requests at most, or 4 at an order that is being polled. */
    private static long bound(Duration outage) {
        return SLOTS + 7 + outage.toSeconds() / 300;
    }

    /** One account's certificates on one thread: what would block is put aside until something happens. */
    private static final class Simulation {
        static final Duration ORDER_TAKES = Duration.ofSeconds(3);

        private record Event(Instant at, long number, Runnable what) {}

        private final SteppedClock clock = new SteppedClock(START);
        private final Random random = new Random(7);
        private final Standstills standstills = new Standstills(clock, random);
        private final IssuanceQueue queue = new IssuanceQueue();
        private final CaaSAccount account = new CaaSAccount();
        private final PriorityQueue<Event> events =
                new PriorityQueue<>(Comparator.comparing(Event::at).thenComparingLong(Event::number));
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private final Map<Integer, Integer> attempts = new HashMap<>();
        private final int certificates;
        private final Duration failingTakes;
        private final String failure;
        private int limit = SLOTS;
        private long number;
        private long asked;
        private int issued;
        private int mostAtOnce;
        private int mostWhileDoubtful;
        private Instant lastIssued = START;

        Simulation(int certificates, Duration failingTakes, String failure) {
            this.certificates = certificates;
            this.failingTakes = failingTakes;
            this.failure = failure;
            account.setMetadata(new ObjectMetaBuilder()
                    .withNamespace("team")
                    .withName("acme")
                    .build());
        }

        void run(Duration dueWithin) {
            for (int i = 0; i < certificates; i++) {
                int certificate = i;
                at(START.plus(dueWithin.multipliedBy(i).dividedBy(certificates)), () -> reconcile(certificate));
            }
            for (var event = events.poll(); event != null; event = events.poll()) {
                clock.passTo(event.at);
                event.what.run();
            }
        }

        private void at(Instant time, Runnable what) {
            events.add(new Event(time, number++, what));
        }

        private void reconcile(int certificate) {
            if (!standsStill(certificate)) {
                limit = isDoubtful() ? 1 : SLOTS;
                waiting.add(() -> order(certificate));
                dispatch();
            }
        }

        private boolean isDoubtful() {
            return standstills.of(account).isPresent();
        }

        private boolean standsStill(int certificate) {
            var until = standstills.of(account).filter(s -> s.isWaiting(clock.instant()));
            until.ifPresent(s -> at(s.until().plusMillis(1 + random.nextInt(1_000)), () -> reconcile(certificate)));
            return until.isPresent();
        }

        private void dispatch() {
            while (!waiting.isEmpty() && queue.running() < limit) {
                waiting.remove().run();
            }
        }

        private void order(int certificate) {
            if (standsStill(certificate)) {
                return;
            }
            var slot = slot();
            mostAtOnce = Math.max(mostAtOnce, queue.running());
            boolean isDown = clock.instant().isBefore(START.plus(DAY));
            if (isDoubtful()) {
                mostWhileDoubtful = Math.max(mostWhileDoubtful, queue.running());
            }
            if (isDown) {
                asked++;
                at(clock.instant().plus(failingTakes), () -> {
                    slot.close();
                    failed(certificate);
                    dispatch();
                });
                return;
            }
            standstills.answered(account);
            limit = SLOTS;
            at(clock.instant().plus(ORDER_TAKES), () -> {
                slot.close();
                issued++;
                lastIssued = clock.instant();
                dispatch();
            });
            dispatch();
        }

        private IssuanceQueue.Slot slot() {
            try {
                return queue.acquire(Priority.FIRST_ISSUE, "team", limit);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void failed(int certificate) {
            var why = failure();
            if (standstills.failed(account, "certificate-" + certificate, why).isPresent()) {
                standsStill(certificate);
                return;
            }
            int failures = attempts.merge(certificate, 1, Integer::sum);
            at(Setback.of(why).nextAttempt(failures, clock.instant(), random), () -> reconcile(certificate));
        }

        private AcmeFailure failure() {
            @Nullable Instant retryAfter = null;
            return failure.startsWith("HTTP")
                    ? AcmeFailures.status(Step.NEW_ORDER, 503, retryAfter)
                    : AcmeFailures.below(Step.NEW_ORDER, failure);
        }
    }
}
