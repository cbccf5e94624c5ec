package dev.caas.challenge;

/** A proof cannot be put in place because of how the solver is configured; the message says what to change. */
public final class SolverException extends Exception {
    private static final long serialVersionUID = 1L;

    SolverException(String message) {
        super(message);
    }
}
