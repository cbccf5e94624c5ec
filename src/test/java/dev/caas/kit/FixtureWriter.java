package dev.caas.kit;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes the files that a {@link Fixture} is read from: objects without what a cluster gives them, placeholders for what
 * is here today.
 *
 * @param placeholders by what they stand for
 * @param end when terms end
 */
record FixtureWriter(KubernetesClient client, Map<String, String> placeholders, Instant end) {

    void write(Path file, List<? extends HasMetadata> objects) throws IOException {
        var text = new StringBuilder();
        for (HasMetadata object : objects) {
            var frozen = object instanceof Secret secret ? readable(secret) : object;
            frozen.setMetadata(stripped(frozen.getMetadata()));
            text.append("---\n")
                    .append(client.getKubernetesSerialization().asYaml(frozen).replaceFirst("^---\n", ""));
        }
        var yaml = text.toString();
        for (var placeholder : placeholders.entrySet()) {
            yaml = yaml.replace(placeholder.getKey(), placeholder.getValue());
        }
        Files.createDirectories(file.getParent());
        Files.writeString(file, yaml);
    }

    /** Text instead of base64 where it is text, so that a reader sees what is in it and placeholders can be replaced. */
    private Secret readable(Secret secret) {
        var text = new TreeMap<String, String>();
        var octets = new TreeMap<String, String>();
        secret.getData().forEach((key, value) -> {
            var decoded = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
            if (Base64.getEncoder()
                    .encodeToString(decoded.getBytes(StandardCharsets.UTF_8))
                    .equals(value)) {
                text.put(key, decoded);
            } else {
                octets.put(key, value);
            }
        });
        text.computeIfPresent(
                "ledger.json",
                (key, ledger) -> ledger.replaceFirst("\"expiresAt\":\"[^\"]*\"", "\"expiresAt\":\"" + end + "\""));
        return new SecretBuilder(secret)
                .withData(octets.isEmpty() ? null : octets)
                .withStringData(text)
                .build();
    }

    private static ObjectMeta stripped(ObjectMeta meta) {
        return new ObjectMetaBuilder()
                .withNamespace(meta.getNamespace())
                .withName(meta.getName())
                .withLabels(meta.getLabels())
                .withAnnotations(meta.getAnnotations())
                .build();
    }
}
