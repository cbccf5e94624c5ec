package dev.caas.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caas.kit.Chart;
import dev.caas.kit.Contract;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The ledger of a test's account, as an administrator finds it: one Secret with JSON in it. */
record LedgerSecret(TestNamespace namespace) {
    static final String NAME = Contract.ACCOUNT + "-ledger";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "ledger.json";
    private static final Duration YEAR = Duration.ofDays(365);

    /** The Secret, if anything was ever subscribed: of an account with a platform it is in the operator's namespace. */
    Optional<Secret> secret() {
        var records = namespace
                .client()
                .secrets()
                .inNamespace(Chart.NAMESPACE)
                .withLabel("caas.dev/role", "binding")
                .withLabel("caas.dev/name", namespace.name() + "." + Contract.ACCOUNT)
                .list()
                .getItems();
        return records.stream()
                .findFirst()
                .or(() -> Optional.ofNullable(namespace
                        .client()
                        .secrets()
                        .inNamespace(namespace.name())
                        .withName(NAME)
                        .get()));
    }

    ObjectNode json() {
        try {
            return (ObjectNode) JSON.readTree(text());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    String text() {
        return Edit.text(secret().orElseThrow(), KEY);
    }

    Instant startedAt() {
        return Instant.parse(json().path("term").path("startedAt").asText());
    }

    Instant expiresAt() {
        return Instant.parse(json().path("term").path("expiresAt").asText());
    }

    /** When a domain was added; empty for one that is not on the ledger. */
    Optional<Instant> addedAt(String domain) {
        return Optional.of(json().path("domains").path(domain).path("addedAt").asText(""))
                .filter(text -> !text.isEmpty())
                .map(Instant::parse);
    }

    /** Dates the term back, or on, so that its year ends then. */
    void endTermAt(Instant end) {
        var json = json();
        json.withObject("term").put("startedAt", end.minus(YEAR).toString()).put("expiresAt", end.toString());
        write(json.toString());
    }

    /** The organisation's validation of a domain, as the operator remembers it. */
    JsonNode anchor(String domain) {
        return json().path("domains").path(domain).path("anchor");
    }

    /** Dates back since when a domain's organisation's validation is used. */
    void useAnchorSince(String domain, Instant since) {
        var json = json();
        ((ObjectNode) json.path("domains").path(domain).path("anchor")).put("since", since.toString());
        write(json.toString());
    }

    void write(String text) {
        var meta = secret().orElseThrow().getMetadata();
        Edit.secret(namespace.client(), meta.getNamespace(), meta.getName(), KEY, text);
    }

    void delete() {
        namespace
                .client()
                .secrets()
                .inNamespace(namespace.name())
                .withName(NAME)
                .delete();
    }
}
