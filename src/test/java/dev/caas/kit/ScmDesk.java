package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What Certificate Manager does with a request, by its documentation: parameters and fields that it does not know are
 * refused, what cannot be done of a list is named in a reply that is a success.
 */
final class ScmDesk {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int LARGEST_PAGE = 200;
    private static final int LONGEST_NAME = 128;
    private static final int VALID_DAYS = 398;
    private static final Set<String> FILTERS =
            Set.of("size", "position", "organizationId", "name", "acmeServer", "status");

    private final String acmeServer;
    private final int organization;
    private final Supplier<Pebble.Binding> bindings;
    private final TreeMap<Long, Account> accounts = new TreeMap<>();
    private final Set<String> undelegated = ConcurrentHashMap.newKeySet();
    private long lastId = 1000;

    /** An ACME account: its document, the domains and the clients. */
    private record Account(ObjectNode document, TreeSet<String> domains, TreeMap<Long, ObjectNode> clients) {}

    ScmDesk(String acmeServer, int organization, Supplier<Pebble.Binding> bindings) {
        this.acmeServer = acmeServer;
        this.organization = organization;
        this.bindings = bindings;
    }

    /** @throws ScmReply.Refusal when it is not done */
    synchronized ScmReply answer(String method, String path, Map<String, String> query, JsonNode body) {
        String resource = path.replaceAll("/[0-9]+(?=/|$)", "/#");
        if (!resource.equals("/acme/v2/account")) {
            onlyKnows(query.keySet(), Set.of());
        }
        return switch (method + " " + resource) {
            case "GET /acme/v1/server" -> servers();
            case "GET /acme/v2/account" -> list(query);
            case "POST /acme/v2/account" -> create(query, body);
            case "GET /acme/v2/account/#" -> ScmReply.of(account(path).document());
            case "PUT /acme/v2/account/#" -> rename(account(path), body);
            case "DELETE /acme/v2/account/#" -> {
                accounts.remove(accountId(path));
                yield ScmReply.nothing();
            }
            case "GET /acme/v2/account/#/domain" -> ScmReply.of(domains(account(path)));
            case "POST /acme/v2/account/#/domain" -> add(account(path), body);
            case "DELETE /acme/v2/account/#/domain" -> remove(account(path), body);
            case "GET /acme/v2/account/#/client" ->
                ScmReply.of(array(account(path).clients().values()));
            case "PUT /acme/v2/account/#/client/#" -> deactivate(account(path), number(path, 6));
            default -> throw new ScmReply.Refusal(404, "There is no " + method + " " + path);
        };
    }

    private ScmReply servers() {
        return ScmReply.of(array(List.of(server("DV"), server("OV"))));
    }

    private ObjectNode server(String type) {
        return JSON.objectNode()
                .put("url", acmeServer)
                .put("caId", 40485)
                .put("name", "Test CA " + type)
                .put("singleProductId", 1)
                .put("multiProductId", 2)
                .put("wcProductId", 3)
                .put("certValidationType", type);
    }

    private ScmReply list(Map<String, String> query) {
        onlyKnows(query.keySet(), FILTERS);
        int size = Integer.parseInt(query.getOrDefault("size", "" + LARGEST_PAGE));
        int position = Integer.parseInt(query.getOrDefault("position", "0"));
        if (size < 1 || size > LARGEST_PAGE || position < 0) {
            throw new ScmReply.Refusal(400, "size is 1 to 200, position 0 or more");
        }
        var found = accounts.values().stream()
                .map(Account::document)
                .filter(document -> query.entrySet().stream()
                        .filter(q -> !Set.of("size", "position").contains(q.getKey()))
                        .allMatch(q -> document.path(q.getKey()).asText().equals(q.getValue())))
                .toList();
        return new ScmReply(
                200,
                Map.of("X-Total-Count", "" + found.size()),
                array(found.stream().skip(position).limit(size).toList()));
    }

    private ScmReply create(Map<String, String> query, JsonNode body) {
        onlyKnows(query.keySet(), Set.of());
        onlyKnows(fields(body), Set.of("name", "acmeServer", "organizationId", "certValidationType", "validationId"));
        String name = body.path("name").asText();
        if (name.isEmpty() || name.length() > LONGEST_NAME) {
            throw new ScmReply.Refusal(400, "name must have 1 to 128 characters");
        }
        if (!body.path("acmeServer").asText().equals(acmeServer)) {
            throw new ScmReply.Refusal(400, "acmeServer is not one of the list");
        }
        if (body.path("organizationId").asInt() != organization) {
            throw new ScmReply.Refusal(400, "organizationId is unknown");
        }
        long id = open(name, organization, bindings.get());
        return new ScmReply(201, Map.of("Location", "/api/acme/v2/account/" + id), MissingNode.getInstance());
    }

