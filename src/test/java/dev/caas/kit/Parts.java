package dev.caas.kit;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;

/**
 * The binaries of the kit. What is written in Go is built once from {@code src/test/parts/<part>}, Envoy is installed from
 * a Python package; both are kept outside the work tree under a key made of the pinned versions, so a second run starts
 * in seconds. BIND comes from the machine.
 */
public final class Parts {
    /** The API server, its store and its controllers, and the CA. */
    public record ControlPlaneParts(Path etcd, Path apiServer, Path controllerManager, Path pebble) {}

    /** The ingress controller and the CRDs it needs: directories of its own and of the Gateway API's. */
    public record ContourParts(Path contour, Path contourCrds, Path gatewayCrds) {}

    private static final Map<String, Integer> MINUTES = Map.of("control-plane", 6, "helm", 4, "contour", 4, "envoy", 1);

    private Parts() {}

    /** Provisions the named parts, for whoever wants that done before the tests: {@code control-plane}, {@code helm} ... */
    public static void main(String... parts) {
        for (String part : parts) {
            System.out.println(part + ": " + provision(part, System.out));
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

    public static ContourParts contour() {
        Path dir = provision("contour", System.err);
        return new ContourParts(
                dir.resolve("contour"),
                dir.resolve("crds").resolve("contour"),
                dir.resolve("crds").resolve("gateway"));
    }

    /** The proxy that Contour configures. */
    public static Path envoy() {
        return provision("envoy", System.err).resolve("envoy/_bin/envoy");
    }

    /** BIND's name server, as the distribution installed it. */
    public static Path named() {
        return Programs.find("named")
                .orElseThrow(() -> new PartFailed("The tests need BIND's named: install Debian package bind9."));
    }

    /**
     * The directory with the part's programs, made first where the cache does not have it.
     *
     * @throws PartUnavailable when Go or pip is missing
     * @throws PartFailed when the build fails
     */
    public static synchronized Path provision(String part, PrintStream progress) {
        try {
            var source = PartSource.of(part);
            Path built = cache().resolve(part + "-" + source.key());
            if (!Files.isDirectory(built)) {
                WorkFiles.directory(cache());
                try (var channel = FileChannel.open(
                                cache().resolve(part + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        var lock = channel.lock()) {
                    if (lock.isValid() && !Files.isDirectory(built)) {
                        build(source, built, progress);
                    }
                }
            }
            return built;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot provision " + part, e);
        }
    }

    private static void build(PartSource source, Path built, PrintStream progress) throws IOException {
        Path fresh = cache().resolve(source.name() + ".building");
        WorkFiles.deleteTree(fresh);
        WorkFiles.directory(fresh);
        try {
            progress.printf(
                    "Making %s once (about %d minutes) ...%n", source.name(), MINUTES.getOrDefault(source.name(), 5));
            if (source.isPython()) {
                PipInstall.run(source.dir(), fresh, progress);
            } else {
                GoBuild.run(source.dir(), fresh, progress);
            }
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
}
