package dev.caas.kit;

import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;

/** Kubeconfig files with a bearer token in them. */
final class Kubeconfig {
    private static final Duration LONG = Duration.ofDays(365);

    private Kubeconfig() {}

    static Path write(Path file, String server, String caPem, String token) {
        String ca = Base64.getEncoder().encodeToString(caPem.getBytes(StandardCharsets.US_ASCII));
        return write64(file, server, ca, token);
    }

    /** Asks the TokenRequest API for a token. */
    static Path forServiceAccount(KubernetesClient admin, String namespace, String serviceAccount, Path dir) {
        var request = new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(LONG.toSeconds())
                .endSpec()
                .build();
        var issued = admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(serviceAccount)
                .tokenRequest(request);
        Config config = admin.getConfiguration();
        return write64(
                dir.resolve(namespace + "-" + serviceAccount + ".kubeconfig"),
                config.getMasterUrl(),
                config.getCaCertData(),
                issued.getStatus().getToken());
    }

    /** A client with the kit's own user agent, so that audit logs tell it from the operator. */
    static KubernetesClient client(Path kubeconfig) {
        var config = new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile()))
                .withUserAgent("caas-kit")
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static Path write64(Path file, String server, String ca, String token) {
        WorkFiles.write(file, """
                apiVersion: v1
                kind: Config
                clusters:
                  - name: kit
                    cluster: {server: "%s", certificate-authority-data: %s}
                users:
                  - name: kit
                    user: {token: %s}
                contexts:
                  - name: kit
                    context: {cluster: kit, user: kit}
                current-context: kit
                """.formatted(server, ca, token));
        return file;
    }
}
