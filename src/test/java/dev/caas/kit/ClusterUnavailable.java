package dev.caas.kit;

import org.jspecify.annotations.Nullable;

/** The cluster that was asked for cannot run on this machine; the message says what is missing. Tests are skipped. */
public final class ClusterUnavailable extends PartUnavailable {
    public ClusterUnavailable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
