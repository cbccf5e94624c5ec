package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.shredzone.acme4j.toolbox.AcmeUtils;

/**
 * Remembers which names every URL of the CA is about: those of an order for its URL, finalize and certificate URL, the
 * one of an authorization for it and its challenges. An authorization's own name is known once it was looked at; before,
 * it goes by the names of its order, because Pebble shuffles the list. A binding's key identifier is a name too, of all
 * requests of its account, and of those by which its key asks for its account.
 */
final class OrderBook {
    private final Map<String, Set<String>> namesByPath = new ConcurrentHashMap<>();
    private final Map<String, String> bindingByAccount = new ConcurrentHashMap<>();
    private final Map<String, String> bindingByKey = new ConcurrentHashMap<>();
    private final Map<String, Placed> byFinalizePath = new ConcurrentHashMap<>();
    private final Map<String, Placed> byAuthorizationPath = new ConcurrentHashMap<>();
    private final Queue<Placed> placed = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> mostOpen = new ConcurrentHashMap<>();

    /** An order that the CA accepted. */
    private static final class Placed {
        private final Set<String> names;
        private volatile boolean begun;
        private final String binding;
        private volatile boolean finalized;
        private volatile boolean over;

        private Placed(Set<String> names, String binding) {
            this.names = names;
            this.binding = binding;
        }
    }

    /** What the request is about, in lower case. */
    Set<String> namesOf(AcmeRequest request) {
        Set<String> names = new TreeSet<>(namesByPath.getOrDefault(request.path(), Set.of()));
        if (request.step() == Step.NEW_ORDER) {
            names.addAll(identifiers(AcmeRequest.parse(request.payload())));
        }
        request.bindingKeyId().map(AcmeProxy::normalized).ifPresent(names::add);
        bindingOf(request).ifPresent(names::add);
        return names;
    }

    private Optional<String> bindingOf(AcmeRequest request) {
        return request.accountPath()
                .map(bindingByAccount::get)
                .or(() -> request.accountKey().map(bindingByKey::get))
                .map(AcmeProxy::normalized);
    }

    /** Takes in what the CA answered. */
    void learn(AcmeRequest request, AcmeReply reply) {
        if (reply.status() != 200 && reply.status() != 201) {
            return;
        }
        JsonNode body = reply.json();
        switch (request.step()) {
            case NEW_ACCOUNT ->
                request.bindingKeyId().ifPresent(binding -> {
                    reply.header("Location").map(AcmeRequest::pathOf).ifPresent(a -> bindingByAccount.put(a, binding));
                    request.accountKey().ifPresent(key -> bindingByKey.put(key, binding));
                });
            case NEW_ORDER ->
                place(
                        reply.header("Location").orElse(""),
                        body,
                        bindingOf(request).orElse(""));
            case AUTHORIZATION -> {
                Placed order = byAuthorizationPath.get(request.path());
                if (order != null) {
                    order.begun = true;
                }
                learnAuthorization(request.path(), body);
            }
            case FINALIZE -> {
                Placed order = byFinalizePath.get(request.path());
                if (order != null) {
                    order.finalized = true;
                }
                learnCertificate(request.path(), body);
            }
            case ORDER -> learnCertificate(request.path(), body);
            case CERTIFICATE -> {
                end(namesByPath.getOrDefault(request.path(), Set.of()));
                namesByPath.put(
                        Step.RENEWAL_INFO.pathOf(AcmeUtils.getRenewalUniqueIdentifier(Pem.certificate(reply.body()))),
                        namesByPath.getOrDefault(request.path(), Set.of()));
            }
            default -> {}
        }
    }

    /** Orders so far; with a name, those it is in. */
    AcmeProxy.Orders count(String name) {
        var matching = placed.stream()
                .filter(order -> name.isEmpty() || order.names.contains(name))
                .toList();
        return new AcmeProxy.Orders(
                matching.size(),
                matching.stream().filter(order -> order.finalized).count());
    }

    /** Orders with a name in them of which an authorization was looked at, and which were never finalized. */
    long begunInVain(String name) {
        return placed.stream()
                .filter(order -> order.names.contains(name))
                .filter(order -> order.begun && !order.finalized)
                .count();
    }

    /** The most orders that a binding's account ever had between newOrder's reply and its certificate's. */
    int mostOpen(String binding) {
        return mostOpen.getOrDefault(binding, 0);
    }

    /** Counts from here on for a name; its URLs stay known. */
    void forget(String name) {
        placed.removeIf(order -> order.names.contains(name));
    }

    private synchronized void place(String location, JsonNode order, String binding) {
        Set<String> names = identifiers(order);
        namesByPath.put(AcmeRequest.pathOf(location), names);
        String finalizePath = AcmeRequest.pathOf(order.path("finalize").asText());
        namesByPath.put(finalizePath, names);
        // A reused authorization is known already, and better.
        order.path("authorizations").forEach(url -> namesByPath.putIfAbsent(AcmeRequest.pathOf(url.asText()), names));
        var entry = new Placed(names, binding);
        order.path("authorizations").forEach(url -> byAuthorizationPath.put(AcmeRequest.pathOf(url.asText()), entry));
        byFinalizePath.put(finalizePath, entry);
        placed.add(entry);
        long open = placed.stream()
                .filter(p -> !p.over && p.binding.equals(binding))
                .count();
        mostOpen.merge(binding, (int) open, Math::max);
    }

    private synchronized void end(Set<String> names) {
        placed.stream().filter(order -> order.names.equals(names)).forEach(order -> order.over = true);
    }

    private void learnAuthorization(String path, JsonNode authorization) {
        if (authorization.path("identifier").isMissingNode()) {
            return;
        }
        String value = authorization.path("identifier").path("value").asText();
        String name = (authorization.path("wildcard").asBoolean() ? "*." : "") + value;
        Set<String> names = Set.of(name.toLowerCase(Locale.ROOT));
        namesByPath.put(path, names);
        authorization
                .path("challenges")
                .forEach(challenge ->
                        namesByPath.put(AcmeRequest.pathOf(challenge.path("url").asText()), names));
    }

    private void learnCertificate(String path, JsonNode order) {
        String url = order.path("certificate").asText("");
        if (!url.isEmpty()) {
            namesByPath.put(AcmeRequest.pathOf(url), namesByPath.getOrDefault(path, identifiers(order)));
        }
    }

    private static Set<String> identifiers(JsonNode order) {
        Set<String> names = new TreeSet<>();
        order.path("identifiers")
                .forEach(id -> names.add(id.path("value").asText().toLowerCase(Locale.ROOT)));
        return names;
    }
}
