package dev.caas.kit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A program of the machine that looks at what the operator wrote, as the people do who use it. */
public final class Tool {
    private final Path program;

    private Tool(Path program) {
        this.program = program;
    }

    /** Java's own, of the JDK that runs the tests. */
    public static Tool keytool() {
        var program = Path.of(System.getProperty("java.home"), "bin", "keytool");
        if (!Files.isExecutable(program)) {
            throw new PartUnavailable("this JDK has no keytool");
        }
        return new Tool(program);
    }

    /**
     * OpenSSL, of the machine.
     *
     * @throws PartUnavailable when it has none
     */
    public static Tool openssl() {
        return new Tool(Programs.find("openssl")
                .orElseThrow(() -> new PartUnavailable("openssl is not installed: apt-get install openssl")));
    }

    /** What it prints, errors too; fails unless it succeeds. */
    public String run(Path dir, String... arguments) {
        return finished(dir, arguments).outputOfSuccess();
    }

    /** What it prints when it refuses; fails if it succeeds. */
    public String refusal(Path dir, String... arguments) {
        var finished = finished(dir, arguments);
        if (finished.succeeded()) {
            throw new PartFailed("was to be refused: " + finished);
        }
        return finished.output();
    }

    private Finished finished(Path dir, String... arguments) {
        return Finished.run(
                dir,
                Stream.concat(Stream.of(program.toString()), List.of(arguments).stream())
                        .toArray(String[]::new));
    }
}
