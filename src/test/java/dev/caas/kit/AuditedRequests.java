package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What one client asked of the API server, from the server's audit log by user agent: exact, and including what the
 * client library did unasked. Watches and leases are left out unless asked for.
 */
public final class AuditedRequests {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Set<String> LOOKING = Set.of("get", "list", "watch");

    private final Cluster cluster;
    private final Path log;
    private final String userAgentPrefix;
    private final boolean watchesAndLeases;

    /**
     * One request that the API server has answered.
     *
     * @param resource with the subresource, as in {@code managedcertificates/status}; a path for what is no resource
     * @param namespace empty for what has none
     * @param name empty for lists and creates
     */
    public record Request(String verb, String resource, String namespace, String name, int status) {
        /** Verb and resource, as in {@code patch managedcertificates/status}. */
        public String kind() {
            return verb + " " + resource;
        }

        /** Whether it asked for more than to look. */
        public boolean isWrite() {
            return !LOOKING.contains(verb);
        }
    }

    private AuditedRequests(Cluster cluster, Path log, String userAgentPrefix, boolean watchesAndLeases) {
        this.cluster = cluster;
        this.log = log;
        this.userAgentPrefix = userAgentPrefix;
        this.watchesAndLeases = watchesAndLeases;
    }

    /**
     * The requests of clients whose user agent begins so.
     *
     * @throws ClusterUnavailable when the cluster keeps no audit log
     */
    public static AuditedRequests of(Cluster cluster, String userAgentPrefix) {
        Path log = cluster.auditLog()
                .orElseThrow(() -> new ClusterUnavailable("This cluster's API server keeps no audit log", null));
        return new AuditedRequests(cluster, log, userAgentPrefix, false);
    }

    /** The same, with watches and leases. */
    public AuditedRequests withWatchesAndLeases() {
        return new AuditedRequests(cluster, log, userAgentPrefix, true);
    }

    /** The present end of the log, behind everything that was answered before this call. */
    public long mark() {
        settle();
        return log.toFile().length();
    }

    /** The requests answered between a mark and this call. */
    public List<Request> since(long mark) {
        settle();
        return read(mark, line -> line.contains("\"userAgent\":\"" + userAgentPrefix))
                .lines()
                .map(AcmeRequest::parse)
                .filter(this::counts)
                .map(AuditedRequests::request)
                .toList();
    }

    /** How many of each kind, as in {@code patch managedcertificates/status} to 2. */
    public static SortedMap<String, Long> byKind(List<Request> requests) {
        return requests.stream().collect(Collectors.groupingBy(Request::kind, TreeMap::new, Collectors.counting()));
    }

    /** The requests of one namespace. */
    public static List<Request> in(String namespace, List<Request> requests) {
        return requests.stream()
                .filter(request -> request.namespace().equals(namespace))
                .toList();
    }

    /**
     * Returns when the log has everything answered so far. An answer is logged just after it was sent, so two requests
     * of the kit's own, one after the other, are looked for.
     */
    private void settle() {
        long from = log.toFile().length();
        for (int i = 0; i < 2; i++) {
            String marker = "/version?kit=" + UUID.randomUUID();
            cluster.client().raw(marker);
            Poll.until(
                    "the audit log has " + marker,
                    LIMIT,
                    () -> !read(from, line -> line.contains(marker)).isEmpty());
        }
    }

    private boolean counts(JsonNode event) {
        boolean watch = event.path("verb").asText().equals("watch");
        boolean lease = event.path("objectRef").path("resource").asText().equals("leases");
        // A watch is logged when it starts and when it ends, everything else when it ends.
        String stage = event.path("stage").asText();
        return watch
                ? watchesAndLeases && stage.equals("ResponseStarted")
                : (watchesAndLeases || !lease) && !stage.equals("ResponseStarted");
    }

    private static Request request(JsonNode event) {
        JsonNode object = event.path("objectRef");
        String subresource = object.path("subresource").asText("");
        String resource = object.path("resource").asText("");
        return new Request(
                event.path("verb").asText(),
                resource.isEmpty()
                        ? AcmeRequest.pathOf(event.path("requestURI").asText())
                        : resource + (subresource.isEmpty() ? "" : "/" + subresource),
                object.path("namespace").asText(""),
                object.path("name").asText(""),
                event.path("responseStatus").path("code").asInt());
    }

    /** The complete lines from a position on that satisfy the condition. */
    private String read(long from, Predicate<String> condition) {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(from);
            byte[] bytes = new byte[Math.toIntExact(file.length() - from)];
            file.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            return text.substring(0, text.lastIndexOf('\n') + 1)
                    .lines()
                    .filter(condition)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
