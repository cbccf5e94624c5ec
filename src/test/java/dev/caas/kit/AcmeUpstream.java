package dev.caas.kit;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The connection from the proxy to Pebble. It keeps the Host header the proxy was called with, so that Pebble hands out
 * the proxy's URLs; java.net.http cannot do that without a system property that must be set before its first use.
 */
final class AcmeUpstream implements AutoCloseable {
    /** Not passed on, in either direction: they are about one connection. */
    private static final Set<String> HOP_HEADERS = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    static {
        HOP_HEADERS.addAll(Set.of(
                "Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Date"));
    }

    private final SocketAddress address;
    private final Vertx vertx = Vertx.vertx(new VertxOptions()
            .setEventLoopPoolSize(2)
            .setFileSystemOptions(
                    new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    private final HttpClient client;

    AcmeUpstream(int port, KitCa ca) {
        address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
        client = vertx.createHttpClient(new HttpClientOptions()
                .setSsl(true)
                .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(ca.pem())))
                .setMaxPoolSize(256));
    }

    /** Sends the request and waits for the whole reply. */
    AcmeReply forward(AcmeRequest request) throws IOException {
        var called = URI.create("https://" + request.host());
        var options = new RequestOptions()
                .setServer(address)
                .setHost(called.getHost())
                .setPort(called.getPort())
                .setMethod(HttpMethod.valueOf(request.method()))
                .setURI(request.path())
                .setTimeout(60_000);
        request.headers().forEach((name, values) -> {
            if (!HOP_HEADERS.contains(name)) {
                options.addHeader(name, values.getFirst());
            }
        });
        var answered = new CompletableFuture<AcmeReply>();
        // On the event loop from the start, or the body may have passed before anyone asks for it.
        vertx.runOnContext(start -> client.request(options)
                .compose(outgoing -> outgoing.send(Buffer.buffer(request.body())))
                .compose(incoming -> incoming.body().map(body -> reply(incoming, body)))
                .onSuccess(answered::complete)
                .onFailure(answered::completeExceptionally));
        try {
            return answered.get();
        } catch (ExecutionException e) {
            throw new IOException("Pebble does not answer: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            throw Poll.interrupted("Pebble answers", e);
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static AcmeReply reply(HttpClientResponse response, Buffer body) {
        var headers = response.headers().entries().stream()
                .filter(header -> !HOP_HEADERS.contains(header.getKey()))
                .toList();
        return new AcmeReply(response.statusCode(), headers, body.toString());
    }
}
