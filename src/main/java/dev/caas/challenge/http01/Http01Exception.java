package dev.caas.challenge.http01;

/** The CA's request cannot be answered yet. The message says which hop failed and what to do, and quotes no answer. */
public final class Http01Exception extends Exception {
    private static final long serialVersionUID = 1L;

    /** What the caller can do about it. */
    public enum Kind {
        /** Someone has to change something: the solver, the operator's settings, an object that is in the way. */
        CONFIGURATION,
        /** An address to be asked is denied by the outbound policy: someone has to change something. */
        ADDRESS_NOT_ALLOWED,
        /** The answer did not come back in time: worth another try soon. */
        NOT_ANSWERED
    }

    private final Kind kind;

    Http01Exception(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What the caller can do about it. */
    public Kind kind() {
        return kind;
    }
}
