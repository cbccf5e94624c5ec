package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the client is answered: by the CA, or by a rule in its place. */
record AcmeReply(int status, List<Map.Entry<String, String>> headers, String body) {
    static AcmeReply text(int status, String contentType, String body, Map<String, String> headers) {
        var all = new ArrayList<>(headers.entrySet().stream().toList());
        all.add(Map.entry("Content-Type", contentType));
        return new AcmeReply(status, all, body);
    }

    /** A problem document (RFC 8555 section 6.7); a type without colon is one of the ACME namespace. */
    static AcmeReply problem(int status, String type, String detail, Map<String, String> headers) {
        String urn = type.contains(":") ? type : "urn:ietf:params:acme:error:" + type;
        String body = JsonNodeFactory.instance
                .objectNode()
                .put("type", urn)
                .put("detail", detail)
                .put("status", status)
                .toString();
        return text(status, "application/problem+json", body, headers);
    }

    Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** Pebble throws back a good nonce now and then; the client is to try again (RFC 8555 section 6.5). */
    boolean isBadNonce() {
        return status == 400 && json().path("type").asText().equals("urn:ietf:params:acme:error:badNonce");
    }

    JsonNode json() {
        return AcmeRequest.parse(body);
    }
}
