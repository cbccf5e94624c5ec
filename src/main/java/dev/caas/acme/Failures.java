package dev.caas.acme;

import dev.caas.acme.AcmeFailure.Kind;
import dev.caas.outbound.AddressNotAllowedException;
import java.net.HttpURLConnection;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeLazyLoadingException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;
import org.shredzone.acme4j.exception.AcmeServerException;

/** Sorts what can go wrong (RFC 8555 section 6.7, and what lies below it) into {@link AcmeFailure}s. Pure. */
final class Failures {
    static final String URN = "urn:ietf:params:acme:error:";
    private static final String BLANK = "about:blank";
    private static final int MOST_TEXT = 512;
    private static final int MOST_SUBPROBLEMS = 10;

    /** Problems that are about the proof not being there (yet), wherever the CA comes to look: some look again late. */
    private static final Set<String> PROOF = Set.of("dns", "connection", "tls", "incorrectResponse");

    /** Of the kinds that the parts of a compound problem have, the one that takes most to put right comes first. */
    private static final List<Kind> WORST_FIRST =
            List.of(Kind.PAUSED, Kind.USER_ACTION, Kind.ACCOUNT_UNKNOWN, Kind.BLOCKED, Kind.WAIT, Kind.CHALLENGE);

    private Failures() {}

    /** An ACME call of a step; its exceptions are sorted. */
    interface Call<T> {
        T run() throws AcmeException;
    }

    static <T> T sorted(Step step, Call<T> call) throws AcmeFailure {
        try {
            return call.run();
        } catch (AcmeException e) {
            throw of(step, e);
        } catch (PooledNonceSession.NoNonceException e) {
            throw of(Step.NEW_NONCE, e.failure());
        } catch (AcmeLazyLoadingException e) {
            throw e.getCause() instanceof AcmeException cause ? of(step, cause) : garbage(step, e);
        } catch (AcmeNotSupportedException e) {
            throw failure(Kind.BLOCKED, step, BLANK, "the server does not offer it: " + e.getMessage(), null, e);
        } catch (RuntimeException e) {
            // acme4j throws AcmeProtocolException and plain IllegalArgumentExceptions at replies it cannot read.
            throw garbage(step, e);
        }
    }

    /** An ACME call that answers nothing worth keeping. */
    interface Act {
        void run() throws AcmeException;
    }

    static void act(Step step, Act act) throws AcmeFailure {
        sorted(step, () -> {
            act.run();
            return step;
        });
    }

    private static AcmeFailure of(Step step, AcmeException e) {
        return switch (e) {
            case AcmeNetworkException network -> below(step, network.getCause() == null ? e : network.getCause());
            case AcmeServerException server -> problem(step, 400, server.getProblem(), null);
            default -> failure(Kind.RETRY, step, BLANK, "unusable reply: " + e.getMessage(), null, e);
        };
    }

    private static AcmeFailure garbage(Step step, RuntimeException e) {
        // The exception's message may quote the whole reply: it goes no further.
        return failure(
                Kind.RETRY, step, BLANK, "unusable reply (" + e.getClass().getSimpleName() + ")", null, e);
    }

    /** What lies below ACME: addresses, names, TLS, HTTP. */
    private static AcmeFailure below(Step step, Throwable cause) {
        if (cause instanceof ProblemResponse response) {
            return response.problem() == null
                    ? withoutProblem(step, response)
                    : problem(step, response.status(), response.problem(), response.retryAfter());
        }
        for (Throwable t = cause; t != null; t = t.getCause()) {
            switch (t) {
                case AddressNotAllowedException denied -> {
                    return failure(Kind.ADDRESS_NOT_ALLOWED, step, BLANK, text(denied.getMessage()), null, cause);
                }
                case CertificateException untrusted -> {
                    return failure(Kind.UNTRUSTED, step, BLANK, text(untrusted.getMessage()), null, cause);
                }
                case UnknownHostException unknown -> {
                    // The JVM's message has more in it the first time than afterwards, from its cache of failures.
                    var host = text(unknown.getMessage()).split(":", 2)[0];
                    return failure(Kind.UNREACHABLE, step, BLANK, "unknown host " + host, null, cause);
                }
                default -> {}
            }
        }
        var what = cause instanceof SSLException ? "TLS failed: " : "";
        var message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return failure(Kind.UNREACHABLE, step, BLANK, what + message, null, cause);
    }

