package dev.caas.acme;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Problem;

/** A reply with an error status: its problem document if it had one, and when the server wants to be asked again. */
final class ProblemResponse extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient @Nullable Problem problem;
    private final transient @Nullable Instant retryAfter;

    ProblemResponse(int status, @Nullable Problem problem, @Nullable Instant retryAfter) {
        super("HTTP " + status);
        this.status = status;
        this.problem = problem;
        this.retryAfter = retryAfter;
    }

    int status() {
        return status;
    }

    @Nullable
    Problem problem() {
        return problem;
    }

    @Nullable
    Instant retryAfter() {
        return retryAfter;
    }
}
