package dev.caas.pki;

/**
 * A text is not the PEM (RFC 7468) that was expected. The message says what is missing or wrong and never quotes the
 * text, which may be a private key; for the same reason there is no cause.
 */
public final class InvalidPemException extends Exception {
    public InvalidPemException(String message) {
        super(message);
    }
}
