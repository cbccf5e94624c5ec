package dev.caas.certificate;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caas.certificate.IssuanceQueue.Priority;
import dev.caas.certificate.IssuanceQueue.Slot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IssuanceQueueTest {

    private final IssuanceQueue queue = new IssuanceQueue();
    private final BlockingQueue<Turn> turns = new LinkedBlockingQueue<>();

    /** A caller whose turn it is. */
    private record Turn(String caller, Slot slot) {}

    @Test
    void aFreeSlotIsTakenAtOnce() throws Exception {
        try (Slot one = queue.acquire(Priority.FIRST_ISSUE, "a", 2);
                Slot two = queue.acquire(Priority.RENEWAL, "b", 2)) {
            assertThat(one).isNotSameAs(two);
            assertThat(queue.running()).isEqualTo(2);
            assertThat(queue.waiting()).isZero();
        }

        assertThat(queue.running()).isZero();
    }

    @Test
    void renewalsGoBeforeFirstIssues() throws Exception {
        assertThat(served("new a1", "new b1", "renew a2", "renew b2"))
                .containsExactly("renew a2", "renew b2", "new a1", "new b1");
    }

    @Test
    void whatExpiresSoonGoesBeforeOtherRenewals() throws Exception {
        assertThat(served("new a1", "renew a2", "renew b1", "soon a3"))
                .containsExactly("soon a3", "renew a2", "renew b1", "new a1");
    }

    @Test
    void namespacesTakeTurns() throws Exception {
        assertThat(served("new a1", "new a2", "new a3", "new b1", "new b2", "new c1"))
                .containsExactly("new a1", "new b1", "new c1", "new a2", "new b2", "new a3");
    }

    @Test
    void renewalsOfNamespacesTakeTurnsToo() throws Exception {
        assertThat(served("renew a1", "renew a2", "renew b1", "new c1"))
                .containsExactly("renew a1", "renew b1", "renew a2", "new c1");
    }

    @Test
    void insideANamespaceTheFirstComesFirst() throws Exception {
        assertThat(served("new a1", "new a2", "new a3")).containsExactly("new a1", "new a2", "new a3");
    }

    @Test
    void aLateNamespaceWaitsForOneTurnOfEachOther() throws Exception {
        Slot held = queue.acquire(Priority.FIRST_ISSUE, "x", 1);
        waiting("new a1", "new a2", "new a3");

        held.close();
        Turn first = nextTurn();
        waiting("new b1");
        first.slot.close();
        Turn second = nextTurn();
        second.slot.close();
        Turn third = nextTurn();

        assertThat(List.of(first.caller, second.caller, third.caller)).containsExactly("new a1", "new a2", "new b1");
        third.slot.close();
        nextTurn().slot.close();
    }

    @Test
    void aFreedSlotCannotBeSnatched() throws Exception {
        Slot held = queue.acquire(Priority.FIRST_ISSUE, "a", 1);
        waiting("new b1");

        held.close();

        assertThat(queue.waiting()).isZero();
        assertThat(queue.running()).isEqualTo(1);
        nextTurn().slot.close();
    }

    @Test
    void closingTwiceFreesOneSlot() throws Exception {
        Slot twice = queue.acquire(Priority.FIRST_ISSUE, "a", 2);
        Slot other = queue.acquire(Priority.FIRST_ISSUE, "a", 2);

        twice.close();
        twice.close();

        assertThat(queue.running()).isEqualTo(1);
        other.close();
    }

    @Test
    void aRaisedLimitLetsWaitersIn() throws Exception {
        Slot held = queue.acquire(Priority.FIRST_ISSUE, "a", 1);
        waiting("new a1", "new b1");

        Slot raised = queue.acquire(Priority.RENEWAL, "c", 4);

        assertThat(queue.running()).isEqualTo(4);
        assertThat(queue.waiting()).isZero();
        Stream.of(held, raised, nextTurn().slot, nextTurn().slot).forEach(Slot::close);
        assertThat(queue.running()).isZero();
    }

    @Test
    void aLoweredLimitTakesNothingAwayAndLetsNobodyIn() throws Exception {
        Slot one = queue.acquire(Priority.FIRST_ISSUE, "a", 2);
        Slot two = queue.acquire(Priority.FIRST_ISSUE, "a", 2);
        waiting("new b1");

        one.close();
        assertThat(queue.running()).isEqualTo(1);
        assertThat(queue.waiting()).isEqualTo(1);
        two.close();

        nextTurn().slot.close();
    }

    @Test
    void aQueueHasAtLeastOneSlot() {
        assertThatThrownBy(() -> queue.acquire(Priority.FIRST_ISSUE, "a", 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whoIsInterruptedLeavesTheQueue() throws Exception {
        Slot held = queue.acquire(Priority.FIRST_ISSUE, "x", 1);
        List<Thread> threads = waiting("new a1", "new a2", "new b1");

        threads.getFirst().interrupt();
        threads.getFirst().join();
        assertThat(queue.waiting()).isEqualTo(2);
        threads.getLast().interrupt();
        threads.getLast().join();
        held.close();

        Turn turn = nextTurn();
        assertThat(turn.caller).isEqualTo("new a2");
        turn.slot.close();
        assertThat(queue.running()).isZero();
    }

    @Test
    void whoIsInterruptedBeforehandGetsNothing() throws Exception {
        AtomicInteger interrupted = new AtomicInteger();
        Thread caller = Thread.ofVirtual().start(() -> {
            Thread.currentThread().interrupt();
            try (Slot slot = queue.acquire(Priority.FIRST_ISSUE, "a", 1)) {
                assertThat(slot).isNull();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
            }
        });

        caller.join();

        assertThat(interrupted).hasValue(1);
        assertThat(queue.running()).isZero();
    }

    @Test
    void aSlotThatReachesAnInterruptedCallerIsPassedOn() throws Exception {
        for (int round = 0; round < 1000; round++) {
            Slot held = queue.acquire(Priority.FIRST_ISSUE, "x", 1);
            Thread waiter = waiting("new a1").getFirst();
            Thread closer = Thread.ofVirtual().start(held::close);
            waiter.interrupt();
            closer.join();
            waiter.join();

            Turn turn = turns.poll();
            if (turn != null) {
                turn.slot.close();
            }
            assertThat(queue.running()).isZero();
        }
    }

    @Test
    void aStormOfCallersNeverExceedsTheLimitAndLeavesNothingBehind() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try (var _ =
                        queue.acquire(number % 3 == 0 ? Priority.RENEWAL : Priority.FIRST_ISSUE, "n" + number % 7, 4)) {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    most.accumulateAndGet(queue.running(), Math::max);
                    inside.decrementAndGet();
                } catch (InterruptedException e) {
                    // Every fifth caller is interrupted, wherever it happens to be.
                }
                done.incrementAndGet();
            }));
            if (i % 5 == 0) {
                threads.get(i / 2).interrupt();
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(done).hasValue(2000);
        assertThat(most.get()).isLessThanOrEqualTo(4);
        assertThat(queue.running()).isZero();
        assertThat(queue.waiting()).isZero();
    }

    /** Lets callers, written as "renew a1" or "new a1" for namespace a, queue up in order, then serves them one by one. */
    private List<String> served(String... callers) throws InterruptedException {
        Slot held = queue.acquire(Priority.FIRST_ISSUE, "x", 1);
        waiting(callers);
        held.close();
        List<String> order = new ArrayList<>();
        for (int i = 0; i < callers.length; i++) {
            Turn turn = nextTurn();
            order.add(turn.caller);
            turn.slot.close();
        }
        assertThat(queue.running()).isZero();
        return order;
    }

    private List<Thread> waiting(String... callers) {
        List<Thread> threads = new ArrayList<>();
        for (String caller : callers) {
            int before = queue.waiting();
            threads.add(Thread.ofVirtual().start(() -> arrive(caller)));
            await().pollInterval(Duration.ofMillis(1)).until(() -> queue.waiting() == before + 1);
        }
        return threads;
    }

    private void arrive(String caller) {
        try {
            var priority = caller.startsWith("soon")
                    ? Priority.EXPIRES_SOON
                    : caller.startsWith("renew") ? Priority.RENEWAL : Priority.FIRST_ISSUE;
            String namespace = caller.substring(caller.length() - 2, caller.length() - 1);
            turns.add(new Turn(caller, queue.acquire(priority, namespace, 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Turn nextTurn() throws InterruptedException {
        Turn turn = turns.poll(30, SECONDS);
        assertThat(turn).as("somebody's turn").isNotNull();
        return Objects.requireNonNull(turn);
    }
}
