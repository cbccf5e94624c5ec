package dev.caas.kit;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a person wants to see when a test failed: the namespace's objects and the operator's words about it. */
final class FailureReport {
    private static final int LINES = 60;
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private FailureReport() {}

    static String about(String namespace, KubernetesClient client, String operatorLog) {
        String objects = Stream.of(ours(namespace, client), secrets(namespace, client), events(namespace, client))
                .flatMap(List::stream)
                .collect(Collectors.joining());
        return "==== objects of namespace %s%n%s==== operator about %s%n%s%n====%n"
                .formatted(namespace, objects, namespace, tail(namespace, operatorLog));
    }

    private static List<String> ours(String namespace, KubernetesClient client) {
        return client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
                .filter(crd -> crd.getSpec().getGroup().equals("caas.dev"))
                .filter(crd -> crd.getSpec().getScope().equals("Namespaced"))
                .map(CustomResourceDefinitionContext::fromCrd)
                .flatMap(kind ->
                        client.genericKubernetesResources(kind).inNamespace(namespace).list().getItems().stream())
                .map(FailureReport::yaml)
                .toList();
    }

    private static List<String> secrets(String namespace, KubernetesClient client) {
        return client.secrets().inNamespace(namespace).list().getItems().stream()
                .map(FailureReport::redacted)
                .map(FailureReport::yaml)
                .toList();
    }

    private static List<String> events(String namespace, KubernetesClient client) {
        return client.v1().events().inNamespace(namespace).list().getItems().stream()
                .map(event -> "--- event %s %s %s/%s: %s%n"
                        .formatted(
                                event.getType(),
                                event.getReason(),
                                event.getInvolvedObject().getKind(),
                                event.getInvolvedObject().getName(),
                                event.getMessage()))
                .toList();
    }

    private static Secret redacted(Secret secret) {
        Map<String, String> sizes = secret.getData() == null
                ? Map.of()
                : secret.getData().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                e -> "redacted, " + e.getValue().length() + " characters of base64"));
        return new SecretBuilder(secret).withData(sizes).build();
    }

    private static String yaml(HasMetadata object) {
        object.getMetadata().setManagedFields(List.of());
        if (object.getMetadata().getAnnotations() != null) {
            object.getMetadata().getAnnotations().remove(LAST_APPLIED);
        }
        return Serialization.asYaml(object);
    }

    private static String tail(String namespace, String log) {
        List<String> lines =
                log.lines().filter(line -> line.contains(namespace)).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
    }
}
