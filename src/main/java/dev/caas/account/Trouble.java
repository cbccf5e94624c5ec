package dev.caas.account;

import dev.caas.api.Reason;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why an account cannot be used now: what its status says, and when to look again.
 *
 * @param passing whether another try may succeed without anybody changing anything
 * @param again when to try again; null to leave it to the usual back-off
 */
record Trouble(
        Reason reason,
        String message,
        boolean passing,
        @Nullable Instant again) {

    /** Somebody has to change something. */
    static Trouble lasting(Reason reason, String message) {
        return new Trouble(reason, message, false, null);
    }

    /** It may pass. */
    static Trouble passing(Reason reason, String message) {
        return new Trouble(reason, message, true, null);
    }

    /** The same, said of what was being done. */
    Trouble about(String what) {
        return new Trouble(reason, what + message, passing, again);
    }

    Optional<Instant> nextTry() {
        return Optional.ofNullable(again);
    }
}
