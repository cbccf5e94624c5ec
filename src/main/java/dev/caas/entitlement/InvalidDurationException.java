package dev.caas.entitlement;

/** A text that is no duration; the message says what is wrong and how to write one. */
public final class InvalidDurationException extends Exception {
    InvalidDurationException(String text, String problem) {
        super("'" + InvalidNameException.printable(text) + "' " + problem);
    }
}
