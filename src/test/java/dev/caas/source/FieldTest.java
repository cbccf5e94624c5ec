package dev.caas.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.kit.Home;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of annotations, the resource's schema and the documentation are one. */
class FieldTest {
    /** What a source sets by itself, and what annotations cannot say. */
    private static final Set<String> NOT_BY_ANNOTATION = Set.of(
            "secretName",
            "dnsNames",
            "solvers",
            "suspend",
            "ipAddresses",
            "csr",
            "renewalWindows",
            "renewIssuedBefore",
            "secretTemplate",
            "keystores",
            "revocation",
            "deletionPolicy");

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(caas\\.dev/[^`]*)`");

    @Test
    void everyFieldIsAnnotatedOrLeftOutOnPurpose() throws IOException {
        var annotated = new TreeSet<String>(NOT_BY_ANNOTATION);
        Arrays.stream(Field.values()).map(f -> f.place().getMatchingProperty()).forEach(annotated::add);

        var fields = new TreeSet<String>();
        schema().path("properties").fieldNames().forEachRemaining(fields::add);

        assertThat(annotated).isEqualTo(fields);
    }

    @Test
    void everyAnnotationHasItsPlaceInTheSpec() throws IOException {
        var schema = schema();

        assertThat(Field.values()).allSatisfy(field -> {
            var place = field.place().toString().replace("/", "/properties/");
            assertThat(schema.at(place).isMissingNode()).as(place).isFalse();
        });
    }

    @Test
    void documentationHasEveryAnnotationAndNoOther() throws IOException {
        var text = Files.readString(Home.resolve("docs/annotations.md"));

        var documented = ROW.matcher(text).results().map(r -> r.group(1)).toList();

        assertThat(documented).containsExactlyElementsOf(Annotations.keys().toList());
    }

    private static JsonNode schema() throws IOException {
        var crd = Files.readString(Home.resolve("crds/caas.dev_managedcertificates.yaml"));
        return Serialization.unmarshal(crd, JsonNode.class)
                .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
    }
}
