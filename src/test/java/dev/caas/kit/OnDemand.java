package dev.caas.kit;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A part that is started when first asked for; a start that failed is not tried again. */
final class OnDemand<T extends AutoCloseable> {
    private final Supplier<T> start;
    private @Nullable T part;
    private @Nullable RuntimeException failure;

    OnDemand(Supplier<T> start) {
        this.start = start;
    }

    synchronized T get() {
        if (failure != null) {
            throw failure;
        }
        T running = part;
        if (running == null) {
            try {
                running = start.get();
            } catch (RuntimeException e) {
                failure = e;
                throw e;
            }
            part = running;
        }
        return running;
    }

    /** Closes it where it was started. */
    synchronized void close() {
        if (part != null) {
            try {
                part.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new PartFailed("A part does not close: " + e, e);
            }
        }
    }
}
