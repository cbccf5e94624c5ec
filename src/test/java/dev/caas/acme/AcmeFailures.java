package dev.caas.acme;

import dev.caas.outbound.AddressNotAllowedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertificateException;
import java.time.Instant;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.toolbox.JSON;

/** Failures as they come out of a session with a CA, for tests in other rooms. */
public final class AcmeFailures {
    private AcmeFailures() {}

    /** The CA answered with a problem document of this type, one of the ACME namespace. */
    public static AcmeFailure problem(Step step, String type, String detail, int status, @Nullable Instant retryAfter) {
        return failed(step, new ProblemResponse(status, document(type, detail), retryAfter));
    }

    /** It answered with an error status and nothing that can be read. */
    public static AcmeFailure status(Step step, int status, @Nullable Instant retryAfter) {
        return failed(step, new ProblemResponse(status, null, retryAfter));
    }

    /** What goes wrong below ACME, by a name for it. */
    public static AcmeFailure below(Step step, String what) {
        return switch (what) {
            case "garbage" -> thrown(step, new AcmeProtocolException("not JSON"));
            case "not-offered" -> thrown(step, new AcmeNotSupportedException("profile"));
            case "unknown-host" -> failed(step, new UnknownHostException("acme.example.com"));
            case "refused-connection" -> failed(step, new ConnectException("Connection refused"));
            case "no-reply" -> failed(step, new HttpTimeoutException("no whole reply within 20 s"));
            case "broken-tls" -> failed(step, new SSLException("handshake_failure"));
            case "untrusted-certificate" ->
                failed(step, caused(new SSLHandshakeException("PKIX"), new CertificateException("no path")));
            case "forbidden-address" ->
                failed(step, caused(new IOException("denied"), new AddressNotAllowedException("10.0.0.1 is private")));
            default -> throw new IllegalArgumentException(what);
        };
    }

    private static <T extends Exception> T caused(T exception, Exception cause) {
        exception.initCause(cause);
        return exception;
    }

    private static AcmeFailure failed(Step step, IOException cause) {
        return of(step, () -> {
            throw new AcmeNetworkException(cause);
        });
    }

    private static AcmeFailure thrown(Step step, RuntimeException exception) {
        return of(step, () -> {
            throw exception;
        });
    }

    private static AcmeFailure of(Step step, Failures.Call<Object> call) {
        try {
            throw new AssertionError("did not fail: " + Failures.sorted(step, call));
        } catch (AcmeFailure e) {
            return e;
        }
    }

    static Problem document(String type, String detail) {
        return document("{\"type\":\"" + Failures.URN + type + "\",\"detail\":\"" + detail + "\"}");
    }

    static Problem document(String json) {
        try {
            return new Problem(
                    JSON.parse(json), URI.create("https://acme.example.com/").toURL());
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
