package dev.caas.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of the form API. */
record FormReply(int status, String contentType, String body) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static FormReply of(Map<String, Object> document) {
        return new FormReply(200, "application/json", json(document));
    }

    static FormReply refusal(int status, String type, String detail) {
        var document = new LinkedHashMap<String, Object>();
        document.put("type", "urn:sectigo:params:acme:error:" + type);
        document.put("detail", detail);
        return new FormReply(status, "application/json", json(document));
    }

    private static String json(Map<String, Object> document) {
        try {
            return JSON.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
