package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.ManagedCertificateSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Specs as people write them: in YAML, what is left out being what the API server fills in. */
public final class Specs {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    /** Without it fabric8 takes a mapping in braces for JSON. */
    private static final String YAML = "---\n";

    private Specs() {}

    /** A certificate's spec. */
    public static ManagedCertificateSpec certificate(String yaml) {
        return Serialization.unmarshal(YAML + yaml, ManagedCertificateSpec.class);
    }

    /** An account's spec. */
    public static CaaSAccountSpec account(String yaml) {
        return Serialization.unmarshal(YAML + yaml, CaaSAccountSpec.class);
    }

    /** Lays YAML over what a spec has; null takes a field away. */
    public static <S> UnaryOperator<S> with(Class<S> type, String yaml) {
        return spec -> merged(type, spec, Serialization.unmarshal(YAML + yaml, ObjectNode.class));
    }

    /** A spec with one field set to a value. */
    public static <S> S with(Class<S> type, S spec, String field, Object value) {
        var change = JSON.createObjectNode();
        change.set(field, JSON.valueToTree(value));
        return merged(type, spec, change);
    }

    /** A spec of these fields. */
    public static <S> S of(Class<S> type, Map<String, Object> fields) {
        return JSON.convertValue(fields, type);
    }

    private static <S> S merged(Class<S> type, S spec, ObjectNode changes) {
        ObjectNode tree = JSON.valueToTree(spec);
        merge(tree, changes);
        return JSON.convertValue(tree, type);
    }

    private static void merge(ObjectNode onto, ObjectNode changes) {
        changes.properties().forEach(change -> {
            JsonNode before = onto.get(change.getKey());
            if (before instanceof ObjectNode object && change.getValue() instanceof ObjectNode more) {
                merge(object, more);
            } else if (change.getValue().isNull()) {
                onto.remove(change.getKey());
            } else {
                onto.set(change.getKey(), change.getValue());
            }
        });
    }
}
