package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request to the CA and what its JWS says, unverified.
 *
 * @param payload the JWS payload as text; empty for GET, HEAD and POST-as-GET
 * @param accountPath path of the account URL that signed it (the protected header's {@code kid})
 * @param accountKey the key that signed it where there is no account URL yet (the protected header's {@code jwk})
 * @param bindingKeyId key identifier of the External Account Binding that a newAccount carries
 */
record AcmeRequest(
        String method,
        String host,
        String path,
        Map<String, List<String>> headers,
        String body,
        Step step,
        String payload,
        Optional<String> accountPath,
        Optional<String> accountKey,
        Optional<String> bindingKeyId) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static AcmeRequest read(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().getRawPath();
        JsonNode jws = parse(body);
        String payload = decoded(jws.path("payload"));
        return new AcmeRequest(
                exchange.getRequestMethod(),
                exchange.getRequestHeaders().getFirst("Host"),
                path,
                exchange.getRequestHeaders(),
                body,
                Step.of(path, !payload.isEmpty()),
                payload,
                text(header(jws).path("kid")).map(AcmeRequest::pathOf),
                Optional.of(header(jws).path("jwk")).filter(JsonNode::isObject).map(JsonNode::toString),
                text(header(parse(payload).path("externalAccountBinding")).path("kid")));
    }

    /** The path of a URL: what is left when it is read through another host. */
    static String pathOf(String url) {
        return URI.create(url).getRawPath();
    }

    /** JSON as it stands, or a missing node for anything else. */
    static JsonNode parse(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            return node == null ? MissingNode.getInstance() : node;
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static JsonNode header(JsonNode jws) {
        return parse(decoded(jws.path("protected")));
    }

    private static Optional<String> text(JsonNode node) {
        return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
    }

    private static String decoded(JsonNode base64url) {
        try {
            return new String(Base64.getUrlDecoder().decode(base64url.asText("")), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
