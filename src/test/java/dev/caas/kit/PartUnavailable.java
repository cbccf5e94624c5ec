package dev.caas.kit;

import org.jspecify.annotations.Nullable;

/** Something that not every machine can run cannot run on this one; the message says why. Tests of it are skipped. */
public class PartUnavailable extends RuntimeException {
    public PartUnavailable(String message) {
        this(message, null);
    }

    public PartUnavailable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
