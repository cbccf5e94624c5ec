package dev.caas.challenge.dns01;

import org.jspecify.annotations.Nullable;

/** Publishing or watching a record failed. The message says what, where and what to do, and holds no secret. */
public final class DnsException extends Exception {
    /** What the caller can do about it. */
    public enum Kind {
        /** The server does not accept the key, the zone or the name: someone has to change something. */
        REFUSED,
        /** An address to be asked is denied by the outbound policy: someone has to change something. */
        ADDRESS_NOT_ALLOWED,
        /** No answer in time, or the network failed: worth another try soon. */
        UNREACHABLE,
        /** Not every authoritative server had the records in time: worth another try. */
        NOT_PROPAGATED,
        /** Anything else, such as a failure inside the name server. */
        OTHER
    }

    private final Kind kind;

    public DnsException(Kind kind, String message) {
        this(kind, message, null);
    }

    public DnsException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What the caller can do about it. */
    public Kind kind() {
        return kind;
    }
}
