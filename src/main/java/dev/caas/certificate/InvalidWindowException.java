package dev.caas.certificate;

/** A renewal window cannot be read. The message says which, and what to write. */
final class InvalidWindowException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidWindowException(String message) {
        super(message);
    }
}
