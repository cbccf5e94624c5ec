package dev.caas.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/**
 * Stands between the operator and a Pebble: counts requests by what they are for, and breaks those that a rule is for.
 * It changes nothing else; the CA's URLs and signatures hold through it. Several tests share one, so rules and counts
 * go by name: a DNS name, or the key identifier of an account's binding.
 */
public final class AcmeProxy implements AutoCloseable {
    static {
        // Without it every answer waits for the client's delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** How many orders the CA accepted, and how many of those it finalized. */
    public record Orders(long created, long finalized) {
        /** Those that cost the CA work and gave no certificate. */
        public long abandoned() {
            return created - finalized;
        }
    }

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AcmeUpstream upstream;
    private final OrderBook orders = new OrderBook();
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final Map<Step, LongAdder> total = new EnumMap<>(Step.class);
    private final Map<Step, Map<String, LongAdder>> byName = new EnumMap<>(Step.class);

    private AcmeProxy(HttpsServer server, AcmeUpstream upstream) {
        this.server = server;
        this.upstream = upstream;
        for (Step step : Step.values()) {
            total.put(step, new LongAdder());
            byName.put(step, new ConcurrentHashMap<>());
        }
    }

    public static AcmeProxy start(Pebble pebble, KitCa ca) {
        try {
            var server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 1024);
            server.setHttpsConfigurator(new HttpsConfigurator(ca.serving(ca.issueForLoopback("acme"))));
            var proxy = new AcmeProxy(server, new AcmeUpstream(pebble.port(), ca));
            server.createContext("/", proxy::handle);
            server.setExecutor(proxy.threads);
            server.start();
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String directoryUrl() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + "/dir";
    }

    /** Begins a rule for the requests of one step. Of several that match, the first made applies. */
    public RuleBuilder on(Step step) {
        return new RuleBuilder(step, rules::add);
    }

    /** All requests of a step; those with a nonce that Pebble threw back are not counted, here and below. */
    public long requests(Step step) {
        return Optional.ofNullable(total.get(step)).map(LongAdder::sum).orElse(0L);
    }

    /** The requests of a step about a DNS name, or of the account bound with a key identifier. */
    public long requests(Step step, String name) {
        return Optional.ofNullable(byName.getOrDefault(step, Map.of()).get(normalized(name)))
                .map(LongAdder::sum)
                .orElse(0L);
    }

    public Orders orders() {
        return orders.count("");
    }

    /** The orders that a DNS name is in. */
    public Orders orders(String name) {
        return orders.count(normalized(name));
    }

    /**
     * The orders that a DNS name is in whose authorizations were looked at and which were not finalized: whoever began
     * with them gave them up. One that nobody has looked at may be one whose URL never arrived.
     */
    public long ordersBegunInVain(String name) {
        return orders.begunInVain(normalized(name));
    }

    /**
     * The most orders that the account bound with a key identifier ever had under way at once: accepted, and the
     * certificate not handed out.
     */
    public int mostOrdersAtOnce(String bindingKeyId) {
        return orders.mostOpen(normalized(bindingKeyId));
    }

    /** Removes the rules scoped by this name, lets go what they hold, and counts from zero for it. */
    public void reset(String name) {
        String scope = normalized(name);
        rules.stream().filter(rule -> rule.isScopedBy(scope)).forEach(Rule::remove);
        rules.removeIf(rule -> rule.isScopedBy(scope));
        byName.values().forEach(counts -> counts.remove(scope));
        orders.forget(scope);
    }

    @Override
    public void close() {
        rules.forEach(Rule::remove);
        server.stop(0);
        threads.shutdownNow();
        upstream.close();
    }

    static String normalized(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var request = AcmeRequest.read(exchange);
            Set<String> names = orders.namesOf(request);
            count(request.step(), names, 1);
            var rule = rules.stream().filter(r -> r.take(request, names)).findFirst();
            Optional<AcmeReply> reply =
                    rule.isPresent() ? answer(request, names, rule.get()) : Optional.of(forward(request, names));
            if (reply.isPresent()) {
                send(exchange, reply.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The reply to hand out; empty to close the connection. */
    private Optional<AcmeReply> answer(AcmeRequest request, Set<String> names, Rule rule)
            throws IOException, InterruptedException {
        return switch (rule.fault()) {
            case Fault.Answer(AcmeReply reply) -> Optional.of(reply);
            case Fault.Delay(Duration duration) -> {
                Thread.sleep(duration);
                yield afterForwarding(request, names, rule, () -> true);
            }
            case Fault.Cut(boolean afterForwarding) ->
                afterForwarding ? afterForwarding(request, names, rule, () -> false) : Optional.empty();
            case Fault.Held(Hold hold, boolean afterForwarding) -> {
                if (afterForwarding) {
                    yield afterForwarding(request, names, rule, hold::await);
                }
                yield hold.await() ? Optional.of(forward(request, names)) : Optional.empty();
            }
        };
    }

    /** Does what the rule is for once the CA has done what was asked; a nonce thrown back is no such thing. */
    private Optional<AcmeReply> afterForwarding(AcmeRequest request, Set<String> names, Rule rule, BooleanSupplier goOn)
            throws IOException {
        AcmeReply reply = forward(request, names);
        if (reply.isBadNonce()) {
            rule.giveBack();
            return Optional.of(reply);
        }
        return goOn.getAsBoolean() ? Optional.of(reply) : Optional.empty();
    }

    private AcmeReply forward(AcmeRequest request, Set<String> names) throws IOException {
        AcmeReply reply = upstream.forward(request);
        if (reply.isBadNonce()) {
            count(request.step(), names, -1);
        }
        orders.learn(request, reply);
        return reply;
    }

    private void count(Step step, Set<String> names, long difference) {
        Optional.ofNullable(total.get(step)).ifPresent(sum -> sum.add(difference));
        var counts = byName.get(step);
        if (counts != null) {
            names.forEach(
                    name -> counts.computeIfAbsent(name, n -> new LongAdder()).add(difference));
        }
    }

    private static void send(HttpExchange exchange, AcmeReply reply) throws IOException {
        reply.headers().forEach(header -> exchange.getResponseHeaders().add(header.getKey(), header.getValue()));
        boolean bodiless = reply.status() == 204 || "HEAD".equals(exchange.getRequestMethod());
        if (bodiless || reply.body().isEmpty()) {
            exchange.sendResponseHeaders(reply.status(), -1);
            return;
        }
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(reply.status(), body.length);
        exchange.getResponseBody().write(body);
    }
}
