package dev.caas.kit;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/** k3s in a container, for machines that have Docker and can pull its image. Its API server keeps no audit log. */
final class K3sCluster implements Cluster {
    private static final String IMAGE = System.getProperty("test.cluster.image", "rancher/k3s:v1.36.3-k3s1");

    private final K3sContainer container;
    private final Path kubeconfig;
    private final KubernetesClient client;

    private K3sCluster(K3sContainer container, Path kubeconfig) {
        this.container = container;
        this.kubeconfig = kubeconfig;
        this.client = Kubeconfig.client(kubeconfig);
    }

    static K3sCluster start(Path dir) {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            throw new ClusterUnavailable("test.cluster=k3s needs Docker, and there is none here", null);
        }
        var container = new K3sContainer(DockerImageName.parse(IMAGE));
        try {
            container.start();
            Files.createDirectories(dir);
            Path kubeconfig = dir.resolve("admin.kubeconfig");
            WorkFiles.write(kubeconfig, container.getKubeConfigYaml());
            return new K3sCluster(container, kubeconfig);
        } catch (IOException e) {
            container.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            container.close();
            throw new ClusterUnavailable("test.cluster=k3s: " + IMAGE + " does not start here: " + e.getMessage(), e);
        }
    }

    @Override
    public Path kubeconfig() {
        return kubeconfig;
    }

    @Override
    public KubernetesClient client() {
        return client;
    }

    @Override
    public Optional<Path> auditLog() {
        return Optional.empty();
    }

    @Override
    public void close() {
        client.close();
        container.close();
    }
}
