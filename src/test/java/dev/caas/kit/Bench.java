package dev.caas.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * {@code ./dev bench [N] [rounds]}: issues N certificates (50) with fresh authorizations through the operator, and the
 * same N by {@link StraightClient}, in turn; prints requests, times, processor and memory as JSON and as a table.
 */
public final class Bench {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Set<String> SHARED = Set.of("get secrets");

    private final int count;
    private final int rounds;

    private Bench(int count, int rounds) {
        this.count = count;
        this.rounds = rounds;
    }

    /** See {@link Bench}. */
    public static void main(String... args) {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 50;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        ended(() -> new Bench(count, rounds).run());
    }

    /** What is to be measured. */
    interface Work {
        void run() throws Exception;
    }

    /** Ends the process when the work is done or has failed: clients' threads would keep it. */
    static void ended(Work work) {
        try {
            work.run();
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    /** One round through the operator. */
    private record Round(
            double seconds, double cpuSeconds, long residentBytes, List<AuditedRequests.Request> requests) {}

    private void run() throws Exception {
        try (var stage = Stage.start(WorkFiles.fresh(Home.resolve("target/bench")));
                var operator = OperatorProcess.start(settings(stage))) {
            operator.awaitReady();
            long idle = operator.residentBytes();
            var namespace = stage.namespace("bench");
            var domain = namespace + "." + Bind.ZONE;
            var contract = new Contract(stage, namespace, stage.directAuthority()).signed(domain);
            Poll.until("the subscription is active", LIMIT, () -> {
                var subscription = stage.client()
                        .resources(DomainSubscription.class)
                        .inNamespace(namespace)
                        .withName("domain")
                        .get();
                return subscription.getStatus() != null
                        && new Conditions(subscription.getStatus().conditions()).isTrue(Conditions.READY);
            });
            try (var straight = new Straight(stage)) {
                issue(contract, "warm", domain, 1, operator);
                straight.run("warms." + domain, 1);
                var operatorRounds = new ArrayList<Round>();
                var straightSeconds = new ArrayList<Double>();
                for (int round = 1; round <= rounds; round++) {
                    operatorRounds.add(issue(contract, "o" + round, domain, count, operator));
                    straightSeconds.add(straight.run("s" + round + "." + domain, count));
                    System.out.printf(
                            "round %d: operator %.2f s, straight %.2f s%n",
                            round, operatorRounds.getLast().seconds, straightSeconds.getLast());
                }
                report(idle, operatorRounds, straightSeconds);
            }
        }
    }

    private static OperatorProcess.Settings settings(Stage stage) {
        var installed = Chart.install(stage.client(), stage.dir("chart"), "namespaces: []\n");
        Path dir = stage.dir("operator");
        return OperatorProcess.Settings.of(
                        dir, stage.cluster().kubeconfigFor(installed.namespace(), installed.serviceAccount(), dir))
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8");
    }

    /** Creates the certificates and waits until the last is ready. */
    private Round issue(Contract contract, String prefix, String domain, int certificates, OperatorProcess operator)
            throws InterruptedException {
        var client = contract.stage().client();
        var requests = AuditedRequests.of(contract.stage().cluster(), "caas-operator/");
        long mark = requests.mark();
        double cpu = operator.cpuSeconds();
        var ready = ConcurrentHashMap.<String>newKeySet();
        var last = new CountDownLatch(certificates);
        try (var _ = client.resources(ManagedCertificate.class)
                        .inNamespace(contract.namespace())
                        .watch(new Readiness(prefix + "-", ready, last));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            for (int i = 0; i < certificates; i++) {
                var certificate = contract.certificate(prefix + "-" + i, "c" + i + "." + prefix + "." + domain);
                threads.execute(() -> client.resource(certificate).create());
            }
            if (!last.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new PartFailed(last.getCount() + " certificates are not ready; see " + "target/bench/operator");
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Round(seconds, operator.cpuSeconds() - cpu, operator.residentBytes(), requests.since(mark));
        }
    }

    private record Readiness(String prefix, Set<String> ready, CountDownLatch last)
            implements Watcher<ManagedCertificate> {
        @Override
        public void eventReceived(Action action, ManagedCertificate certificate) {
            var name = certificate.getMetadata().getName();
            if (name.startsWith(prefix)
                    && certificate.getStatus() != null
                    && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY)
                    && ready.add(name)) {
                last.countDown();
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            System.err.println("The watch ended: " + cause);
        }
    }

    /** The straight client, in a JVM with the operator's flags. */
    private static final class Straight implements AutoCloseable {
        private final Process process;
        private final BufferedReader answers;
        private final Writer questions;

        Straight(Stage stage) throws IOException {
            var authority = stage.directAuthority();
            var bind = stage.bind();
            var command = new ArrayList<String>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(OperatorProcess.Settings.SMALL);
            command.addAll(List.of(
                    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                    "-cp",
                    System.getProperty("java.class.path"),
                    StraightClient.class.getName(),
                    authority.server(),
                    authority.caBundle(),
                    authority.binding().keyId(),
                    authority.binding().macKey(),
                    bind.primary(),
                    bind.secondary(),
                    bind.tsigKeyName(),
                    bind.tsigKey(),
                    "50"));
            process = new ProcessBuilder(command)
                    .redirectError(stage.dir("straight").resolve("straight.log").toFile())
                    .start();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            questions = process.outputWriter(StandardCharsets.UTF_8);
        }

        double run(String domain, int count) throws IOException {
            questions.write(domain + " " + count + "\n");
            questions.flush();
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.matches("[0-9]+")) {
                    return Long.parseLong(line) / 1000.0;
                }
            }
            throw new PartFailed("the straight client ended; see target/bench/straight/straight.log");
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    private void report(long idleBytes, List<Round> operatorRounds, List<Double> straightSeconds) {
        var own = operatorRounds.stream()
                .flatMap(r -> r.requests.stream())
                .filter(r -> !SHARED.contains(r.kind()))
                .toList();
        var shared = operatorRounds.stream()
                .flatMap(r -> r.requests.stream())
                .filter(r -> SHARED.contains(r.kind()))
                .toList();
        double all = (double) count * rounds;
        var seconds = operatorRounds.stream().map(Round::seconds).toList();
        var ratios = new ArrayList<Double>();
        for (int i = 0; i < rounds; i++) {
            ratios.add(straightSeconds.get(i) / seconds.get(i));
        }
        var figures = new LinkedHashMap<String, Object>();
        figures.put("certificates", count);
        figures.put("rounds", rounds);
        figures.put("requestsPerCertificate", own.size() / all);
        figures.put("requestsPerCertificateByKind", perCertificate(own, all));
        figures.put("sharedReads", perCertificate(shared, rounds));
        figures.put("seconds", spread(seconds));
        figures.put("straightSeconds", spread(straightSeconds));
        figures.put("certificatesPerMinute", count * 60 / median(seconds));
        figures.put("straightCertificatesPerMinute", count * 60 / median(straightSeconds));
        figures.put("throughputOverStraight", spread(ratios));
        figures.put(
                "cpuSecondsPerCertificate",
                operatorRounds.stream().mapToDouble(Round::cpuSeconds).sum() / all);
        figures.put("residentMegabytesIdle", idleBytes / 1_000_000);
        figures.put("residentMegabytes", operatorRounds.getLast().residentBytes / 1_000_000);
        try {
            System.out.println(new ObjectMapper().writeValueAsString(figures));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println();
        figures.forEach((name, value) -> System.out.printf("%-32s %s%n", name, value));
    }

    private static Map<String, Double> perCertificate(List<AuditedRequests.Request> requests, double divisor) {
        return AuditedRequests.byKind(requests).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, e -> e.getValue() / divisor, (a, b) -> a, java.util.TreeMap::new));
    }

    private static Map<String, Double> spread(List<Double> values) {
        var figures = new LinkedHashMap<String, Double>();
        figures.put("min", values.stream().mapToDouble(v -> v).min().orElseThrow());
        figures.put("median", median(values));
        figures.put("max", values.stream().mapToDouble(v -> v).max().orElseThrow());
        return figures;
    }

    private static double median(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
