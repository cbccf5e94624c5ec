package dev.caas.crd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The operator's chart, as helm sees it. */
record HelmChart(Path helm) {
    /** A namespace of the release that no other test installs to. */
    static final String NAMESPACE = "chart-system";

    private static final String DIRECTORY = "helm/caas-operator";

    /** What helm wrote, whether it succeeded or not. */
    record Answer(boolean succeeded, String text) {}

    Answer lint() throws IOException, InterruptedException {
        return run("lint", "--strict", DIRECTORY);
    }

    /** The manifest for these values, each as {@code key=value}. */
    Answer template(String... values) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("template", "caas-operator", DIRECTORY, "-n", NAMESPACE));
        for (String value : values) {
            arguments.add("--set");
            arguments.add(value);
        }
        return run(arguments.toArray(String[]::new));
    }

    /** The objects for these values. */
    List<HasMetadata> objects(String... values) throws IOException, InterruptedException {
        Answer answer = template(values);
        if (!answer.succeeded()) {
            throw new IOException(answer.text());
        }
        Object parsed = new KubernetesSerialization().unmarshal(answer.text());
        List<HasMetadata> objects = new ArrayList<>();
        for (Object object : parsed instanceof Collection<?> several ? several : List.of(parsed)) {
            objects.add((HasMetadata) object);
        }
        return objects;
    }

    private Answer run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(helm.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Answer(process.waitFor() == 0, text);
    }
}
