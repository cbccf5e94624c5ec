package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * Requests to Certificate Manager: credentials in headers, JSON both ways, and errors {@code {"code", "description"}} as
 * {@link PlatformFailure}. A refusal of another form, such as a proxy's page, may be said of something that was done.
 */
final class ScmRest {
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;

    private final PartnerHttp http;
    private final String endpoint;
    private final PartnerCredentials<ScmLogin> credentials;

    /** @param endpoint what comes before {@code /acme} */
    ScmRest(PartnerHttp http, URI endpoint, PartnerCredentials<ScmLogin> credentials) {
        this.http = http;
        this.endpoint = endpoint.toString().replaceFirst("/+$", "");
        this.credentials = credentials;
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The elements of a reply that is a list. */
    static List<JsonNode> list(PartnerHttp.Reply reply) throws PlatformFailure {
        var list = reply.json();
        if (!list.isArray()) {
            throw new PlatformFailure(
                    Kind.UNKNOWN_OUTCOME,
                    "the platform at " + reply.host()
                            + " answered with something that is no list: check that the endpoint is that of SCM");
        }
        return StreamSupport.stream(list.spliterator(), false).toList();
    }

    PartnerHttp.Reply get(String path) throws PlatformFailure {
        return ask("GET", path, BodyPublishers.noBody());
    }

    PartnerHttp.Reply post(String path, JsonNode body) throws PlatformFailure {
        return post(path, body, Instant.MAX);
    }

    /** Not later than that. */
    PartnerHttp.Reply post(String path, JsonNode body, Instant latest) throws PlatformFailure {
        return ask("POST", path, BodyPublishers.ofString(body.toString()), latest);
    }

    PartnerHttp.Reply delete(String path, JsonNode body) throws PlatformFailure {
        return ask("DELETE", path, BodyPublishers.ofString(body.toString()));
    }

    /** Without a body. */
    PartnerHttp.Reply put(String path) throws PlatformFailure {
        return ask("PUT", path, BodyPublishers.noBody());
    }

    private PartnerHttp.Reply ask(String method, String path, BodyPublisher body) throws PlatformFailure {
        return ask(method, path, body, Instant.MAX);
    }

    private PartnerHttp.Reply ask(String method, String path, BodyPublisher body, Instant latest)
            throws PlatformFailure {
        var login = credentials.current();
        var reply = http.send(request(method, path, body, login), latest);
        if (reply.isSuccess()) {
            return reply;
        }
        throw refusal(reply, login, !method.equals("GET"));
    }

    private HttpRequest request(String method, String path, BodyPublisher body, ScmLogin login) throws PlatformFailure {
        var request = HttpRequest.newBuilder(URI.create(endpoint + path)).method(method, body);
        request.header("Accept", "application/json");
        if (body.contentLength() != 0) {
            request.header("Content-Type", "application/json");
        }
        try {
            return request.header("login", login.login())
                    .header("password", login.password())
                    .header("customerUri", login.customerUri())
                    .build();
        } catch (IllegalArgumentException e) {
            // Its message quotes the value.
            throw new PlatformFailure(
                    Kind.UNAUTHORIZED,
                    "the platform was not asked: login, password or customerUri has a character that no header can"
                            + " hold, such as a line break; correct the Secret");
        }
    }

    private static PlatformFailure refusal(PartnerHttp.Reply reply, ScmLogin login, boolean changes) {
        String said = said(reply, login);
        if (changes && said.isEmpty() && reply.status() != UNAUTHORIZED) {
            return new PlatformFailure(
                    Kind.UNKNOWN_OUTCOME,
                    "the platform at " + reply.host() + " answered " + reply.status() + ", \""
                            + Quotation.of(reply.text(), login.secrets())
                            + "\": that is not SCM's way to say no, and does not tell whether it was done: it is read back"
                            + " before it is asked again; check the endpoint, and the proxy before it");
        }
        return switch (reply.status()) {
            case UNAUTHORIZED ->
                new PlatformFailure(
                        Kind.UNAUTHORIZED,
                        "the platform at " + reply.host() + " refuses the login" + said
                                + "; check login, password and customerUri in the credentials Secret, and whether this"
                                + " address may log in");
            case NOT_FOUND ->
                new PlatformFailure(
                        Kind.UNKNOWN_BINDING, "the platform at " + reply.host() + " knows no such account" + said);
            default ->
                new PlatformFailure(
                        Kind.REFUSED,
                        "the platform at " + reply.host() + " refuses with status " + reply.status() + said);
        };
    }

    /** The error that was sent; empty if it has another form, such as a proxy's page. */
    private static String said(PartnerHttp.Reply reply, ScmLogin login) {
        try {
            var error = reply.json();
            String code = error.path("code").asText();
            String description = error.path("description").asText();
            if (code.isEmpty() || description.isEmpty()) {
                return "";
            }
            return ": " + Quotation.of(description, login.secrets()) + " (code " + Quotation.of(code, login.secrets())
                    + ")";
        } catch (PlatformFailure noJson) {
            return "";
        }
    }
}
