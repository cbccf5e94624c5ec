package dev.caas.certificate;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a Secret carries, as a value: of it is judged whether something is to be changed.
 *
 * @param data base64, as the API has it
 */
record SecretContent(Map<String, String> data, Map<String, String> labels, Map<String, String> annotations) {
    SecretContent {
        data = Map.copyOf(data);
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    static SecretContent of(Secret secret) {
        var meta = secret.getMetadata();
        return new SecretContent(orNone(secret.getData()), orNone(meta.getLabels()), orNone(meta.getAnnotations()));
    }

    /** The Secret with this in it instead. */
    Secret into(Secret secret) {
        return new SecretBuilder(secret)
                .editMetadata()
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .withData(data)
                .build();
    }

    /** The octets under a key; empty if there are none, or what is there is no base64. */
    Optional<byte[]> octets(String key) {
        try {
            return Optional.ofNullable(data.get(key)).map(Base64.getDecoder()::decode);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The text under a key; empty as for {@link #octets}. */
    String text(String key) {
        return octets(key)
                .map(octets -> new String(octets, StandardCharsets.UTF_8))
                .orElse("");
    }

    SecretContent withText(String key, String text) {
        return withOctets(key, text.getBytes(StandardCharsets.UTF_8));
    }

    SecretContent withOctets(String key, byte[] octets) {
        var more = new TreeMap<>(data);
        more.put(key, Base64.getEncoder().encodeToString(octets));
        return new SecretContent(more, labels, annotations);
    }

    SecretContent without(String key) {
        var less = new TreeMap<>(data);
        less.remove(key);
        return new SecretContent(less, labels, annotations);
    }

    /** A note of the operator's; empty if there is none. */
    String note(String key) {
        return annotations.getOrDefault(key, "");
    }

    /** With a note; an empty one is taken away. */
    SecretContent withNote(String key, String note) {
        var notes = new TreeMap<>(annotations);
        if (note.isEmpty()) {
            notes.remove(key);
        } else {
            notes.put(key, note);
        }
        return new SecretContent(data, labels, notes);
    }

    SecretContent withLabels(Map<String, String> all) {
        return new SecretContent(data, all, annotations);
    }

    SecretContent withAnnotations(Map<String, String> all) {
        return new SecretContent(data, labels, all);
    }

    private static Map<String, String> orNone(Map<String, String> map) {
        return map == null ? Map.of() : map;
    }

    /** Names, never values. */
    @Override
    public String toString() {
        return "SecretContent" + data.keySet();
    }
}
