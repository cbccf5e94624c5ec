package dev.caas.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.acme.AcmeFailure.Kind;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Instant;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.toolbox.JSON;

/** Every way in which an ACME step can fail leaves sorted by what to do about it. */
class FailuresTest {
    private static final Instant LATER = Instant.parse("2026-03-01T13:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "NEW_ORDER,   rejectedIdentifier,   403, false, BLOCKED",
        "NEW_ORDER,   unauthorized,         403, false, BLOCKED",
        "NEW_ORDER,   unsupportedIdentifier,400, false, BLOCKED",
        "NEW_ORDER,   invalidProfile,       400, false, BLOCKED",
        "NEW_ORDER,   malformed,            400, false, BLOCKED",
        "NEW_ORDER,   rateLimited,          429, true,  WAIT",
        "NEW_ORDER,   rateLimited,          429, false, WAIT",
        "NEW_ORDER,   serverInternal,       500, false, RETRY",
        "NEW_ORDER,   serverInternal,       503, true,  WAIT",
        "NEW_ORDER,   badNonce,             400, false, RETRY",
        "NEW_ORDER,   userActionRequired,   403, false, USER_ACTION",
        "NEW_ORDER,   accountDoesNotExist,  400, false, ACCOUNT_UNKNOWN",
        "CHALLENGE,   dns,                  400, false, CHALLENGE",
        "CHALLENGE,   connection,           400, false, CHALLENGE",
        "CHALLENGE,   incorrectResponse,    403, false, CHALLENGE",
        "CHALLENGE,   unauthorized,         403, false, CHALLENGE",
        "CHALLENGE,   caa,                  403, false, BLOCKED",
        "FINALIZE,    badCSR,               400, false, BLOCKED",
        "FINALIZE,    caa,                  403, false, BLOCKED",
        "FINALIZE,    orderNotReady,        403, false, RETRY",
        "FINALIZE,    someFutureProblem,    400, false, BLOCKED",
        "FINALIZE,    someFutureProblem,    502, false, RETRY"
    })
    void aProblemIsSortedByTypeStepAndStatus(Step step, String type, int status, boolean retryAfter, Kind kind) {
        var failure = Failures.problem(step, status, problem(type, "because"), retryAfter ? LATER : null);

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.type()).isEqualTo(Failures.URN + type);
        assertThat(failure.step()).isEqualTo(step);
        assertThat(failure.retryAfter().isPresent()).isEqualTo(retryAfter);
    }

    @Test
    void aPausedAccountIsNotARateLimit() {
        var failure = Failures.problem(
                Step.NEW_ORDER,
                429,
                problem("rateLimited", "Your account is temporarily prevented from requesting"),
                null);

        assertThat(failure.kind()).isEqualTo(Kind.PAUSED);
    }

    @Test
    void foreignTextIsOneBoundedLine() {
        var failure = Failures.problem(
                Step.NEW_ORDER, 400, problem("malformed", "first\\n\\tsecond " + "x".repeat(5_000)), null);

        assertThat(failure.detail()).startsWith("first second").hasSizeLessThanOrEqualTo(512);
    }

    @Test
    void whatLiesBelowAcmeIsToldApart() {
        assertThat(network(new UnknownHostException("acme.example.com: Name or service not known"))
                        .detail())
                .isEqualTo("unknown host acme.example.com");
        assertThat(network(new UnknownHostException("h")).kind()).isEqualTo(Kind.UNREACHABLE);
        var untrusted = new SSLHandshakeException("PKIX");
        untrusted.initCause(new CertificateException("unable to find valid certification path"));
        assertThat(network(untrusted).kind()).isEqualTo(Kind.UNTRUSTED);
        assertThat(network(new ProblemResponse(503, null, LATER)).kind()).isEqualTo(Kind.WAIT);
        assertThat(network(new ProblemResponse(503, null, null)).kind()).isEqualTo(Kind.RETRY);
        assertThat(network(new ProblemResponse(429, null, null)).kind()).isEqualTo(Kind.WAIT);
        assertThat(network(new ProblemResponse(404, null, null)).kind()).isEqualTo(Kind.BLOCKED);
        assertThat(network(new ProblemResponse(404, null, null)).isNotThere()).isTrue();
        assertThat(network(new ProblemResponse(403, null, null)).isNotThere()).isFalse();
    }

    @Test
    void garbageIsWorthAnotherTry() {
        var failure = catchThrowableOfType(
                AcmeFailure.class,
                () -> Failures.sorted(Step.NEW_ORDER, () -> {
                    throw new AcmeProtocolException("not JSON");
                }));

        assertThat(failure.kind()).isEqualTo(Kind.RETRY);
    }

    private static AcmeFailure network(java.io.IOException cause) {
        return catchThrowableOfType(AcmeFailure.class, () -> Failures.sorted(Step.DIRECTORY, () -> fail(cause)));
    }

    private static Object fail(java.io.IOException cause) throws AcmeException {
        throw new AcmeNetworkException(cause);
    }

    private static Problem problem(String type, String detail) {
        try {
            return new Problem(
                    JSON.parse("{\"type\":\"" + Failures.URN + type + "\",\"detail\":\"" + detail + "\"}"),
                    URI.create("https://acme.example.com/").toURL());
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
