package dev.caas.pki;

/** A certificate signing request that cannot be used. The message says what is wrong with it and what to do. */
public final class InvalidRequestException extends Exception {
    public InvalidRequestException(String message) {
        super(message);
    }
}
