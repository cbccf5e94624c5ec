package dev.caas.kit;

import org.jspecify.annotations.Nullable;

/** A part of the test kit could not be provisioned or did not start; the message says which, and ends with its log. */
public final class PartFailed extends RuntimeException {
    public PartFailed(String message) {
        super(message);
    }

    public PartFailed(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
