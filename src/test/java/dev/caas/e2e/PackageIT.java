package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;

/** What the operator is shipped as. */
class PackageIT {
    /** What is signed takes memory; application.properties takes the signatures off by their names, which may change. */
    @Test
    void noLibraryIsSigned() throws IOException, URISyntaxException {
        var source = BouncyCastleProvider.class.getProtectionDomain().getCodeSource();
        assertThat(isSigned(Path.of(source.getLocation().toURI()))).isTrue();

        try (var files = Files.walk(Home.resolve("target/quarkus-app/lib"))) {
            var libraries =
                    files.filter(file -> file.toString().endsWith(".jar")).toList();
            assertThat(libraries).hasSizeGreaterThan(100);
            assertThat(libraries).noneMatch(PackageIT::isSigned);
        }
    }

    private static boolean isSigned(Path jar) {
        try (var file = new JarFile(jar.toFile())) {
            return file.stream().anyMatch(entry -> entry.getName().matches("META-INF/[^/]+\\.SF"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
