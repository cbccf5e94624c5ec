package dev.caas.kit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests that a rule stops until the test lets them go on; afterwards the rule stops nothing any more. */
public final class Hold implements AutoCloseable {
    private final Semaphore arrivals = new Semaphore(0);
    private final AtomicInteger reached = new AtomicInteger();
    private final CountDownLatch letGo = new CountDownLatch(1);
    private volatile boolean dropped;

    Hold() {}

    /**
     * Waits for the next request to be held, one more for every call.
     *
     * @throws PartFailed when none comes within the limit
     */
    public void awaitReached(Duration limit) {
        try {
            if (!arrivals.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new PartFailed("No request reached the hold within " + limit);
            }
        } catch (InterruptedException e) {
            throw Poll.interrupted("a request is held", e);
        }
    }

    /** How many requests have come so far. */
    public int reached() {
        return reached.get();
    }

    /** Lets the held requests go on as if nothing had been. */
    public void release() {
        letGo.countDown();
    }

    /** Ends the held requests by closing their connections; those held before forwarding never reach the CA. */
    public void drop() {
        dropped = true;
        letGo.countDown();
    }

    /** Releases. */
    @Override
    public void close() {
        release();
    }

    /** Holds the calling thread; true when the request is to go on. */
    boolean await() {
        if (letGo.getCount() == 0) {
            return true;
        }
        reached.incrementAndGet();
        arrivals.release();
        try {
            letGo.await();
        } catch (InterruptedException e) {
            throw Poll.interrupted("a held request", e);
        }
        return !dropped;
    }
}
