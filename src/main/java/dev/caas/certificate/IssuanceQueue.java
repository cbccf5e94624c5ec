package dev.caas.certificate;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets one account's certificates be issued a few at a time: what expires soon before other renewals, those before first
 * issues, then the namespaces in turn, then first come, first served. A freed slot goes straight to the one whose turn it is, so nobody can slip in between.
 */
public final class IssuanceQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Priority, Lane> lanes = new EnumMap<>(Priority.class);
    private int limit = 1;
    private int running;

    /** Who goes first. */
    public enum Priority {
        EXPIRES_SOON,
        RENEWAL,
        FIRST_ISSUE
    }

    public IssuanceQueue() {
        for (var priority : Priority.values()) {
            lanes.put(priority, new Lane());
        }
    }

    /**
     * Blocks until it is this caller's turn. Close what it returns when the work is done:
     * {@code try (var _ = queue.acquire(...)) { ... }}.
     *
     * @param limit how many slots there are from now on; lowering it takes nothing from those who hold one
     */
    public Slot acquire(Priority priority, String namespace, int limit) throws InterruptedException {
        if (limit < 1) {
            throw new IllegalArgumentException("a queue needs at least one slot, not " + limit);
        }
        lock.lockInterruptibly();
        try {
            this.limit = limit;
            Lane lane = requireNonNull(lanes.get(priority));
            Waiter waiter = new Waiter(namespace, lock.newCondition());
            lane.add(waiter);
            dispatch();
            awaitTurn(lane, waiter);
            return new Slot();
        } finally {
            lock.unlock();
        }
    }

    /** Changes how many slots there are; those that are new are taken at once by who waits. */
    public void resize(int limit) {
        lock.lock();
        try {
            this.limit = limit;
            dispatch();
        } finally {
            lock.unlock();
        }
    }

    /** How many callers are waiting for a slot. */
    public int waiting() {
        lock.lock();
        try {
            return lanes.values().stream().mapToInt(lane -> lane.size).sum();
        } finally {
            lock.unlock();
        }
    }

    /** How many slots are held. */
    public int running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    private void awaitTurn(Lane lane, Waiter waiter) throws InterruptedException {
        try {
            while (!waiter.granted) {
                waiter.turn.await();
            }
        } catch (InterruptedException e) {
            if (waiter.granted) {
                running--;
                dispatch();
            } else {
                lane.remove(waiter);
            }
            throw e;
        }
    }

    private void dispatch() {
        while (running < limit) {
            var first = lanes.values().stream().filter(lane -> lane.size > 0).findFirst();
            if (first.isEmpty()) {
                return;
            }
            Waiter next = requireNonNull(first.get().next());
            running++;
            next.granted = true;
            next.turn.signal();
        }
    }

    /** The right to have one order in work. */
    public final class Slot implements AutoCloseable {
        private boolean closed;

        private Slot() {}

        /** Gives the slot to the next in turn; a second call does nothing. */
        @Override
        public void close() {
            lock.lock();
            try {
                if (!closed) {
                    closed = true;
                    running--;
                    dispatch();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private static final class Waiter {
        private final String namespace;
        private final Condition turn;
        private boolean granted;

        Waiter(String namespace, Condition turn) {
            this.namespace = namespace;
            this.turn = turn;
        }
    }

    /** Those who wait, by namespace; the namespace whose turn is next comes first. */
    private static final class Lane {
        private final Map<String, ArrayDeque<Waiter>> turns = new LinkedHashMap<>();
        private int size;

        void add(Waiter waiter) {
            turns.computeIfAbsent(waiter.namespace, _ -> new ArrayDeque<>()).add(waiter);
            size++;
        }

        @Nullable
        Waiter next() {
            Iterator<ArrayDeque<Waiter>> first = turns.values().iterator();
            if (!first.hasNext()) {
                return null;
            }
            ArrayDeque<Waiter> queue = first.next();
            Waiter waiter = queue.remove();
            first.remove();
            if (!queue.isEmpty()) {
                turns.put(waiter.namespace, queue);
            }
            size--;
            return waiter;
        }

        void remove(Waiter waiter) {
            ArrayDeque<Waiter> queue = turns.get(waiter.namespace);
            if (queue != null && queue.remove(waiter)) {
                size--;
                if (queue.isEmpty()) {
                    turns.remove(waiter.namespace);
                }
            }
        }
    }
}
