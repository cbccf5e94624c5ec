package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The packaged operator as a process of its own, which can be killed and started again at the same place. */
public final class OperatorProcess implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration REST = Duration.ofSeconds(2);
    private static final double REST_CPU_SECONDS = 0.05;

    /**
     * How it is run.
     *
     * @param dir where its log and its audit file are
     * @param kubeconfig who it is
     * @param env its settings, as environment variables
     */
    public record Settings(Path dir, Path kubeconfig, Map<String, String> env, List<String> jvmFlags) {
        static final List<String> SMALL = Chart.jvmFlags();

        public Settings {
            env = Map.copyOf(env);
            jvmFlags = List.copyOf(jvmFlags);
        }

        /** In namespace caas-system, with the JVM flags of the chart and as much memory as it gives. */
        public static Settings of(Path dir, Path kubeconfig) {
            return new Settings(
                    dir, kubeconfig, Map.of("CAAS_NAMESPACE", "caas-system", "MALLOC_ARENA_MAX", "2"), SMALL);
        }

        /** With one more setting, or another value for it. */
        public Settings with(String variable, String value) {
            var more = new HashMap<>(env);
            more.put(variable, value);
            return new Settings(dir, kubeconfig, more, jvmFlags);
        }

        public Settings jvmFlags(List<String> flags) {
            return new Settings(dir, kubeconfig, env, flags);
        }
    }

    private final Settings settings;
    private final int port = Ports.free();
    private final int responderPort;
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile PartProcess process;

    private OperatorProcess(Settings settings) {
        this.settings = settings;
        this.responderPort = Optional.ofNullable(settings.env().get("CAAS_RESPONDER_PORT"))
                .map(Integer::valueOf)
                .orElseGet(Ports::free);
        this.process = launch();
    }

    /** Starts it without waiting; see {@link #awaitReady}. */
    public static OperatorProcess start(Settings settings) {
        WorkFiles.directory(settings.dir());
        return new OperatorProcess(settings);
    }

    /**
     * Waits until it says that it is ready.
     *
     * @throws PartFailed with the end of its log when it ends or takes too long
     */
    public OperatorProcess awaitReady() {
        process.awaitReady(LIMIT, () -> get("/q/health/ready").statusCode() == 200);
        return this;
    }

    /** Waits until it has done what there was to do: for two seconds it has used next to no processor time. */
    public OperatorProcess awaitRest() {
        var rest = new Rest();
        Poll.until("the operator rests", LIMIT.multipliedBy(4), rest::isReached);
        return this;
    }

    private final class Rest {
        private long since = System.nanoTime();
        private double cpuSeconds = cpuSeconds();

        boolean isReached() {
            if (System.nanoTime() - since < REST.toNanos()) {
                return false;
            }
            double before = cpuSeconds;
            since = System.nanoTime();
            cpuSeconds = cpuSeconds();
            return cpuSeconds - before < REST_CPU_SECONDS;
        }
    }

    /** SIGKILL: whatever it was doing is left as it is. */
    public void kill() {
        process.kill();
    }

    /** SIGTERM; true when it went within 20 seconds. */
    public boolean stop() {
        return stop(Duration.ofSeconds(20));
    }

    boolean stop(Duration limit) {
        return process.stop(limit);
    }

    /** Starts it again with the same settings, after {@link #kill} or {@link #stop}; does not wait. */
    public OperatorProcess startAgain() {
        if (process.isAlive()) {
            throw new IllegalStateException("The operator is running");
        }
        process = launch();
        return this;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Where it answers HTTP-01 challenges. */
    public int responderPort() {
        return responderPort;
    }

    /** Everything it printed, all runs one after the other. */
    public String log() {
        return process.log();
    }

    /** The audit trail it wrote, a JSON object a line; empty before the first. */
    public List<JsonNode> auditLines() {
        if (!Files.exists(auditFile())) {
            return List.of();
        }
        try (var lines = Files.lines(auditFile())) {
            return lines.filter(line -> !line.isBlank()).map(AcmeRequest::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its metrics in Prometheus' text format. */
    public String metrics() {
        try {
            return get("/q/metrics").body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Poll.interrupted("the operator's metrics", e);
        }
    }

    /** Resident memory (Linux). */
    public long residentBytes() {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(pid()), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Processor time it has used so far, user and system. */
    public double cpuSeconds() {
        return ProcessHandle.of(pid())
                        .flatMap(handle -> handle.info().totalCpuDuration())
                        .orElse(Duration.ZERO)
                        .toMillis()
                / 1000.0;
    }

    /** Runs what the chart runs after the operator is gone, and returns what it printed. */
    public String runUninstall() {
        String app = Home.resolve("target/quarkus-app").toString();
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "%1$s/app/*:%1$s/lib/boot/*:%1$s/lib/main/*".formatted(app),
                "dev.caas.challenge.http01.Uninstall");
        var env = Map.of("KUBECONFIG", settings.kubeconfig().toString());
        var log = settings.dir().resolve("uninstall.log");
        try (var job = PartProcess.start("uninstall", log, settings.dir(), env, command)) {
            Poll.until("the uninstall job ends", LIMIT, () -> !job.isAlive());
            return job.log();
        }
    }

    @Override
    public void close() {
        process.kill();
        http.close();
    }

    private PartProcess launch() {
        Path jar = Home.resolve("target/quarkus-app/quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new PartFailed("The operator is not built: " + jar + " is missing; run mvn package");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(AotCache.flags());
        command.addAll(settings.jvmFlags());
        command.addAll(List.of("-jar", jar.toString()));
        Map<String, String> env = new HashMap<>(settings.env());
        env.put("KUBECONFIG", settings.kubeconfig().toString());
        env.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        env.put("QUARKUS_HTTP_PORT", Integer.toString(port));
        env.put("CAAS_RESPONDER_PORT", Integer.toString(responderPort));
        env.put("CAAS_AUDIT_FILE", auditFile().toString());
        return PartProcess.start("operator", settings.dir().resolve("operator.log"), settings.dir(), env, command);
    }

    private Path auditFile() {
        return settings.dir().resolve("audit.log");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(5))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
