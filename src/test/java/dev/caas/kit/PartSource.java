package dev.caas.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A directory below {@code src/test/parts}: a Go module, or the requirements of a Python package. */
record PartSource(Path dir) {
    static final String REQUIREMENTS = "requirements.txt";

    /** All that decides what comes out, in the order in which it enters the key. */
    private static final List<String> FILES = List.of("go.mod", "go.sum", KeptFiles.LIST, REQUIREMENTS);

    static PartSource of(String name) {
        return new PartSource(Home.resolve("src/test/parts").resolve(name));
    }

    String name() {
        return dir.getFileName().toString();
    }

    boolean isPython() {
        return Files.exists(dir.resolve(REQUIREMENTS));
    }

    /** Changes with every version and every file that is asked for. */
    String key() throws IOException {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (String file : FILES) {
                if (Files.exists(dir.resolve(file))) {
                    digest.update(Files.readAllBytes(dir.resolve(file)));
                }
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
