package dev.caas.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A partner platform with the form API, on loopback: written from the vendor's guide, as strict as that, and free to
 * fail in every way that a network can. What it knows and charges is in its {@link FormBooks}.
 */
public final class FormPlatform implements AutoCloseable {
    static {
        // Without it every answer waits for the client's delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final String PATH = "/products/!ACMEAdmin";
    private static final String FORM = "application/x-www-form-urlencoded";

    private final HttpsServer server;
    private final FormBooks books;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<FormCall> calls = new CopyOnWriteArrayList<>();
    private final List<FormRule> rules = new CopyOnWriteArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Login login = new Login("reseller-4711", "correct horse & battery=staple");

    /** What a reseller logs in with. */
    public record Login(String name, String password) {}

    private FormPlatform(HttpsServer server, FormBooks books) {
        this.server = server;
        this.books = books;
    }

    /**
     * Starts a platform.
     *
     * @param clock what its terms go by
     * @param servers the ACME servers it offers: what they validate (DV or OV), by directory URL
     * @param bindings where it takes the keys it hands out; those of a {@link Pebble} are accepted by that
     */
    public static FormPlatform start(
            KitCa ca, Clock clock, Map<String, String> servers, Supplier<Pebble.Binding> bindings) {
        try {
            var server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 1024);
            server.setHttpsConfigurator(new HttpsConfigurator(ca.serving(ca.issueForLoopback("platform"))));
            var platform = new FormPlatform(server, new FormBooks(clock, servers, bindings));
            server.createContext("/", platform::handle);
            server.setExecutor(platform.threads);
            server.start();
            return platform;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String endpoint() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + PATH;
    }

    /** What it knows, and what tests change behind everybody's back. */
    public FormBooks books() {
        return books;
    }

    public Login login() {
        return login;
    }

    /** From here on the old login is refused. */
    public void changeLogin(Login changed) {
        login = changed;
    }

    /** Begins a rule for the requests of one action. Of several that match, the first made applies. */
    public FormRuleBuilder on(String action) {
        return new FormRuleBuilder(action, rules::add);
    }

    /** Removes all rules, and lets go what they hold. */
    public void mend() {
        rules.forEach(FormRule::remove);
        rules.clear();
    }

    /** What it was asked, in order; without what was cut before it was read, and with what it refused. */
    public List<FormCall> calls() {
        return List.copyOf(calls);
    }

    public List<FormCall> calls(String action) {
        return calls.stream().filter(call -> call.action().equals(action)).toList();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        mend();
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var form = parse(body);
            var call = call(form);
            var rule = rules.stream().filter(r -> r.take(call)).findFirst().map(FormRule::fault);
            if (rule.isPresent()) {
                breakIt(exchange, body, form, call, rule.get());
            } else {
                send(exchange, reply(exchange, form, call));
            }
        }
    }

    private void breakIt(
            HttpExchange exchange, String body, List<Map.Entry<String, String>> form, FormCall call, FormFault fault)
            throws IOException {
        switch (fault) {
            case FormFault.CutBefore() -> {}
            case FormFault.CutAfter() -> reply(exchange, form, call);
            case FormFault.CutInside() -> sendHalf(exchange, reply(exchange, form, call));
            case FormFault.Answer answer -> {
                calls.add(call);
                send(
                        exchange,
                        new FormReply(
                                answer.status(),
                                answer.contentType(),
                                answer.body().apply(body)));
            }
            case FormFault.Spoil spoil -> {
                var reply = reply(exchange, form, call);
                send(
                        exchange,
                        new FormReply(
                                reply.status(),
                                reply.contentType(),
                                spoil.body().apply(reply.body())));
            }
            case FormFault.Held(Hold hold, boolean afterEffect) -> {
                if (afterEffect) {
                    var reply = reply(exchange, form, call);
                    if (hold.await()) {
                        send(exchange, reply);
                    }
                } else if (hold.await()) {
                    send(exchange, reply(exchange, form, call));
                }
            }
        }
    }

    /** Does what is asked, or says why not. */
    private FormReply reply(HttpExchange exchange, List<Map.Entry<String, String>> form, FormCall call) {
        calls.add(call);
        if (!exchange.getRequestURI().getPath().equals(PATH)) {
            return new FormReply(404, "text/html", "<html><body>Not found</body></html>");
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            return new FormReply(405, "text/html", "<html><body>Method not allowed</body></html>");
        }
        try {
            checkForm(exchange, form);
            return FormReply.of(books.answer(call));
        } catch (FormRefused e) {
            return e.reply();
        }
    }

    private void checkForm(HttpExchange exchange, List<Map.Entry<String, String>> form) {
        var type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type == null || !type.startsWith(FORM)) {
            throw FormRefused.missing("loginName");
        }
        var names = new ArrayList<String>();
        for (var argument : form) {
            if (names.contains(argument.getKey())) {
                throw FormRefused.invalid(argument.getKey());
            }
            names.add(argument.getKey());
        }
        var name = value(form, "loginName").orElseThrow(() -> FormRefused.missing("loginName"));
        var password = value(form, "loginPassword").orElseThrow(() -> FormRefused.missing("loginPassword"));
        if (!new Login(name, password).equals(login)) {
            throw FormRefused.login();
        }
    }

    private static FormCall call(List<Map.Entry<String, String>> form) {
        var arguments = new LinkedHashMap<String, String>();
        form.forEach(argument -> arguments.put(argument.getKey(), argument.getValue()));
        var action = Optional.ofNullable(arguments.remove("action")).orElse("");
        arguments.remove("loginName");
        arguments.remove("loginPassword");
        return new FormCall(action, arguments);
    }

    private static Optional<String> value(List<Map.Entry<String, String>> form, String name) {
        return form.stream()
                .filter(argument -> argument.getKey().equals(name))
                .map(Map.Entry::getValue)
                .filter(value -> !value.isEmpty())
                .findFirst();
    }

    private static List<Map.Entry<String, String>> parse(String body) {
        var form = new ArrayList<Map.Entry<String, String>>();
        for (String argument : body.split("&", -1)) {
            int equals = argument.indexOf('=');
            if (equals > 0) {
                form.add(Map.entry(decoded(argument.substring(0, equals)), decoded(argument.substring(equals + 1))));
            }
        }
        return form;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static void send(HttpExchange exchange, FormReply reply) throws IOException {
        byte[] body = headers(exchange, reply);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    private static void sendHalf(HttpExchange exchange, FormReply reply) throws IOException {
        byte[] body = headers(exchange, reply);
        exchange.getResponseBody().write(body, 0, body.length / 2);
        exchange.getResponseBody().flush();
    }

    private static byte[] headers(HttpExchange exchange, FormReply reply) throws IOException {
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", reply.contentType());
        exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        return body;
    }
}
