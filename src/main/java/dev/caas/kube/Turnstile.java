package dev.caas.kube;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Lets requests through a few at a time, in the order they came. Reconciles are not limited in number, and the client
 * gives a request up that has waited ten seconds for a connection: ten thousand certificates whose status changes at once
 * would get in each other's way, and try again, and so on.
 */
final class Turnstile {
    private static final int AT_ONCE = 20;

    private final Semaphore places = new Semaphore(AT_ONCE, true);

    /** Waits for its turn, makes the request and returns what it returned. */
    <T> T pass(Supplier<T> request) {
        places.acquireUninterruptibly();
        try {
            return request.get();
        } finally {
            places.release();
        }
    }
}
