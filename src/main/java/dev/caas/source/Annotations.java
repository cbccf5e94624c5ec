package dev.caas.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caas.api.ManagedCertificateSpec.PrivateKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the annotations of one object say, read whole.
 *
 * @param asked whether certificates are wanted
 * @param fields what is said about them
 * @param problems what cannot be read; when there is any, the rest is not to be applied either
 * @param remarks what was written in vain
 */
record Annotations(boolean asked, Map<Field, JsonNode> fields, List<String> problems, List<String> remarks) {
    static final String MANAGED = Field.PREFIX + "managed";

    static Annotations read(Map<String, String> written, boolean certManagerAnnotations) {
        var annotations = new TreeMap<>(written);
        var managed = annotations.get(MANAGED);
        if ("false".equals(managed)) {
            return new Annotations(false, Map.of(), List.of(), List.of());
        }
        boolean certManager = certManagerAnnotations && CertManager.isAsked(annotations);
        boolean asked = managed != null || annotations.containsKey(Field.ACCOUNT.key()) || certManager;
        var problems = new ArrayList<String>();
        var remarks = new ArrayList<String>();

        if (managed != null && !managed.equals("true")) {
            problems.add(new Annotation(MANAGED, managed) + " is not known; write \"true\" or \"false\"");
        }
        problems.addAll(unknown(annotations));
        var fields = fields(annotations, certManager, problems);
        if (problems.isEmpty()) {
            problemOfKey(fields).ifPresent(problems::add);
        }
        if (certManager) {
            remarks.addAll(inVain(annotations));
        }
        if (!asked && !fields.isEmpty()) {
            remarks.add(
                    "%s without effect: no certificate is asked for. Add %s: \"true\" or %s with the name of a CaaSAccount"
                            .formatted(
                                    fields.keySet().stream().map(Field::key).collect(Collectors.joining(", ")),
                                    MANAGED,
                                    Field.ACCOUNT.key()));
        }
        return new Annotations(asked, fields, problems, remarks);
    }

    /** Every key of ours, for those who misspelt one. */
    static Stream<String> keys() {
        return Stream.concat(Stream.of(MANAGED), Arrays.stream(Field.values()).map(Field::key));
    }

    private static List<String> unknown(Map<String, String> annotations) {
        return annotations.keySet().stream()
                .filter(key -> key.startsWith(Field.PREFIX))
                .filter(key -> !key.equals(MANAGED) && Field.of(key).isEmpty())
                .map(key -> "%s is no annotation of this operator. Remove it, or write one of %s"
                        .formatted(Annotation.printable(key), keys().collect(Collectors.joining(", "))))
                .toList();
    }

    private static Map<Field, JsonNode> fields(
            Map<String, String> annotations, boolean certManager, List<String> problems) {
        var fields = new EnumMap<Field, JsonNode>(Field.class);
        if (certManager) {
            // What cert-manager does when nothing is said; another algorithm would mean another certificate.
            fields.put(Field.PRIVATE_KEY_ALGORITHM, TextNode.valueOf(PrivateKey.Algorithm.RSA.name()));
            fields.put(Field.ADOPT_EXISTING_SECRET, BooleanNode.TRUE);
        }
        for (var field : Field.values()) {
            var annotation = Optional.ofNullable(annotations.get(field.key()))
                    .map(value -> new Annotation(field.key(), value))
                    .or(() -> certManager ? CertManager.of(field, annotations) : Optional.empty());
            if (annotation.isPresent()) {
                try {
                    fields.put(field, field.read(annotation.get().value()));
                } catch (InvalidValueException e) {
                    problems.add(annotation.get() + " " + e.getMessage());
                }
            }
        }
        return fields;
    }

    /** The one rule between two annotations. */
    private static Optional<String> problemOfKey(Map<Field, JsonNode> fields) {
        var written = fields.get(Field.PRIVATE_KEY_SIZE);
        if (written == null) {
            return Optional.empty();
        }
        int size = written.intValue();
        var algorithm = Optional.ofNullable(fields.get(Field.PRIVATE_KEY_ALGORITHM))
                .map(a -> PrivateKey.Algorithm.valueOf(a.textValue()))
                .orElse(PrivateKey.Algorithm.ECDSA);
        boolean known = switch (algorithm) {
            case ECDSA -> size == 256 || size == 384;
            case RSA -> size == 2048 || size == 3072 || size == 4096;
            case Ed25519 -> false;
        };
        return known
                ? Optional.empty()
                : Optional.of(
                        "%s %d does not go with %s: write 256 or 384 for ECDSA, 2048, 3072 or 4096 for RSA, and none for Ed25519"
                                .formatted(Field.PRIVATE_KEY_SIZE.key(), size, algorithm));
    }

    private static List<String> inVain(Map<String, String> annotations) {
        return CertManager.without(annotations).stream()
                .map(a -> a + " has no counterpart and no effect. Remove it, or declare a ManagedCertificate yourself")
                .toList();
    }
}
