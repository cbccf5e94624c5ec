package dev.caas.acme;

import dev.caas.outbound.AddressNotAllowedException;
import dev.caas.outbound.OutboundPolicy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.MalformedURLException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.toolbox.JSON;

/**
 * The one way out to a CA. It asks the outbound policy before every request (a CA hands out URLs too), bounds the time
 * and the size of a whole reply, follows no redirect, and turns an error status into a {@link ProblemResponse} that
 * keeps Retry-After, which acme4j drops for most problems. Only {@code badNonce} passes through: acme4j repeats those.
 */
final class BoundedHttpClient extends HttpClient {
    /** The largest reply of the protocol is a certificate chain: a few kB. */
    private static final long MAX_REPLY_BYTES = 1 << 20;

    private static final String BAD_NONCE = "urn:ietf:params:acme:error:badNonce";

    private final HttpClient client;
    private final OutboundPolicy policy;
    private final Duration timeout;
    private final Clock clock;

    BoundedHttpClient(HttpClient client, OutboundPolicy policy, Duration timeout, Clock clock) {
        this.client = client;
        this.policy = policy;
        this.timeout = timeout;
        this.clock = clock;
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        checkAddress(request.uri());
        var response = exchange(request);
        if (response.statusCode() >= 400) {
            refuse(response);
        }
        return reply(response);
    }

    private void checkAddress(URI uri) throws IOException {
        try {
            policy.checkUrl(uri);
        } catch (AddressNotAllowedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private HttpResponse<byte[]> exchange(HttpRequest request) throws IOException, InterruptedException {
        var whole = client.sendAsync(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_REPLY_BYTES));
        try {
            return whole.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            whole.cancel(true);
            throw new HttpTimeoutException("no whole reply within " + timeout.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    private void refuse(HttpResponse<byte[]> response) throws IOException {
        var problem = problem(response);
        if (problem != null && BAD_NONCE.equals(problem.getType().toString())) {
            return;
        }
        throw new ProblemResponse(response.statusCode(), problem, retryAfter(response.headers()));
    }

    private static @Nullable Problem problem(HttpResponse<byte[]> response) {
        var type = response.headers().firstValue("Content-Type").orElse("");
        if (!type.startsWith("application/problem+json")) {
            return null;
        }
        try {
            var json = JSON.parse(new String(response.body(), StandardCharsets.UTF_8));
            var problem = new Problem(json, response.uri().toURL());
            problem.getType(); // Refuses a document that only claims to be a problem.
            return problem;
        } catch (MalformedURLException | RuntimeException e) {
            return null;
        }
    }

    /** Retry-After (RFC 9110 section 10.2.3) as seconds or as a date; nonsense counts as absent. */
    private @Nullable Instant retryAfter(HttpHeaders headers) {
        var value = headers.firstValue("Retry-After").map(String::trim).orElse("");
        try {
            return value.chars().allMatch(Character::isDigit)
                    ? (value.isEmpty() || value.length() > 9
                            ? null
                            : clock.instant().plusSeconds(Long.parseLong(value)))
                    : ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** acme4j only ever asks for the body as a stream, so that is what it gets, whatever the handler's type says. */
    @SuppressWarnings("unchecked")
    private static <T> HttpResponse<T> reply(HttpResponse<byte[]> response) {
        return (HttpResponse<T>) new Reply<InputStream>(response, new ByteArrayInputStream(response.body()));
    }

    private record Reply<T>(HttpResponse<byte[]> response, T body) implements HttpResponse<T> {
        @Override
        public int statusCode() {
            return response.statusCode();
        }

        @Override
        public HttpRequest request() {
            return response.request();
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return response.headers();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return response.sslSession();
        }

        @Override
        public URI uri() {
            return response.uri();
        }

        @Override
        public HttpClient.Version version() {
            return response.version();
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        throw new UnsupportedOperationException("acme4j sends synchronously");
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request,
            HttpResponse.BodyHandler<T> handler,
            HttpResponse.@Nullable PushPromiseHandler<T> push) {
        throw new UnsupportedOperationException("acme4j sends synchronously");
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return client.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return client.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return client.followRedirects();
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return client.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return client.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return client.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return client.authenticator();
    }

    @Override
    public Version version() {
        return client.version();
    }

    @Override
    public Optional<Executor> executor() {
        return client.executor();
    }
}
