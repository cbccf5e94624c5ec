package dev.caas.acme;

import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An ACME step that did not succeed, sorted by what the caller does about it. Text that came from the CA is bounded and
 * free of control characters; nothing in it is secret.
 */
public final class AcmeFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** What to do about a failure. */
    public enum Kind {
        /** The server cannot be reached: name, route, time-out. Try again soon. */
        UNREACHABLE,
        /** The server's TLS certificate is not trusted. Somebody has to change something. */
        UNTRUSTED,
        /** The operator's outbound policy forbids the address. Somebody has to change something. */
        ADDRESS_NOT_ALLOWED,
        /** The server failed (5xx, garbage), or it was the wrong moment (bad nonce). Try again soon. */
        RETRY,
        /** The CA asked to wait; the whole account waits. */
        WAIT,
        /** The CA could not see the proof of control. Try again, more and more slowly. */
        CHALLENGE,
        /** The CA refuses; the same request will be refused again until something changes. */
        BLOCKED,
        /** The CA paused the account or name until a person acts at the CA. */
        PAUSED,
        /** The terms of service changed, or a person has to act at the CA (RFC 8555 section 7.3.3). */
        USER_ACTION,
        /** The CA does not know the account key. */
        ACCOUNT_UNKNOWN
    }

    private static final Set<Step> BEFORE_THE_ORDER =
            EnumSet.of(Step.DIRECTORY, Step.NEW_NONCE, Step.NEW_ACCOUNT, Step.NEW_ORDER);

    /** The server is well and says what was wrong with the request; the next one will do. */
    private static final Set<String> OF_THE_MOMENT = Set.of(Failures.URN + "badNonce", Failures.URN + "orderNotReady");

    private final Kind kind;
    private final Step step;
    private final String type;
    private final String detail;
    private final transient List<String> subproblems;
    private final transient @Nullable Instant retryAfter;

    AcmeFailure(
            Kind kind,
            Step step,
            String type,
            String detail,
            List<String> subproblems,
            @Nullable Instant retryAfter,
            @Nullable Throwable cause) {
        super(step.label() + ": " + detail, cause);
        this.kind = kind;
        this.step = step;
        this.type = type;
        this.detail = detail;
        this.subproblems = List.copyOf(subproblems);
        this.retryAfter = retryAfter;
    }

    /** What to do about it. */
    public Kind kind() {
        return kind;
    }

    /** Where it happened. */
    public Step step() {
        return step;
    }

    /** The problem's type URN (RFC 8555 section 6.7), or {@code about:blank} where no problem document came. */
    public String type() {
        return type;
    }

    /** Whether it is the CA's own decision, said in a problem document, and not something on the way to it. */
    public boolean isDecision() {
        return !type.equals("about:blank");
    }

    /** Whether the CA says that this account, or this key, may not do that (RFC 8555 section 6.7). */
    public boolean isUnauthorized() {
        return type.equals(Failures.URN + "unauthorized");
    }

    /** Whether it says that the server is out of order, rather than what it thinks of an order. */
    public boolean isOutage() {
        return kind == Kind.UNREACHABLE
                || (kind == Kind.RETRY && BEFORE_THE_ORDER.contains(step) && !OF_THE_MOMENT.contains(type));
    }

    /** Whether, of an outage, another order might not have met with it: some servers fail at some names. */
    public boolean mayBeTheOrdersOwn() {
        return kind == Kind.RETRY && step == Step.NEW_ORDER;
    }

    /** Whether nothing is at the URL that was asked for (any more), whoever says so: RFC 8555 has no problem type for it. */
    public boolean isNotThere() {
        return getCause() instanceof ProblemResponse response
                && (response.status() == HttpURLConnection.HTTP_NOT_FOUND
                        || response.status() == HttpURLConnection.HTTP_GONE);
    }

    /** What went wrong, at most 512 characters. */
    public String detail() {
        return detail;
    }

    /** One line for each subproblem (RFC 8555 section 6.7.1), {@code name: type: detail}; at most ten. */
    public List<String> subproblems() {
        return subproblems;
    }

    /** The time the server asked to wait for, if it did. */
    public Optional<Instant> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
