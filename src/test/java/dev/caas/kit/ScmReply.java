package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Map;

/** What {@link ScmPlatform} answers; without a body where that is missing. */
record ScmReply(int status, Map<String, String> headers, JsonNode body) {
    static ScmReply of(JsonNode body) {
        return new ScmReply(200, Map.of(), body);
    }

    static ScmReply nothing() {
        return new ScmReply(204, Map.of(), MissingNode.getInstance());
    }

    /** The documented form of an error. */
    static ScmReply error(int status, int code, String description) {
        return new ScmReply(
                status,
                Map.of(),
                JsonNodeFactory.instance.objectNode().put("code", code).put("description", description));
    }

    /** Ends a request with an error. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int status;

        Refusal(int status, String description) {
            super(description);
            this.status = status;
        }

        ScmReply reply() {
            return error(status, -1001, String.valueOf(getMessage()));
        }
    }
}
