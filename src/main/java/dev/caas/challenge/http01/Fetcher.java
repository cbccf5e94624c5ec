package dev.caas.challenge.http01;

import com.google.common.net.InetAddresses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** Fetches a little of a URL from one address, as a CA does: any certificate will do, and nothing is followed. */
public final class Fetcher implements Fetch {
    private static final int CONNECT_MILLIS = 5_000;
    private static final long WHOLE_MILLIS = 10_000;
    /** A key authorization has less than 200 octets. */
    private static final int MOST_BODY = 1024;

    private static final int MOST_SHOWN = 40;

    private final HttpClient client;

    public Fetcher(Vertx vertx) {
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setKeepAlive(false)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setConnectTimeout(CONNECT_MILLIS)
                .setIdleTimeout((int) WHOLE_MILLIS)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxInitialLineLength(1024)
                .setMaxHeaderSize(16 * 1024));
    }

    @Override
    public Reply fetch(URI url, InetAddress address) throws IOException, InterruptedException {
        var options = new RequestOptions()
                .setServer(SocketAddress.inetSocketAddress(Fetch.port(url), InetAddresses.toAddrString(address)))
                .setHost(url.getHost())
                .setPort(Fetch.port(url))
                .setSsl("https".equals(url.getScheme()))
                .setURI(url.getRawQuery() == null ? url.getRawPath() : url.getRawPath() + "?" + url.getRawQuery())
                .putHeader("User-Agent", "caas-operator")
                .putHeader("Accept", "*/*");
        var sent = new AtomicReference<HttpClientRequest>();
        try {
            return client.request(options)
                    .compose(request -> {
                        sent.set(request);
                        return request.send().compose(Fetcher::reply);
                    })
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(WHOLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            Optional.ofNullable(sent.get())
                    .ifPresent(request -> request.connection().close());
            throw new IOException("no answer within " + WHOLE_MILLIS / 1000 + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(what(e.getCause() == null ? e : e.getCause()), e);
        }
    }

    private static Future<Reply> reply(HttpClientResponse response) {
        var body = Buffer.buffer();
        var whole = io.vertx.core.Promise.<Void>promise();
        response.handler(chunk -> {
            body.appendBuffer(chunk);
            if (body.length() > MOST_BODY) {
                whole.tryComplete();
                response.request().connection().close();
            }
        });
        response.endHandler(whole::tryComplete);
        response.exceptionHandler(whole::tryFail);
        return whole.future()
                .map(done -> new Reply(
                        response.statusCode(),
                        body.getString(0, Math.min(body.length(), MOST_BODY)),
                        Optional.ofNullable(response.getHeader("Server"))
                                .map(s -> s.substring(0, Math.min(s.length(), MOST_SHOWN))
                                        .replaceAll("[^A-Za-z0-9 ./()_-]", "?")),
                        Optional.ofNullable(response.getHeader("Location"))));
    }

    private static String what(Throwable cause) {
        var refused = cause instanceof ConnectException;
        var text = String.valueOf(cause.getMessage());
        if (refused && text.contains("timed out")) {
            return "connection timed out";
        }
        if (refused && text.contains("refused")) {
            return "connection refused";
        }
        return cause instanceof javax.net.ssl.SSLException
                ? "TLS failed"
                : "no answer (" + cause.getClass().getSimpleName() + ")";
    }
}
