package dev.caas.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes the CustomResourceDefinitions of group {@code caas.dev}: the same input gives the same bytes. */
public final class Crds {
    /** Where the definitions are kept, below the repository's root. */
    static final List<Path> PLACES = List.of(Path.of("crds"), Path.of("helm", "caas-operator", "files", "crds"));

    private static final String HEADER = "# Written by ./dev crds from the types in dev.caas.api; edits are lost.\n";

    static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                    .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                    .build())
            .build();

    private Crds() {}

    /** Writes every definition to every place, below the directory given or the current one. */
    public static void main(String[] args) throws IOException {
        Path root = Path.of(args.length > 0 ? args[0] : "");
        SortedMap<String, String> files = render();
        for (Path place : PLACES) {
            Path directory = Files.createDirectories(root.resolve(place));
            removeOthers(directory, files);
            for (var file : files.entrySet()) {
                Files.writeString(directory.resolve(file.getKey()), file.getValue());
            }
        }
    }

    /** The definitions as YAML, by file name. */
    static SortedMap<String, String> render() {
        SortedMap<String, String> files = new TreeMap<>();
        new CRDGenerator()
                .customResourceClasses(Face.kinds())
                .forCRDVersions("v1")
                .withParallelGenerationEnabled(false)
                .withPostProcessor(new CRDPostProcessor() {
                    @Override
                    public HasMetadata process(HasMetadata crd, String version) {
                        ObjectNode finished = Face.of(crd).finish(tree(crd));
                        files.put(fileName(crd), HEADER + yaml(finished));
                        return crd;
                    }
                })
                .withOutput(new Discarded())
                .generate();
        return Collections.unmodifiableSortedMap(files);
    }

    private static String fileName(HasMetadata crd) {
        String plural = crd.getMetadata().getName().replaceFirst("\\..*", "");
        return "caas.dev_" + plural + ".yaml";
    }

    private static ObjectNode tree(HasMetadata crd) {
        JsonNode tree = new KubernetesSerialization().convertValue(crd, JsonNode.class);
        return (ObjectNode) tree;
    }

    private static String yaml(ObjectNode crd) {
        try {
            return YAML.writeValueAsString(crd);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeOthers(Path directory, SortedMap<String, String> files) throws IOException {
        try (DirectoryStream<Path> present = Files.newDirectoryStream(directory, "*.yaml")) {
            for (Path file : present) {
                if (!files.containsKey(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The generator's own output: the post-processor has already kept what matters. */
    private static final class Discarded implements CRDGenerator.CRDOutput<OutputStream> {
        @Override
        public OutputStream outputFor(String crdName) {
            return new ByteArrayOutputStream();
        }

        @Override
        public void close() {}
    }
}
