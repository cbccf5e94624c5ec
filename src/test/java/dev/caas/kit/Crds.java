package dev.caas.kit;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Applies CRDs and waits until they are served: the first request after Established still fails or takes seconds. */
final class Crds {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Crds() {}

    static void apply(KubernetesClient client, Path dir) {
        List<CustomResourceDefinition> applied = new ArrayList<>();
        for (Path file : files(dir)) {
            try (var in = Files.newInputStream(file)) {
                client.load(in).items().stream()
                        .filter(CustomResourceDefinition.class::isInstance)
                        .map(CustomResourceDefinition.class::cast)
                        .forEach(crd -> applied.add(
                                client.resource(crd).forceConflicts().serverSideApply()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        applied.forEach(crd -> awaitServed(client, crd));
    }

    private static void awaitServed(KubernetesClient client, CustomResourceDefinition crd) {
        String name = crd.getMetadata().getName();
        Poll.until("CRD " + name + " is Established", LIMIT, () -> isEstablished(client, name));
        crd.getSpec().getVersions().forEach(version -> {
            var context = new ResourceDefinitionContext.Builder()
                    .withGroup(crd.getSpec().getGroup())
                    .withVersion(version.getName())
                    .withKind(crd.getSpec().getNames().getKind())
                    .withPlural(crd.getSpec().getNames().getPlural())
                    .withNamespaced("Namespaced".equals(crd.getSpec().getScope()))
                    .build();
            Poll.until(name + " can be listed", LIMIT, () -> {
                client.genericKubernetesResources(context).list();
                return true;
            });
        });
    }

    private static boolean isEstablished(KubernetesClient client, String name) {
        var crd = client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(name)
                .get();
        return crd != null
                && crd.getStatus() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(c -> c.getType().equals("Established")
                                && c.getStatus().equals("True"));
    }

    private static List<Path> files(Path dir) {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.toString().matches(".*\\.ya?ml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("The CRDs are missing: run the build", e);
        }
    }
}
