package dev.caas.kit;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * The binaries of the kit. What is written in Go is built once from {@code src/test/parts/<module>} and kept outside the
 * work tree under a key made of go.mod and go.sum, so a second run starts in seconds; BIND comes from the machine.
 */
public final class Parts {
    /** The API server, its store and its controllers, and the CA. */
    public record ControlPlaneParts(Path etcd, Path apiServer, Path controllerManager, Path pebble) {}

    private static final Map<String, Integer> MINUTES = Map.of("control-plane", 6, "helm", 4);

    private Parts() {}

    /** Provisions the named modules, for whoever wants that done before the tests: {@code control-plane}, {@code helm}. */
    public static void main(String... modules) {
        for (String module : modules) {
            System.out.println(module + ": " + provision(module, System.out));
        }
    }

    public static ControlPlaneParts controlPlane() {
        Path dir = provision("control-plane", System.err);
        return new ControlPlaneParts(
                dir.resolve("server"),
                dir.resolve("kube-apiserver"),
                dir.resolve("kube-controller-manager"),
                dir.resolve("pebble"));
    }

    public static Path helm() {
        return provision("helm", System.err).resolve("helm");
    }

    /** BIND's name server, as the distribution installed it. */
    public static Path named() {
        return Programs.find("named")
                .orElseThrow(() -> new PartFailed("The tests need BIND's named: install Debian package bind9."));
    }

    /**
     * The directory with the module's programs, built first where the cache does not have it.
     *
     * @throws PartFailed when Go is missing or the build fails
     */
    public static synchronized Path provision(String module, PrintStream progress) {
        try {
            Path source = Home.resolve("src/test/parts").resolve(module);
            Path built = cache().resolve(module + "-" + key(source));
            if (!Files.isDirectory(built)) {
                WorkFiles.directory(cache());
                try (var channel = FileChannel.open(
                                cache().resolve(module + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                        var lock = channel.lock()) {
                    if (lock.isValid() && !Files.isDirectory(built)) {
                        build(module, source, built, progress);
                    }
                }
            }
            return built;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot provision " + module, e);
        }
    }

    private static void build(String module, Path source, Path built, PrintStream progress) throws IOException {
        Path go = Programs.find("go")
                .orElseThrow(() -> new PartFailed("The tests need Go, as " + source.resolve("go.mod")
                        + " asks for, to build their API server and CA once: put go on PATH."));
        Path fresh = cache().resolve(module + ".building");
        WorkFiles.deleteTree(fresh);
        WorkFiles.directory(fresh);
        try {
            progress.printf("Building %s once (about %d minutes) ...%n", module, MINUTES.getOrDefault(module, 5));
            GoBuild.run(go, source, fresh, progress);
            Files.move(fresh, built, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            WorkFiles.deleteTree(fresh);
        }
    }

    /** CAAS_CACHE, else the user's cache directory. */
    private static Path cache() {
        Map<String, String> env = System.getenv();
        Path base = Optional.ofNullable(env.get("CAAS_CACHE"))
                .map(Path::of)
                .or(() -> Optional.ofNullable(env.get("XDG_CACHE_HOME")).map(dir -> Path.of(dir, "caas-operator")))
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "caas-operator"));
        return base.toAbsolutePath().resolve("parts");
    }

    private static String key(Path source) throws IOException {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(Files.readAllBytes(source.resolve("go.mod")));
            digest.update(Files.readAllBytes(source.resolve("go.sum")));
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
