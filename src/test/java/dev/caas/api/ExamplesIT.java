package dev.caas.api;

import static org.assertj.core.api.Assertions.assertThatCode;

import com.google.common.base.Splitter;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Stage;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people copy first must work: every example is taken by a real API server as it stands. */
@ExtendWith(CaasExtension.class)
class ExamplesIT {
    private static final Splitter DOCUMENTS = Splitter.on(Pattern.compile("(?m)^---$"));

    private static ApiServer server;

    @BeforeAll
    static void server(Stage stage) {
        server = new ApiServer(stage.client());
    }

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("examples"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void exampleIsTaken(Path file) throws IOException {
        for (String document : DOCUMENTS.split(Files.readString(file))) {
            ensureNamespaceOf(document);

            assertThatCode(() -> server.checkApply(document)).doesNotThrowAnyException();
        }
    }

    private static void ensureNamespaceOf(String document) {
        String name = Serialization.unmarshal(document, GenericKubernetesResource.class)
                .getMetadata()
                .getNamespace();
        if (name != null) {
            server.client()
                    .resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .endMetadata()
                            .build())
                    .serverSideApply();
        }
    }
}
