package dev.caas.kit;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Builds the {@code tool} lines of a Go module into a directory, with its {@link KeptFiles}, and says every half minute
 * that it is still at it.
 */
final class GoBuild {
    private static final Duration LIMIT = Duration.ofMinutes(60);
    private static final long SAY_EVERY_SECONDS = 30;
    /** Without a version of its own kube-apiserver claims to be v0.0.0 and refuses feature gates. */
    private static final String LINKER_FLAGS = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3";

    private GoBuild() {}

    static void run(Path module, Path output, PrintStream progress) {
        Path go = Programs.find("go")
                .orElseThrow(() -> new PartUnavailable("The tests need Go, as " + module.resolve("go.mod")
                        + " asks for, to build " + module.getFileName() + " once: put go on PATH."));
        Path log = output.resolveSibling(output.getFileName() + ".log");
        WorkFiles.deleteTree(log);
        long start = System.nanoTime();
        try (var build = PartProcess.start(
                "go build",
                log,
                module,
                Map.of(),
                List.of(go.toString(), "build", "-ldflags", LINKER_FLAGS, "-o", output + "/", "tool"))) {
            long[] said = {0};
            Poll.until("go build of " + module + " ends", LIMIT, () -> {
                long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
                if (seconds >= said[0] + SAY_EVERY_SECONDS) {
                    said[0] = seconds;
                    progress.printf("  ... %d s%n", seconds);
                }
                return !build.isAlive();
            });
            if (build.exitValue() != 0) {
                throw new PartFailed(
                        "go build of " + module + " failed; the end of " + log + ":\n" + build.logTail(40));
            }
            KeptFiles.copy(go, module, output);
            progress.printf(
                    "  done in %d s%n",
                    Duration.ofNanos(System.nanoTime() - start).toSeconds());
        }
    }
}
