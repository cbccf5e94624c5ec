package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caas.outbound.AddressNotAllowedException;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;

/**
 * The one way out to a partner platform. It asks the outbound policy before every request, bounds the time and the size
 * of a whole reply, follows no redirect, repeats nothing and logs nothing. When no reply comes it says whether the
 * request can have arrived: {@link Kind#UNREACHABLE} if not, {@link Kind#UNKNOWN_OUTCOME} if so.
 */
public final class PartnerHttp {
    /** The largest reply is a list of all accounts of a reseller. */
    private static final long MAX_REPLY_BYTES = 8L << 20;

    /** Asked to come again, by a server or a proxy before it, which may have asked the platform or not. */
    private static final Set<Integer> COME_AGAIN = Set.of(408, 425, 429);

    /** Amounts of money are exact, and a reply ends where its document ends. */
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);

    private final HttpClient client;
    private final OutboundPolicy policy;
    private final Duration timeout;
    private final Clock clock;

    /**
     * What a platform answered: it did it, or it said no.
     *
     * @param status 2xx or 4xx
     * @param text the body, read as UTF-8
     */
    public record Reply(String host, int status, HttpHeaders headers, String text) {
        public boolean isSuccess() {
            return status < 300;
        }

        /**
         * The document in it; a missing node if it is empty.
         *
         * @throws PlatformFailure with {@link Kind#UNKNOWN_OUTCOME} if it is no JSON
         */
        public JsonNode json() throws PlatformFailure {
            try {
                return JSON.readTree(text);
            } catch (IOException e) {
                // Its message quotes the body, which may hold MAC keys.
                throw new PlatformFailure(
                        Kind.UNKNOWN_OUTCOME,
                        "the platform at " + host + " answered " + status
                                + " with something that is no JSON: check that the endpoint is the partner API's URL");
            }
        }

        /** Replies hold MAC keys and do not print. */
        @Override
        public String toString() {
            return "Reply[host=" + host + ", status=" + status + "]";
        }
    }

    /**
     * @param client its trust store is the platform's; it must follow no redirects, and should bound connecting, as what
     *     ends by the timeout of the whole counts as sent
     * @param timeout for connecting, sending and the whole reply
     */
    public PartnerHttp(HttpClient client, OutboundPolicy policy, Duration timeout, Clock clock) {
        if (client.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException("a redirect would carry the credentials elsewhere");
        }
        this.client = client;
        this.policy = policy;
        this.timeout = timeout;
        this.clock = clock;
    }

    /**
     * Sends once.
     *
     * @throws PlatformFailure if there is no reply, or one that tells neither success nor refusal: 3xx, 5xx, come again
     */
    public Reply send(HttpRequest request) throws PlatformFailure {
        return send(request, Instant.MAX);
    }

    /**
     * Sends once, and not later than that: its address is looked up before, which takes as long as DNS takes.
     *
     * @throws PlatformFailure the same, and with {@link Kind#UNREACHABLE} if it is too late
     */
    Reply send(HttpRequest request, Instant latest) throws PlatformFailure {
        String host = host(request.uri());
        check(request.uri(), host);
        if (clock.instant().isAfter(latest)) {
            throw new PlatformFailure(
                    Kind.UNREACHABLE,
                    "the platform at " + host + " was not asked: it took until after " + latest
                            + " to come to it; it is tried again");
        }
        Reply reply = exchange(request, host);
        if (reply.status() < 200
                || (reply.status() >= 300 && reply.status() < 400)
                || reply.status() >= 500
                || COME_AGAIN.contains(reply.status())) {
            throw new PlatformFailure(
                    Kind.UNKNOWN_OUTCOME,
                    "the platform at " + host + " answered " + reply.status()
                            + ", which does not tell whether it did what it was asked: it is asked again later");
        }
        return reply;
    }

    private void check(URI uri, String host) throws PlatformFailure {
        try {
            policy.checkUrl(uri);
        } catch (AddressNotAllowedException e) {
            throw new PlatformFailure(Kind.UNREACHABLE, "the platform was not asked: " + e.getMessage(), e);
        } catch (UnknownHostException e) {
            throw new PlatformFailure(
                    Kind.UNREACHABLE,
                    "the platform's host " + host + " does not resolve: check the endpoint and DNS",
                    e);
        }
    }

    private Reply exchange(HttpRequest request, String host) throws PlatformFailure {
        var whole = client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_REPLY_BYTES));
        try {
            var response = whole.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new Reply(
                    host,
                    response.statusCode(),
                    response.headers(),
                    new String(response.body(), StandardCharsets.UTF_8));
        } catch (TimeoutException e) {
            whole.cancel(true);
            throw unknown(host, "no whole reply within " + timeout.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            whole.cancel(true);
            Thread.currentThread().interrupt();
            throw unknown(host, "the operator is stopping", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw wasNeverSent(cause) ? unreachable(host, cause) : unknown(host, what(cause), cause);
        }
    }

    /** Whether it failed while connecting, before a byte of the request could leave. */
    private static boolean wasNeverSent(Throwable failure) {
        return Stream.iterate(failure, t -> t != null, Throwable::getCause)
                .limit(8)
                .anyMatch(t -> t instanceof ConnectException
                        || t instanceof HttpConnectTimeoutException
                        || t instanceof UnresolvedAddressException
                        || t instanceof SSLHandshakeException);
    }

    private static PlatformFailure unreachable(String host, Throwable cause) {
        String advice = cause instanceof SSLHandshakeException
                ? ": check the platform's certificate and caBundle"
                : ": check the endpoint and the network between";
        return new PlatformFailure(
                Kind.UNREACHABLE, "no connection to the platform at " + host + ": " + what(cause) + advice, cause);
    }

    private static PlatformFailure unknown(String host, String what, Throwable cause) {
        return new PlatformFailure(
                Kind.UNKNOWN_OUTCOME,
                "the platform at " + host + " was asked and gave no usable answer: " + what
                        + "; whether it did what it was asked is read back before anything is asked again",
                cause);
    }

    private static String what(Throwable failure) {
        if (failure.getMessage() == null) {
            return failure instanceof ConnectException
                    ? "nobody listens there"
                    : failure.getClass().getSimpleName();
        }
        return failure.getMessage();
    }

    private static String host(URI uri) {
        return uri.getPort() < 0 ? String.valueOf(uri.getHost()) : uri.getHost() + ":" + uri.getPort();
    }
}
