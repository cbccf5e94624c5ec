package dev.caas.certificate;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.Step;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.challenge.SolverException;
import dev.caas.challenge.dns01.DnsException;
import dev.caas.challenge.http01.Http01Exception;
import dev.caas.kube.Doubling;
import dev.caas.kube.SecretTakenException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that did not get through, sorted by what happens next (design.md section 3.6). Pure.
 *
 * @param reason what the status says
 * @param pace how the next attempts are spaced
 * @param step the step that failed, in the words of RFC 8555
 * @param type the problem's type
 * @param until when the CA asked to come back, or null
 */
record Setback(
        Reason reason,
        Pace pace,
        String step,
        String type,
        String detail,
        List<String> subproblems,
        @Nullable Instant until) {
    private static final String BLANK = "about:blank";
    private static final String REVOCATION = Step.REVOKE_CERT.label();
    private static final Duration ACCOUNT_WAIT = Duration.ofMinutes(10);
    private static final Duration LONGEST_WAIT = Duration.ofHours(24);

    /** Credentials that are renewed, time-outs, conflicts, too many requests: the same write may be taken the next time. */
    private static final Set<Integer> PASSING_REFUSALS = Set.of(401, 408, 409, 429);

    /** No attempt is further off than this. */
    static final Duration LONGEST_WAIT_WITH_JITTER = Duration.ofHours(27);

    /** How attempts are spaced: the n-th failure in a row waits twice as long as the one before, up to a bound. */
    enum Pace {
        /** It may pass by itself soon. */
        SOON(Duration.ofSeconds(5), Duration.ofHours(1)),
        /** The CA failed: it is up again some time, and then nobody should have to wait for long. */
        SERVER(Duration.ofSeconds(5), Duration.ofMinutes(15)),
        /** Control could not be proven; CAs count these. */
        PROOF(Duration.ofMinutes(1), Duration.ofHours(4)),
        /** The API server refuses a write: while it starts, which passes at once, or until something changes. */
        REFUSED(Duration.ofSeconds(5), Duration.ofHours(24)),
        /** It will be refused again until something changes. */
        LATER(Duration.ofHours(1), Duration.ofHours(24)),
        /** The CA said when; the account waits as one. */
        ACCOUNT(Duration.ofSeconds(5), ACCOUNT_WAIT),
        /** Not a failure: the CA is still at work on the order. */
        CA_AT_WORK(Duration.ofSeconds(5), Duration.ofMinutes(5)),
        /** Not a failure: another certificate's turn. */
        HOST_BUSY(Duration.ofSeconds(10), Duration.ofSeconds(10));

        private final Duration first;
        private final Duration most;

        Pace(Duration first, Duration most) {
            this.first = first;
            this.most = most;
        }

        private Duration wait(int attempts) {
            return new Doubling(first, most).after(attempts);
        }
    }

    static Setback of(AcmeFailure failure) {
        record Sorted(Reason reason, Pace pace) {}
        var sorted = switch (failure.kind()) {
            case UNREACHABLE, RETRY -> new Sorted(Reason.Failed, Pace.SERVER);
            case UNTRUSTED -> new Sorted(Reason.UntrustedServer, Pace.LATER);
            case ADDRESS_NOT_ALLOWED -> new Sorted(Reason.AddressNotAllowed, Pace.LATER);
            case WAIT -> new Sorted(Reason.RateLimited, Pace.ACCOUNT);
            case CHALLENGE -> new Sorted(Reason.ChallengeFailed, Pace.PROOF);
            case BLOCKED -> new Sorted(Reason.Failed, Pace.LATER);
            case PAUSED -> new Sorted(Reason.CAPaused, Pace.LATER);
            case USER_ACTION -> new Sorted(Reason.TermsChanged, Pace.LATER);
            case ACCOUNT_UNKNOWN -> new Sorted(Reason.AccountNotReady, Pace.SOON);
        };
        return new Setback(
                sorted.reason,
                sorted.pace,
                failure.step().label(),
                failure.type(),
                failure.detail(),
                failure.subproblems(),
                failure.retryAfter().orElse(null));
    }

    static Setback of(DnsException failure) {
        boolean lasting =
                failure.kind() == DnsException.Kind.REFUSED || failure.kind() == DnsException.Kind.ADDRESS_NOT_ALLOWED;
        var reason = failure.kind() == DnsException.Kind.ADDRESS_NOT_ALLOWED
                ? Reason.AddressNotAllowed
                : Reason.ChallengeFailed;
        return local(reason, lasting ? Pace.PROOF : Pace.SOON, "challenge", failure.getMessage());
    }

    static Setback of(Http01Exception failure) {
        return switch (failure.kind()) {
            case NOT_ANSWERED -> local(Reason.ChallengeFailed, Pace.SOON, "challenge", failure.getMessage());
            case CONFIGURATION -> local(Reason.ChallengeFailed, Pace.PROOF, "challenge", failure.getMessage());
            case ADDRESS_NOT_ALLOWED -> local(Reason.AddressNotAllowed, Pace.PROOF, "challenge", failure.getMessage());
        };
    }

    static Setback of(SolverException failure) {
        return local(Reason.ChallengeFailed, Pace.PROOF, "challenge", failure.getMessage());
    }

    static Setback of(SecretTakenException failure) {
        return local(
                Reason.SecretConflict,
                Pace.PROOF,
                "secret",
                failure.getMessage()
                        + ". Delete or rename it, choose another spec.secretName, or set spec.adoptExistingSecret;"
                        + " the certificate that was ordered is kept and will be written then");
    }

    /** The Secret that was to keep the order's checkpoint is somebody else's: nothing may be done with the order. */
    static Setback checkpointTaken(SecretTakenException failure) {
        return local(
                Reason.SecretConflict,
                Pace.LATER,
                "newOrder",
                failure.getMessage()
                        + ". The operator keeps orders under way there. Delete or rename it, or rename this"
                        + " ManagedCertificate");
    }

    /** The order cannot be gone on with, and each attempt costs another at the CA: refusals are met less and less often. */
    static Setback checkpointRefused(KubernetesClientException failure) {
        var setback = of(failure);
        return isRefusal(failure.getCode()) ? local(setback.reason, Pace.REFUSED, "newOrder", setback.detail) : setback;
    }

    /** Whether it is what a quota, a policy or a namespace that goes answers; and an API server that just starts, for RBAC. */
    private static boolean isRefusal(int code) {
        return code / 100 == 4 && !PASSING_REFUSALS.contains(code);
    }

    /** The API server did not take a write; what it says names no secret values. */
    static Setback of(KubernetesClientException failure) {
        var said = failure.getStatus() != null && failure.getStatus().getMessage() != null
                ? failure.getStatus().getMessage()
                : String.valueOf(failure.getMessage());
        return local(
                Reason.Failed,
                Pace.SOON,
                "secret",
                "the API server did not take a write: " + (said.length() <= 400 ? said : said.substring(0, 400) + "…"));
    }

    /** A certificate that is to be revoked cannot be. */
    static Setback notRevoked(String why) {
        return local(Reason.Failed, Pace.LATER, REVOCATION, why);
    }

    /** The same, by what the CA said, at whatever step: a revocation may begin with getting the certificate. */
    static Setback notRevoked(AcmeFailure failure) {
        return of(failure).ofRevocation();
    }

    /** It is revoked, and that could not be noted. */
    static Setback notRevoked(KubernetesClientException failure) {
        return of(failure).ofRevocation();
    }

    /** The operator itself failed to. */
    static Setback notRevoked(RuntimeException failure) {
        return fault(failure).ofRevocation();
    }

    private Setback ofRevocation() {
        return new Setback(
                reason,
                pace,
                REVOCATION,
                type,
                step.equals(REVOCATION) ? detail : step + ": " + detail,
                subproblems,
                until);
    }

    /** Whether what a status tells of was a revocation: orders do not wait for those. */
    static boolean isOfRevocation(ManagedCertificateStatus.@Nullable Failure failure) {
        return failure != null && REVOCATION.equals(failure.step());
    }

    /** The operator itself failed; its log has more. */
    static Setback fault(RuntimeException e) {
        return local(
                Reason.Failed,
                Pace.PROOF,
                "operator",
                "the operator failed (" + e.getClass().getSimpleName() + "); its log says where");
    }

    /** The CA issued something else than was ordered; it is not put into the Secret. */
    static Setback useless(List<String> flaws) {
        return local(
                Reason.Failed,
                Pace.LATER,
                "certificate",
                "the CA's certificate is not what was ordered and was not used: " + String.join(" ", flaws));
    }

    /**
     * The CA has not decided yet. It is asked again when it said, but the longer it has had the order the less often.
     *
     * @param asked when the CA wants to be asked
     * @param age since when it has had the order
     */
    static Setback waiting(String step, Instant asked, Duration age, Instant now) {
        var pause = age.dividedBy(4);
        var bounded = pause.compareTo(Pace.CA_AT_WORK.most) > 0 ? Pace.CA_AT_WORK.most : pause;
        var next = now.plus(bounded.compareTo(Pace.CA_AT_WORK.first) < 0 ? Pace.CA_AT_WORK.first : bounded);
        return new Setback(
                Reason.WaitingForCA,
                Pace.CA_AT_WORK,
                step,
                BLANK,
                "the CA is still at work on the order",
                List.of(),
                asked.isAfter(next) ? asked : next);
    }

    /** Another account or namespace proves control of one of the hosts right now. */
    static Setback busy(Set<String> hosts) {
        return new Setback(
                Reason.HostBusy,
                Pace.HOST_BUSY,
                "challenge",
                BLANK,
                "a certificate of another account or namespace is being issued for "
                        + String.join(", ", new TreeSet<>(hosts)) + "; a host is proven for one at a time",
                List.of(),
                null);
    }

    private static Setback local(Reason reason, Pace pace, String step, @Nullable String detail) {
        return new Setback(reason, pace, step, BLANK, detail == null ? "" : detail, List.of(), null);
    }

    /** Whether the next attempt may succeed without anybody changing anything. */
    boolean passing() {
        return pace != Pace.LATER;
    }

    /** Whether this counts as a failed attempt. */
    boolean isFailure() {
        return pace != Pace.CA_AT_WORK && pace != Pace.HOST_BUSY;
    }

    /**
     * When to try again, to the second: when the CA said, but never sooner than the attempts are spaced. A CA that says
     * "in a second" for ever is not asked every second.
     *
     * @param attempts failures in a row, this one included; at least 1
     */
    Instant nextAttempt(int attempts, Instant now, RandomGenerator random) {
        var spaced = now.plus(pace == Pace.ACCOUNT && until == null ? pace.most : pace.wait(attempts));
        var next = Optional.ofNullable(until)
                .map(u -> u.isAfter(now.plus(LONGEST_WAIT)) ? now.plus(LONGEST_WAIT) : u)
                .filter(spaced::isBefore)
                .orElse(spaced);
        // Later by up to a tenth, so that those who failed together do not come back together.
        var jitter = Duration.between(now, next).toMillis() * random.nextDouble() / 10;
        return next.plusMillis((long) jitter).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    }

    /** For the status: what happened, and what happens next. */
    String message() {
        var more = subproblems.isEmpty() ? "" : " (" + String.join("; ", subproblems) + ")";
        return step + ": " + detail + more;
    }
}
