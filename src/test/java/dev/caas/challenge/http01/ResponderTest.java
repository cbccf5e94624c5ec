package dev.caas.challenge.http01;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the responder answers, and what it does not; over real connections. */
class ResponderTest {
    private static final String TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";
    private static final String THUMBPRINT = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";
    private static final Vertx VERTX = Vertx.vertx();
    private static final Set<String> HOSTS = Set.of("www.example.com", "192.0.2.1", "2001:db8::1");
    private static final Responder RESPONDER = new Responder(VERTX, freePort());

    @BeforeAll
    static void start() {
        RESPONDER.answerFor(host -> HOSTS.contains(host) ? Optional.of(THUMBPRINT) : Optional.empty());
        RESPONDER.start();
    }

    @AfterAll
    static void stop() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"www.example.com", "WWW.Example.com", "www.example.com:80", "www.example.com."})
    void aTokenOfAHostUnderWayIsAnswered(String host) throws Exception {
        var reply = get("127.0.0.1", host, Responder.PATH + TOKEN);

        assertThat(reply).startsWith("HTTP/1.1 200").contains("text/plain");
        assertThat(body(reply)).isEqualTo(TOKEN + "." + THUMBPRINT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "192.0.2.1:80", "[2001:db8::1]", "[2001:DB8:0:0::1]:80"})
    void aTokenOfAnAddressUnderWayIsAnswered(String host) throws Exception {
        assertThat(body(get("127.0.0.1", host, Responder.PATH + TOKEN))).isEqualTo(TOKEN + "." + THUMBPRINT);
    }

    @Test
    void itListensOnIpv6Too() throws Exception {
        assertThat(get("::1", "www.example.com", Responder.PATH + TOKEN)).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/.well-known/acme-challenge/",
                "/.well-known/acme-challenge/short",
                "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu%3Cb%3E",
                "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0/",
                "/.well-known/acme-challenge/../acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
                "/q/health",
                "/q/metrics"
            })
    void nothingElseIsServedAndNothingIsReflected(String path) throws Exception {
        var reply = get("127.0.0.1", "www.example.com", path);

        assertThat(reply).startsWith("HTTP/1.1 404");
        assertThat(body(reply)).isEmpty();
    }

    @Test
    void aHostThatIsNotUnderWayIsNotAnswered() throws Exception {
        var reply = get("127.0.0.1", "other.example.com", Responder.PATH + TOKEN);

        assertThat(reply).startsWith("HTTP/1.1 404").doesNotContain(TOKEN, THUMBPRINT);
    }

    @Test
    void onlyReadingIsAllowed() throws Exception {
        assertThat(exchange(
                        "127.0.0.1",
                        "POST " + Responder.PATH + TOKEN
                                + " HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 1000000000\r\n\r\nx"))
                .startsWith("HTTP/1.1 405");
    }

    @Test
    void anOverlongRequestIsEndedEarly() throws Exception {
        assertThat(exchange("127.0.0.1", "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .doesNotStartWith("HTTP/1.1 200");
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        var other = Vertx.vertx();
        try {
            assertThatThrownBy(() -> new Responder(other, RESPONDER.port()).start())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("port " + RESPONDER.port());
        } finally {
            other.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String get(String address, String host, String path) throws IOException {
        return exchange(address, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    }

    private static String body(String reply) {
        return reply.substring(reply.indexOf("\r\n\r\n") + 4);
    }

    private static String exchange(String address, String request) throws IOException {
        try (var socket = new Socket(InetAddress.ofLiteral(address), RESPONDER.port())) {
            socket.setSoTimeout(15_000);
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            } catch (IOException e) {
                return "closed: " + e.getMessage();
            }
        }
    }
}
