package dev.caas.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.acme.AcmeFailure.Kind;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeNetworkException;

/** What an ACME step that failed is sorted by, and what is kept of it; the cells are in the table of certificates' failures. */
class FailuresTest {
    private static final Instant LATER = Instant.parse("2026-03-01T13:00:00Z");

    @Test
    void whatTheCaSaysIsKept() {
        var failure = Failures.problem(
                Step.NEW_ORDER, 503, AcmeFailures.document("serverInternal", "the database is down"), LATER);

        assertThat(failure.type()).isEqualTo(Failures.URN + "serverInternal");
        assertThat(failure.detail()).isEqualTo("the database is down");
        assertThat(failure.step()).isEqualTo(Step.NEW_ORDER);
        assertThat(failure.retryAfter()).contains(LATER);
    }

    /** What takes most to put right decides: it is no use to prove again what the CA does not serve. */
    @ParameterizedTest
    @CsvSource({
        "dns connection,               CHALLENGE",
        "dns badNonce,                 CHALLENGE",
        "dns caa,                      BLOCKED",
        "rateLimited dns,              WAIT",
        "rateLimited rejectedIdentifier, BLOCKED",
        "dns userActionRequired,       USER_ACTION",
        "serverInternal badNonce,      RETRY",
    })
    void aCompoundProblemIsWhatItsPartsAre(String parts, Kind kind) {
        var subproblems = Stream.of(parts.split(" "))
                .map(p -> "{\"type\":\"" + Failures.URN + p + "\",\"detail\":\"because\"}")
                .collect(Collectors.joining(","));

        var failure = Failures.problem(
                Step.FINALIZE,
                400,
                AcmeFailures.document(
                        "{\"type\":\"" + Failures.URN + "compound\",\"subproblems\":[" + subproblems + "]}"),
                null);

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.subproblems()).hasSize(parts.split(" ").length);
    }

    @Test
    void aPausedAccountIsNotARateLimit() {
        var failure = Failures.problem(
                Step.NEW_ORDER,
                429,
                AcmeFailures.document("rateLimited", "Your account is temporarily prevented from requesting"),
                null);

        assertThat(failure.kind()).isEqualTo(Kind.PAUSED);
    }

    @Test
    void foreignTextIsOneBoundedLine() {
        var failure = Failures.problem(
                Step.NEW_ORDER,
                400,
                AcmeFailures.document("malformed", "first\\n\\tsecond " + "x".repeat(5_000)),
                null);

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
    }

    @Test
    void whatIsNotThereIsKnownHoweverItIsSaid() {
        assertThat(network(new ProblemResponse(404, null, null)).isNotThere()).isTrue();
        assertThat(network(new ProblemResponse(410, null, null)).isNotThere()).isTrue();
        assertThat(network(new ProblemResponse(403, null, null)).isNotThere()).isFalse();
    }

    private static AcmeFailure network(java.io.IOException cause) {
        return catchThrowableOfType(AcmeFailure.class, () -> Failures.sorted(Step.DIRECTORY, () -> fail(cause)));
    }

    private static Object fail(java.io.IOException cause) throws AcmeException {
        throw new AcmeNetworkException(cause);
    }
}
