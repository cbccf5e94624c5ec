package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.TestNamespace;
import dev.caas.kit.TlsServer;
import dev.caas.pki.CertificateChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The files of a Secret, as a volume gives them to a pod, are all that web servers need to be served with. */
@ExtendWith(CaasExtension.class)
class ServersIT {

    @BeforeAll
    static void installed() {
        for (var program : List.of("nginx", "haproxy")) {
            assumeTrue(TlsServer.isInstalled(program), program + " is not installed: apt-get install " + program);
        }
    }

    @Test
    void theFilesOfOneSecretStartNginxAndHaproxy(TestNamespace namespace) throws IOException {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", List.of(name), "additionalOutputFormats: [CombinedPEM]");
        var serial = customer.awaitIssued("www").serialNumber();
        var root = namespace.stage().pebble().rootPem();
        var files = mounted(customer, namespace.stage().dir("servers").resolve(namespace.name()));

        try (var nginx = TlsServer.nginx(files, name);
                var haproxy = TlsServer.haproxy(files, name)) {
            for (var server : List.of(nginx, haproxy)) {
                var chain = CertificateChain.of(server.chain(name, root));
                assertThat(chain.serialNumber()).isEqualTo(serial);
                assertThat(chain).isEqualTo(customer.served("www-tls").chain());
                assertThatThrownBy(() -> server.chain("other." + name, root)).isInstanceOf(SSLException.class);
            }
        }
    }

    private static Path mounted(Customer customer, Path dir) throws IOException {
        Files.createDirectories(dir);
        for (var file : customer.secret("www-tls").orElseThrow().getData().entrySet()) {
            Files.write(dir.resolve(file.getKey()), Base64.getDecoder().decode(file.getValue()));
        }
        return dir;
    }
}
