package dev.caas.kit;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Renders the operator's own chart and applies what it grants, so that the operator runs with exactly those permissions.
 * What needs a node (Deployment and the like) and the CRDs, which the cluster has already, are left out.
 */
public final class Chart {
    /** Namespace of the release. */
    public static final String NAMESPACE = "caas-system";

    private static final Set<String> LEFT_OUT = Set.of("CustomResourceDefinition", "Deployment", "Job", "Pod");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Chart() {}

    /** Who the operator is once the chart is installed. */
    public record Installed(String namespace, String serviceAccount) {}

    /**
     * Installs with the given values (YAML, as for {@code helm -f}; may be empty).
     *
     * @throws PartFailed when Helm refuses, or the chart has no ServiceAccount
     */
    public static Installed install(KubernetesClient client, Path dir, String values) {
        List<HasMetadata> objects = render(client, dir, values);
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .forceConflicts()
                .serverSideApply();
        objects.stream()
                .filter(object -> !LEFT_OUT.contains(object.getKind()))
                .forEach(object -> client.resource(object)
                        .inNamespace(Optional.ofNullable(object.getMetadata().getNamespace())
                                .orElse(NAMESPACE))
                        .forceConflicts()
                        .serverSideApply());
        return objects.stream()
                .filter(ServiceAccount.class::isInstance)
                .map(account -> new Installed(NAMESPACE, account.getMetadata().getName()))
                .findFirst()
                .orElseThrow(() -> new PartFailed("The chart has no ServiceAccount"));
    }

    /** What its values tell the JVM, on a machine that has as much memory as their limit. */
    static List<String> jvmFlags() {
        try {
            var values = Serialization.unmarshal(
                    Files.readString(Home.resolve("helm/caas-operator/values.yaml")), JsonNode.class);
            var memory = values.at("/resources/limits/memory").asText();
            return Stream.concat(
                            Stream.of("-XX:MaxRAM=" + Quantity.getAmountInBytes(new Quantity(memory))),
                            Stream.of(
                                    values.path("javaOptions").asText().strip().split(" +")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<HasMetadata> render(KubernetesClient client, Path dir, String values) {
        try {
            Files.createDirectories(dir);
            Path rendered = dir.resolve("rendered");
            WorkFiles.deleteTree(rendered);
            WorkFiles.write(dir.resolve("values.yaml"), values);
            runHelm(dir, rendered);
            try (Stream<Path> files = Files.walk(rendered)) {
                return files.filter(Files::isRegularFile)
                        .sorted()
                        .flatMap(file -> load(client, file).stream())
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void runHelm(Path dir, Path rendered) {
        Path home = dir.resolve("helm-home");
        Map<String, String> env = Map.of(
                "HELM_CACHE_HOME", home.toString(),
                "HELM_CONFIG_HOME", home.toString(),
                "HELM_DATA_HOME", home.toString());
        try (var helm = PartProcess.start(
                "helm",
                dir.resolve("helm.log"),
                dir,
                env,
                List.of(
                        Parts.helm().toString(),
                        "template",
                        "caas-operator",
                        Home.resolve("helm/caas-operator").toString(),
                        "--namespace=" + NAMESPACE,
                        "--include-crds=false",
                        "--no-hooks",
                        "--skip-tests",
                        "--kube-version=1.36.3",
                        "--values=values.yaml",
                        "--output-dir=" + rendered))) {
            Poll.until("helm template ends", LIMIT, () -> !helm.isAlive());
            if (helm.exitValue() != 0) {
                throw new PartFailed("helm template failed:\n" + helm.logTail(40));
            }
        }
    }

    private static List<HasMetadata> load(KubernetesClient client, Path file) {
        try (var in = Files.newInputStream(file)) {
            return client.load(in).items();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
