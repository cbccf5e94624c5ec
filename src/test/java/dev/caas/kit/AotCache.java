package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The operator's classes as the JVM had them after a start and some work (JEP 514): starts take half the time with it. It
 * holds for one build of the operator, and is recorded once for that, by the JVM whose tests come first. A JVM that finds
 * that it does not fit goes on without it. Benches, which never record it, measure the operator as it is without.
 */
final class AotCache {
    private static final Path APPLICATION = Home.resolve("target/quarkus-app");
    private static final Path CACHE = APPLICATION.resolve("app.aot");
    private static final Duration WRITTEN = Duration.ofMinutes(3);

    private static volatile boolean isUsed;

    private AotCache() {}

    /** What has the JVM use it; nothing before {@link #record}. */
    static List<String> flags() {
        return isUsed ? List.of("-XX:AOTCache=" + CACHE) : List.of();
    }

    /**
     * Records it, unless it is there. From then on operators start with it.
     *
     * @param dir where the operator keeps its files meanwhile
     * @param work what the operator, which is ready, is to do for it
     */
    static void record(Path dir, OperatorProcess.Settings settings, Consumer<OperatorProcess> work) {
        try (var lock = FileChannel.open(
                        APPLICATION.resolveSibling("app.aot.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            if (!isRecorded()) {
                Path output = APPLICATION.resolve("app.aot.new");
                var flags = Stream.concat(settings.jvmFlags().stream(), Stream.of("-XX:AOTCacheOutput=" + output))
                        .toList();
                try (var operator =
                        OperatorProcess.start(settings.jvmFlags(flags)).awaitReady()) {
                    work.accept(operator);
                    operator.stop(WRITTEN);
                }
                Files.move(output, CACHE, StandardCopyOption.ATOMIC_MOVE);
            }
            isUsed = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isRecorded() {
        try {
            return Files.exists(CACHE)
                    && Files.getLastModifiedTime(CACHE)
                                    .compareTo(Files.getLastModifiedTime(APPLICATION.resolve("quarkus-run.jar")))
                            >= 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
