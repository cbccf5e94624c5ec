package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One {@code named}, authoritative for its zones, on a loopback port; queries and updates go to its log. */
final class NamedServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String ZONE_FILE = """
            $TTL 1
            @ IN SOA ns hostmaster 1 1 1 604800 1
            @ IN NS ns
            @ IN A 127.0.0.1
            ns IN A 127.0.0.1
            """;

    private final int port;
    private final Path dir;
    private final PartProcess process;

    private NamedServer(Path dir, int port, PartProcess process) {
        this.dir = dir;
        this.port = port;
        this.process = process;
    }

    static NamedServer primary(Path dir, List<String> zones, String keyName, String key) {
        String keyStatement = "key \"%s\" { algorithm hmac-sha256; secret \"%s\"; };%n".formatted(keyName, key);
        return start(
                "primary",
                dir,
                keyStatement
                        + statements(zones, zone -> {
                            WorkFiles.write(dir.resolve(zone + ".zone"), ZONE_FILE);
                            return "type primary; file \"%s.zone\"; allow-update { key \"%s\"; };"
                                    .formatted(zone, keyName);
                        }));
    }

    static NamedServer secondary(Path dir, List<String> zones, int primaryPort) {
        return start(
                "secondary",
                dir,
                statements(
                        zones,
                        zone -> "type secondary; file \"%s.zone\"; primaries port %d { 127.0.0.1; };"
                                        .formatted(zone, primaryPort)
                                + " min-refresh-time 1; max-refresh-time 1; min-retry-time 1; max-retry-time 1;"));
    }

    private static NamedServer start(String role, Path dir, String zones) {
        int port = Ports.free();
        Path config = dir.resolve("named.conf");
        WorkFiles.write(config, options(dir, port) + zones);
        Path named = unconfined(Parts.named(), dir);
        var process = PartProcess.start(
                "named (" + role + ")",
                dir.resolve("named.out"),
                dir,
                Map.of(),
                List.of(named.toString(), "-f", "-n", "2", "-L", "start.log", "-c", config.toString()));
        return new NamedServer(dir, port, process);
    }

    /** Quotas far above the defaults, which are made for servers on the Internet and would slow a burst of orders. */
    private static String options(Path dir, int port) {
        return """
                options {
                  directory "%1$s";
                  listen-on port %2$d { 127.0.0.1; };
                  listen-on-v6 { none; };
                  pid-file none;
                  session-keyfile none;
                  recursion no;
                  dnssec-validation no;
                  empty-zones-enable no;
                  notify no;
                  allow-query { any; };
                  allow-transfer { any; };
                  minimal-responses yes;
                  querylog yes;
                  tcp-clients 2000;
                  update-quota 2000;
                  serial-query-rate 2000;
                  transfers-in 100;
                  transfers-per-ns 100;
                  transfers-out 100;
                };
                controls {};
                logging {
                  channel file { file "dns.log"; severity info; print-time iso8601; print-category yes; };
                  category default { file; };
                  category queries { file; };
                  category update { file; };
                  category update-security { file; };
                };
                """.formatted(dir, port);
    }

    private static String statements(List<String> zones, Function<String, String> body) {
        return zones.stream()
                .map(zone -> "zone \"%s\" { %s };".formatted(zone, body.apply(zone)))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Distributions with AppArmor let {@code named} read its own directories only; a copy of it is not confined. */
    private static Path unconfined(Path named, Path dir) {
        if (!Files.exists(Path.of("/sys/kernel/security/apparmor")) && !Files.exists(Path.of("/sys/module/apparmor"))) {
            return named;
        }
        try {
            return Files.copy(named, dir.resolve("named"), StandardCopyOption.COPY_ATTRIBUTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    Path logFile() {
        return dir.resolve("dns.log");
    }

    void awaitReady(Poll.Check check) {
        process.awaitReady(LIMIT, check);
    }

    @Override
    public void close() {
        process.kill();
    }
}