    private static AcmeFailure withoutProblem(Step step, ProblemResponse response) {
        int status = response.status();
        var kind = status == 429 || (status == 503 && response.retryAfter() != null)
                ? Kind.WAIT
                : isServerFault(status) ? Kind.RETRY : Kind.BLOCKED;
        return failure(kind, step, BLANK, "HTTP " + status, response.retryAfter(), response);
    }

    /**
     * Sorts a problem document.
     *
     * @param status the HTTP status it came with
     */
    static AcmeFailure problem(Step step, int status, Problem problem, @Nullable Instant retryAfter) {
        var type = problem.getType().toString();
        var name = name(problem);
        var detail = detail(problem);
        var subproblems = problem.getSubProblems().stream()
                .limit(MOST_SUBPROBLEMS)
                .map(Failures::subproblem)
                .toList();
        return new AcmeFailure(
                name.equals("compound")
                        ? compound(step, status, problem, retryAfter)
                        : kind(step, status, name, detail, retryAfter),
                step,
                text(type),
                text(detail),
                subproblems,
                retryAfter,
                null);
    }

    private static String name(Problem problem) {
        var type = problem.getType().toString();
        return type.startsWith(URN) ? type.substring(URN.length()) : type;
    }

    private static String detail(Problem problem) {
        return problem.getDetail().orElse(problem.getTitle().orElse(name(problem)));
    }

    private static Kind kind(Step step, int status, String name, String detail, @Nullable Instant retryAfter) {
        if (PROOF.contains(name) || (step == Step.CHALLENGE && name.equals("unauthorized"))) {
            return Kind.CHALLENGE;
        }
        boolean asksToWait = status == 429 || (retryAfter != null && (status == 503 || name.equals("serverInternal")));
        return switch (name) {
            case "rateLimited" -> isPause(detail) ? Kind.PAUSED : Kind.WAIT;
            case "userActionRequired", "agreementRequired" -> Kind.USER_ACTION;
            case "accountDoesNotExist" -> Kind.ACCOUNT_UNKNOWN;
            case "badNonce", "orderNotReady" -> Kind.RETRY;
            case "serverInternal" -> asksToWait ? Kind.WAIT : Kind.RETRY;
            default -> asksToWait ? Kind.WAIT : isServerFault(status) ? Kind.RETRY : Kind.BLOCKED;
        };
    }

    /** A compound problem says nothing itself (RFC 8555 section 6.7): what its parts are decides. */
    private static Kind compound(Step step, int status, Problem problem, @Nullable Instant retryAfter) {
        var parts = problem.getSubProblems().stream()
                .map(p -> kind(step, status, name(p), detail(p), retryAfter))
                .toList();
        return WORST_FIRST.stream()
                .filter(parts::contains)
                .findFirst()
                .orElseGet(() -> parts.isEmpty() ? kind(step, status, "compound", "", retryAfter) : Kind.RETRY);
    }

    private static boolean isServerFault(int status) {
        return status >= 500 || status == HttpURLConnection.HTTP_CLIENT_TIMEOUT;
    }

    /** CAs that pause an account or name say so in a rateLimited problem with a link for a person to follow. */
    private static boolean isPause(String detail) {
        var text = detail.toLowerCase(Locale.ROOT);
        return text.contains("paused") || text.contains("temporarily prevented");
    }

    private static String subproblem(Problem problem) {
        var name = problem.getIdentifier().map(i -> i.getValue() + ": ").orElse("");
        return text(name + problem.getType() + ": " + problem.getDetail().orElse(""));
    }

    private static AcmeFailure failure(
            Kind kind, Step step, String type, String detail, @Nullable Instant retryAfter, @Nullable Throwable cause) {
        return new AcmeFailure(kind, step, type, text(detail), List.of(), retryAfter, cause);
    }

    /** Foreign text on its way to status: one line, bounded. */
    private static String text(@Nullable String foreign) {
        if (foreign == null) {
            return "";
        }
        var line = foreign.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= MOST_TEXT ? line : line.substring(0, MOST_TEXT - 1) + "…";
    }
}
