package dev.caas.platform;

import dev.caas.api.Reason;

/** A platform did not do what it was asked. The message is for people and holds no credentials. */
public final class PlatformFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** What can be concluded. */
    public enum Kind {
        /** No connection was made: nothing was asked. */
        UNREACHABLE(Reason.PlatformUnreachable, true),
        /** It was asked, and what it answered, if anything, does not tell whether it was done. */
        UNKNOWN_OUTCOME(Reason.PlatformUnreachable, true),
        /** Wrong login, locked, expired, or this address is blocked. Nothing was done. */
        UNAUTHORIZED(Reason.Unauthorized, false),
        /** Money: no price, no funds, no credit. Nothing was done. */
        PAYMENT(Reason.PaymentRefused, false),
        /** The term is over, or cannot be extended now. Nothing was done. */
        TERM(Reason.SubscriptionExpired, false),
        /** It does not know the binding. Nothing was done. */
        UNKNOWN_BINDING(Reason.BindingUnknown, false),
        /** It says no for another reason. Nothing was done. */
        REFUSED(Reason.PlatformRefused, false),
        /** This provider's API has no such thing. Nothing was asked. */
        UNSUPPORTED(Reason.Unsupported, false);

        private final Reason reason;
        private final boolean passing;

        Kind(Reason reason, boolean passing) {
            this.reason = reason;
            this.passing = passing;
        }
    }

    private final Kind kind;

    /** @param message what went wrong, and what to do */
    public PlatformFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public PlatformFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** The reason of conditions and Events. */
    public Reason reason() {
        return kind.reason;
    }

    /** Whether it may go away by itself. */
    public boolean isPassing() {
        return kind.passing;
    }

    /** The message, which is never absent. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
