package dev.caas.challenge.http01;

import com.google.common.net.InetAddresses;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers the CA's requests (RFC 8555 section 8.3): the key authorization is computed from the token asked for and the
 * account that orders a certificate for the host, so nothing is stored and every replica can answer. Nothing else is
 * served, and nothing of a request comes back but the token itself.
 */
public final class Responder {
    /** Where answers are asked for. */
    public static final String PATH = "/.well-known/acme-challenge/";

    /** A token has at least 128 bits of entropy, as base64url without padding (RFC 8555 section 8.3). */
    private static final Pattern TOKEN_PATH = Pattern.compile(Pattern.quote(PATH) + "([A-Za-z0-9_-]{22,128})");

    private static final int MOST_LINE = 1024;
    private static final int MOST_HEADERS = 8192;
    private static final int IDLE_SECONDS = 10;

    private final Vertx vertx;
    private final int port;
    private volatile Function<String, Optional<String>> thumbprints = host -> Optional.empty();

    /** @param port to listen at, on all interfaces, IPv4 and IPv6 */
    public Responder(Vertx vertx, int port) {
        this.vertx = vertx;
        this.port = port;
    }

    /** The port it listens at. */
    public int port() {
        return port;
    }

    /**
     * Says whose certificates are being issued.
     *
     * @param thumbprints for a host, a name in lower case or an IP address as RFC 5952 writes it, the thumbprint (RFC 7638) of the account that orders a certificate for
     *     it right now; empty when none does
     */
    public void answerFor(Function<String, Optional<String>> thumbprints) {
        this.thumbprints = thumbprints;
    }

    /**
     * Starts listening.
     *
     * @throws IllegalStateException when it cannot
     */
    public void start() {
        var options = new HttpServerOptions()
                .setMaxInitialLineLength(MOST_LINE)
                .setMaxHeaderSize(MOST_HEADERS)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        try {
            vertx.createHttpServer(options)
                    .requestHandler(this::answer)
                    .listen(port, "0.0.0.0")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            throw new IllegalStateException(
                    "The HTTP-01 responder cannot listen at port " + port + " (caas.responder.port)", e.getCause());
        }
    }

    private void answer(HttpServerRequest request) {
        var response = request.response().putHeader("Content-Type", "text/plain; charset=utf-8");
        boolean reading =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        var body = reading ? keyAuthorization(request) : Optional.<String>empty();
        if (body.isEmpty()) {
            // Whoever sends something with a request for nothing is not listened to any longer.
            response.setStatusCode(reading ? 404 : 405).putHeader("Connection", "close");
        }
        response.end(body.orElse(""));
    }

    private Optional<String> keyAuthorization(HttpServerRequest request) {
        Matcher path = TOKEN_PATH.matcher(request.path() == null ? "" : request.path());
        var authority = request.authority();
        return path.matches() && authority != null
                ? thumbprints.apply(normalised(authority.host())).map(thumbprint -> path.group(1) + "." + thumbprint)
                : Optional.empty();
    }

    private static String normalised(String host) {
        if (InetAddresses.isUriInetAddress(host)) {
            return InetAddresses.toAddrString(InetAddresses.forUriString(host));
        }
        var lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
