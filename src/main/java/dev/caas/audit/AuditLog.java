package dev.caas.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Writes audit records as JSON lines to the log category {@code audit}, which goes to the console, and to a file. */
public final class AuditLog implements AutoCloseable {
    private static final Logger SINK = Logger.getLogger("audit");
    private static final ObjectMapper JSON = new ObjectMapper().disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

    private final String source;
    private final @Nullable Writer file;
    private final Clock clock;

    /**
     * Sets who speaks, and opens the file.
     *
     * @param source the CloudEvents source, a URI-reference naming this operator
     * @param file where to append the lines besides the log; null for nowhere
     * @throws UncheckedIOException if the file cannot be opened: an operator that cannot keep its record does not start
     */
    public AuditLog(String source, @Nullable Path file, Clock clock) {
        this.source = source;
        this.clock = clock;
        try {
            this.file = file == null
                    ? null
                    : Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("the audit file cannot be opened", e);
        }
    }

    /** Records something about an object. */
    public void record(AuditRecord.Type type, HasMetadata about, Map<String, Object> data) {
        var meta = about.getMetadata();
        var subject = Stream.of(about.getKind(), meta.getNamespace(), meta.getName())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("/"));
        record(new AuditRecord(type, subject, data));
    }

    private void record(AuditRecord record) {
        var line = new LinkedHashMap<String, Object>();
        line.put("specversion", "1.0");
        line.put("id", UUID.randomUUID().toString());
        line.put("source", source);
        line.put("type", record.type().label());
        line.put("subject", record.subject());
        line.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        line.put("datacontenttype", "application/json");
        line.put("data", new TreeMap<>(record.data()));
        try {
            write(JSON.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("audit record of type " + record.type() + " cannot be written", e);
        }
    }

    private synchronized void write(String line) {
        SINK.info(line);
        if (file == null) {
            return;
        }
        try {
            file.write(line + "\n");
            file.flush();
        } catch (IOException e) {
            // The line is in the log. Work goes on: a full disk must not stop renewals.
            SINK.errorf("the audit file cannot be written: %s", e.getMessage());
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