    /** Makes an account without being asked by a request. */
    synchronized long open(String name, int organizationId, Pebble.Binding binding) {
        long id = ++lastId;
        accounts.put(
                id,
                new Account(
                        JSON.objectNode()
                                .put("id", id)
                                .put("accountId", "")
                                .put("macId", binding.keyId())
                                .put("macKey", binding.macKey())
                                .put("acmeServer", acmeServer)
                                .put("name", name)
                                .put("organizationId", organizationId)
                                .put("certValidationType", "DV")
                                .put("status", "Pending"),
                        new TreeSet<>(),
                        new TreeMap<>()));
        return id;
    }

    private static ScmReply rename(Account account, JsonNode body) {
        onlyKnows(fields(body), Set.of("name"));
        account.document().set("name", body.path("name"));
        return ScmReply.of(account.document());
    }

    private static ArrayNode domains(Account account) {
        return array(account.domains().stream()
                .map(name -> JSON.objectNode()
                        .put("name", name)
                        .put(
                                "validUntil",
                                LocalDate.now(ZoneOffset.UTC)
                                        .plusDays(VALID_DAYS)
                                        .toString())
                        .putNull("stickyUntil"))
                .toList());
    }

    private ScmReply add(Account account, JsonNode body) {
        var not = JSON.arrayNode();
        for (String name : names(body)) {
            if (undelegated.contains(name) || !account.domains().add(name)) {
                not.add(name);
            }
        }
        return ScmReply.of(JSON.objectNode().set("notAddedDomains", not));
    }

    private static ScmReply remove(Account account, JsonNode body) {
        var not = JSON.arrayNode();
        for (String name : names(body)) {
            if (!account.domains().remove(name)) {
                not.add(name);
            }
        }
        return ScmReply.of(JSON.objectNode().set("notRemovedDomains", not));
    }

    private static List<String> names(JsonNode body) {
        onlyKnows(fields(body), Set.of("domains"));
        return body.path("domains")
                .valueStream()
                .map(domain -> {
                    onlyKnows(fields(domain), Set.of("name"));
                    return domain.path("name").asText();
                })
                .toList();
    }

    private static ScmReply deactivate(Account account, long client) {
        var document = account.clients().get(client);
        if (document == null || document.path("status").asText().equals("Deactivated")) {
            throw new ScmReply.Refusal(400, "This client cannot be deactivated");
        }
        document.put("status", "Deactivated");
        return ScmReply.of(document);
    }

    /** Adds a client as a registration with the account's binding does; its number. */
    synchronized long register(String keyId, String userAgent) {
        var account = withKey(keyId);
        account.document().put("status", "Valid");
        long id = ++lastId;
        account.clients()
                .put(
                        id,
                        JSON.objectNode()
                                .put("id", id)
                                .put("accountId", "acme-" + id)
                                .put("ipAddress", "192.0.2.1")
                                .put("userAgent", userAgent)
                                .put("status", "Valid")
                                .put("lastActivity", "2026-01-02T03:04:05Z"));
        return id;
    }

    synchronized List<String> domains(String keyId) {
        return List.copyOf(withKey(keyId).domains());
    }

    synchronized long id(String keyId) {
        return withKey(keyId).document().path("id").asLong();
    }

    synchronized int size() {
        return accounts.size();
    }

    void doesNotAdd(String domain) {
        undelegated.add(domain);
    }

    private Account withKey(String keyId) {
        return accounts.values().stream()
                .filter(account -> account.document().path("macId").asText().equals(keyId))
                .findFirst()
                .orElseThrow();
    }

    private Account account(String path) {
        var account = accounts.get(accountId(path));
        if (account == null) {
            throw new ScmReply.Refusal(404, "ACME account not found");
        }
        return account;
    }

    private static long accountId(String path) {
        return number(path, 4);
    }

    private static long number(String path, int segment) {
        return Long.parseLong(Arrays.asList(path.split("/")).get(segment));
    }

    private static Set<String> fields(JsonNode body) {
        var names = new TreeSet<String>();
        body.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void onlyKnows(Set<String> given, Set<String> known) {
        given.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw new ScmReply.Refusal(400, "Unknown: " + name);
        });
    }

    private static ArrayNode array(Iterable<ObjectNode> elements) {
        var array = JSON.arrayNode();
        elements.forEach(element -> array.add(element.deepCopy()));
        return array;
    }
}
