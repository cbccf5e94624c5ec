package dev.caas.source;

/** A text that an annotation cannot have; the message goes on after key and text: what is wrong and what to write. */
final class InvalidValueException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidValueException(String message) {
        super(message);
    }
}
