package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Files of a Go module's dependencies that are needed beside the programs, CRDs for one: listed in the module's {@code
 * kept-files}, copied to where the programs are, so that later runs need no Go and no module cache.
 */
final class KeptFiles {
    static final String LIST = "kept-files";

    private KeptFiles() {}

    static void copy(Path go, Path module, Path output) {
        Path list = module.resolve(LIST);
        if (!Files.exists(list)) {
            return;
        }
        try {
            for (String line : Files.readAllLines(list)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    List<String> part = List.of(line.split(" ", 3));
                    copy(sourceOf(go, module, part.get(1)), part.get(2), output.resolve(part.get(0)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path sourceOf(Path go, Path module, String dependency) {
        return Path.of(Finished.run(module, go.toString(), "list", "-m", "-f", "{{.Dir}}", dependency)
                .outputOfSuccess());
    }

    private static void copy(Path source, String pattern, Path target) throws IOException {
        Path wanted = source.resolve(pattern);
        WorkFiles.directory(target);
        try (var files = Files.newDirectoryStream(
                wanted.resolveSibling(""), wanted.getFileName().toString())) {
            for (Path file : files) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }
}
