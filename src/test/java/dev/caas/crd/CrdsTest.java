package dev.caas.crd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CrdsTest {
    private static final int APPLIED_WITHOUT_TROUBLE = 200 * 1024;

    @Test
    void committedDefinitionsAreWhatTheTypesSay() {
        Map<String, String> wanted = Crds.render();

        assertThat(Crds.PLACES)
                .allSatisfy(place -> assertThat(differing(wanted, yamlFiles(place)))
                        .as("files of %s that differ from the API types: run ./dev crds", place)
                        .isEmpty());
    }

    @Test
    void definitionsAreSmallEnoughToApply() {
        assertThat(Crds.render())
                .hasSize(4)
                .allSatisfy((name, yaml) -> assertThat(yaml.getBytes(UTF_8)).hasSizeLessThan(APPLIED_WITHOUT_TROUBLE));
    }

    @Test
    void everyFieldIsDescribed() {
        assertThat(Crds.render()).allSatisfy((name, yaml) -> {
            List<String> undescribed = new ArrayList<>();
            collectUndescribed("", schema(yaml), undescribed);
            assertThat(undescribed).isEmpty();
        });
    }

    @Test
    void statusIsASubresourceAndSpecIsRequired() {
        assertThat(Crds.render()).allSatisfy((name, yaml) -> {
            assertThat(version(yaml).at("/subresources/status").isObject()).isTrue();
            assertThat(schema(yaml).at("/required").toString()).contains("\"spec\"");
        });
    }

    /** A rule given twice passes kubectl apply, but server-side apply (Helm 4, Argo CD, Flux) refuses the definition. */
    @Test
    void noRuleIsGivenTwice() {
        assertThat(Crds.render()).allSatisfy((name, yaml) -> {
            for (JsonNode rules : schema(yaml).findValues("x-kubernetes-validations")) {
                assertThat(rules.findValuesAsText("rule")).doesNotHaveDuplicates();
            }
        });
    }

    @Test
    void ageIsTheLastColumn() {
        assertThat(Crds.render()).allSatisfy((name, yaml) -> {
            List<String> columns =
                    version(yaml).path("additionalPrinterColumns").findValuesAsText("name");
            assertThat(columns).endsWith("Age").doesNotHaveDuplicates();
        });
    }

    private static Set<String> differing(Map<String, String> wanted, Map<String, String> present) {
        Set<String> names = new TreeSet<>(wanted.keySet());
        names.addAll(present.keySet());
        names.removeIf(name -> Objects.equals(wanted.get(name), present.get(name)));
        return names;
    }

    private static void collectUndescribed(String path, JsonNode schema, Collection<String> undescribed) {
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            String here = path + "." + property.getKey();
            if (property.getValue().path("description").asText().isBlank()) {
                undescribed.add(here);
            }
            collectUndescribed(here, property.getValue(), undescribed);
        }
        if (schema.has("items")) {
            collectUndescribed(path + "[]", schema.path("items"), undescribed);
        }
    }

    private static JsonNode schema(String yaml) {
        return version(yaml).at("/schema/openAPIV3Schema");
    }

    private static JsonNode version(String yaml) {
        try {
            return Crds.YAML.readTree(yaml).at("/spec/versions/0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> yamlFiles(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            Map<String, String> contents = new TreeMap<>();
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
            return contents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
