package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for Sectigo Certificate Manager's REST API, strict as its documentation is; the bindings it hands out are
 * those of a CA. It can break a connection at each of the moments that leave a client guessing.
 */
public final class ScmPlatform implements AutoCloseable {
    /** The organization it knows. */
    public static final int ORGANIZATION = 42;

    private static final String ROOT = "/api";

    /** Where a connection ends. */
    public enum Cut {
        /** Nothing has been done. */
        BEFORE,
        /** It was done, and no reply is sent. */
        AFTER,
        /** It was done, and half of the reply is sent. */
        INSIDE
    }

    /** Credentials by the names that they have in headers and in the credentials Secret. */
    public record Login(String login, String password, String customerUri) {
        public Map<String, String> data() {
            return Map.of("login", login, "password", password, "customerUri", customerUri);
        }
    }

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScmDesk desk;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Map<String, Cut> cuts = new ConcurrentHashMap<>();
    private final Map<String, Integer> proxied = new ConcurrentHashMap<>();
    private volatile Login login = new Login("operator", "correct horse", "example");

    private ScmPlatform(HttpsServer server, ScmDesk desk) {
        this.server = server;
        this.desk = desk;
    }

    /**
     * Starts it, with an organization that has no accounts.
     *
     * @param acmeServer the directory URL of the CA
     * @param bindings where new bindings come from
     */
    public static ScmPlatform start(KitCa ca, String acmeServer, Supplier<Pebble.Binding> bindings) {
        try {
            var server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(ca.serving(ca.issueForLoopback("scm"))));
            var platform = new ScmPlatform(server, new ScmDesk(acmeServer, ORGANIZATION, bindings));
            server.createContext("/", platform::handle);
            server.setExecutor(platform.threads);
            server.start();
            return platform;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As a CaaSPlatform has it. */
    public String endpoint() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + ROOT;
    }

    /** The only credentials that it takes. */
    public Login login() {
        return login;
    }

    /** Takes these from now on. */
    public void rotate(Login credentials) {
        login = credentials;
    }

    /** Cuts the next request of that method whose path ends so; further ones are answered. */
    public void cut(String method, String pathEnd, Cut cut) {
        cuts.put(method + " " + pathEnd, cut);
    }

    /** From now on something before it answers all requests of that method with a page of its own. */
    public void hideBehindProxy(String method, int status) {
        proxied.put(method, status);
    }

    /** Names the domain among those that were not added, whenever it is to be added. */
    public void doesNotAdd(String domain) {
        desk.doesNotAdd(domain);
    }

    /** Makes an account as somebody else would; its number. */
    public long open(int organizationId, Pebble.Binding binding) {
        return desk.open("of somebody else", organizationId, binding);
    }

    /** Registers a client with a binding, as the ACME server would tell; its number. */
    public long register(String keyId, String userAgent) {
        return desk.register(keyId, userAgent);
    }

    /** The domains of a binding. */
    public List<String> domains(String keyId) {
        return desk.domains(keyId);
    }

    /** The number of the account that has this binding. */
    public long account(String keyId) {
        return desk.id(keyId);
    }

    /** How many accounts there are. */
    public int accounts() {
        return desk.size();
    }

    /** All that were received: method, path and query. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            String path = exchange.getRequestURI().getPath();
            requests.add(method + " " + exchange.getRequestURI());
            var body = exchange.getRequestBody().readAllBytes();
            var proxy = proxied.get(method);
            if (proxy != null) {
                send(exchange, new ScmReply(proxy, Map.of(), TextNode.valueOf("<html>not here</html>")), false);
                return;
            }
            var cut = cuts.keySet().stream()
                    .filter(request -> request.startsWith(method + " "))
                    .filter(request -> path.endsWith(request.substring(method.length() + 1)))
                    .findFirst()
                    .map(cuts::remove);
            if (cut.filter(Cut.BEFORE::equals).isPresent()) {
                return;
            }
            var reply = answer(exchange, method, path, body);
            if (cut.isEmpty() || cut.get() == Cut.INSIDE) {
                send(exchange, reply, cut.isPresent());
            }
        }
    }

    private ScmReply answer(HttpExchange exchange, String method, String path, byte[] body) {
        if (!isLoggedIn(exchange)) {
            // As unkind as servers are: it quotes what it was sent.
            return ScmReply.error(
                    401,
                    -16,
                    "Unknown user or password: " + exchange.getRequestHeaders().getFirst("password"));
        }
        try {
            if (!path.startsWith(ROOT + "/")) {
                throw new ScmReply.Refusal(404, "There is no " + path);
            }
            return desk.answer(
                    method,
                    path.substring(ROOT.length()),
                    query(exchange.getRequestURI().getQuery()),
                    json(exchange, body));
        } catch (ScmReply.Refusal e) {
            return e.reply();
        }
    }

    private boolean isLoggedIn(HttpExchange exchange) {
        return login.data().entrySet().stream()
                .allMatch(header ->
                        header.getValue().equals(exchange.getRequestHeaders().getFirst(header.getKey())));
    }

    private static Map<String, String> query(@Nullable String query) {
        return query == null
                ? Map.of()
                : Arrays.stream(query.split("&"))
                        .map(parameter -> parameter.split("=", 2))
                        .collect(Collectors.toMap(p -> p[0], p -> p.length > 1 ? p[1] : ""));
    }

    private static JsonNode json(HttpExchange exchange, byte[] body) {
        if (body.length == 0) {
            return MissingNode.getInstance();
        }
        if (!"application/json".equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
            throw new ScmReply.Refusal(415, "The body must be application/json");
        }
        try {
            return new ObjectMapper().readTree(body);
        } catch (IOException e) {
            throw new ScmReply.Refusal(400, "The body is no JSON");
        }
    }

    private static void send(HttpExchange exchange, ScmReply reply, boolean half) throws IOException {
        reply.headers().forEach(exchange.getResponseHeaders()::set);
        byte[] body = reply.body().isMissingNode()
                ? new byte[0]
                : reply.body().toString().getBytes(StandardCharsets.UTF_8);
        if (half) {
            // A length that is not reached: the client knows that something is missing.
            exchange.sendResponseHeaders(reply.status(), body.length + 1L);
            exchange.getResponseBody().write(body, 0, body.length / 2);
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }
}
