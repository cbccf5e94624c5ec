package dev.caas.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.kube.Ownership;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an object asks for, decided from the object alone. */
sealed interface Declaration {
    /** What its owner should hear: what is wrong, where, and what to do. */
    List<String> warnings();

    /** It cannot be read for certain: nothing of it is applied, what was made for it stays as it is. */
    record Unreadable(List<String> warnings) implements Declaration {}

    /**
     * It asks for these certificates and no others.
     *
     * @param untouched Secrets it names in a way that cannot be served: what was made for them stays as it is
     */
    record Certificates(List<Wanted> wanted, Set<String> untouched, List<String> warnings) implements Declaration {
        /** Whether a certificate of that name may stay. */
        boolean mentions(String name) {
            return untouched.contains(name)
                    || wanted.stream().anyMatch(w -> w.secretName().equals(name));
        }
    }

    /** As the CRD has it. */
    int MOST_NAMES = 100;

    Declaration NOTHING = new Certificates(List.of(), Set.of(), List.of());

    /** What an object with these TLS entries asks for. */
    static Declaration of(ObjectMeta meta, List<TlsEntry> entries, boolean certManagerAnnotations) {
        if (Optional.ofNullable(meta.getLabels()).orElse(Map.of()).containsKey(Ownership.ROLE)) {
            return NOTHING; // One of the operator's own.
        }
        var annotations =
                Annotations.read(Optional.ofNullable(meta.getAnnotations()).orElse(Map.of()), certManagerAnnotations);
        var warnings = new ArrayList<>(annotations.problems());
        warnings.addAll(annotations.remarks());
        if (!annotations.problems().isEmpty()) {
            return new Unreadable(warnings);
        }
        if (!annotations.asked()) {
            return new Certificates(List.of(), Set.of(), warnings);
        }
        var untouched = new HashSet<String>();
        var wanted = new ArrayList<Wanted>();
        namesBySecret(entries).forEach((secret, names) -> {
            problemOfNames(secret, names, entries)
                    .ifPresentOrElse(
                            problem -> {
                                warnings.add(problem);
                                untouched.add(secret);
                            },
                            () -> wanted.add(
                                    new Wanted(secret, List.copyOf(names), fields(annotations.fields(), names))));
        });
        var commonName = annotations.fields().get(Field.COMMON_NAME);
        if (commonName != null && wanted.stream().noneMatch(w -> w.dnsNames().contains(commonName.textValue()))) {
            warnings.add(
                    "%s is none of the hosts of its TLS entries: clients and CAs ignore such a common name. Remove it"
                            .formatted(new Annotation(Field.COMMON_NAME.key(), commonName.textValue())));
            return new Unreadable(warnings);
        }
        return new Certificates(wanted, untouched, warnings);
    }

    /** Entries that share a Secret share a certificate. */
    private static Map<String, Set<String>> namesBySecret(List<TlsEntry> entries) {
        var names = new LinkedHashMap<String, Set<String>>();
        for (var entry : entries) {
            var hosts = names.computeIfAbsent(entry.secretName(), s -> new LinkedHashSet<>());
            entry.hosts().forEach(h -> hosts.add(h.toLowerCase(Locale.ROOT)));
        }
        return names;
    }

    private static Optional<String> problemOfNames(String secret, Set<String> names, List<TlsEntry> entries) {
        var where = entries.stream()
                .filter(e -> e.secretName().equals(secret))
                .map(TlsEntry::where)
                .toList();
        if (names.isEmpty()) {
            return Optional.of(
                    "%s keeps TLS in Secret '%s' for no host by name, and a certificate needs names. Name the hosts"
                            .formatted(String.join(", ", where), secret));
        }
        return names.size() <= MOST_NAMES
                ? Optional.empty()
                : Optional.of("%s: %d hosts share Secret '%s', and a certificate is for at most %d. Use several Secrets"
                        .formatted(where.getFirst(), names.size(), secret, MOST_NAMES));
    }

    /** A common name is for the certificate that has it among its names. */
    private static Map<Field, JsonNode> fields(Map<Field, JsonNode> all, Set<String> names) {
        var fields = new EnumMap<Field, JsonNode>(Field.class);
        all.forEach((field, value) -> {
            if (field != Field.COMMON_NAME || names.contains(value.textValue())) {
                fields.put(field, value);
            }
        });
        return fields;
    }
}
