package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A program that was run to its end.
 *
 * @param output what it printed, errors too
 */
record Finished(List<String> command, int exitValue, String output) {
    static Finished run(String... command) {
        return run(Path.of("."), command);
    }

    static Finished run(Path dir, String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(dir.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Finished(Arrays.asList(command), process.waitFor(), output.strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Poll.interrupted(String.join(" ", command), e);
        }
    }

    boolean succeeded() {
        return exitValue == 0;
    }

    /** Its output; only for one that succeeded. */
    String outputOfSuccess() {
        if (!succeeded()) {
            throw new PartFailed(toString());
        }
        return output;
    }

    @Override
    public String toString() {
        return "%s ended with exit code %d: %s".formatted(String.join(" ", command), exitValue, output);
    }
}
