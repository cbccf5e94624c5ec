package dev.caas.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caas.api.ManagedCertificateSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One certificate that an object asks for.
 *
 * @param secretName the Secret to keep it in, and the name of its ManagedCertificate
 * @param dnsNames each once, in the order they are written
 * @param fields what annotations say of it
 */
record Wanted(String secretName, List<String> dnsNames, Map<Field, JsonNode> fields) {
    private static final ObjectMapper JSON =
            JsonMapper.builder().addModule(new JavaTimeModule()).build();

    /** The spec of a new ManagedCertificate. */
    ManagedCertificateSpec spec() {
        return on(JSON.convertValue(Map.of("secretName", secretName), ManagedCertificateSpec.class));
    }

    /**
     * The spec of one that is there: with what is wanted, and everything that annotations cannot say as it is. Equal to
     * the present one when that is in step; the order of names says nothing.
     */
    ManagedCertificateSpec on(ManagedCertificateSpec present) {
        ObjectNode spec = JSON.valueToTree(present);
        spec.put("secretName", secretName);
        if (!Set.copyOf(present.dnsNames()).equals(Set.copyOf(dnsNames))) {
            spec.set("dnsNames", JSON.valueToTree(dnsNames));
        }
        for (var field : Field.values()) {
            field.put(spec, fields.get(field));
        }
        return JSON.convertValue(spec, ManagedCertificateSpec.class);
    }
}
