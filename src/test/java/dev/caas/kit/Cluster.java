package dev.caas.kit;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Optional;

/** A Kubernetes API server with its controllers, whichever way it came about. */
public interface Cluster extends AutoCloseable {
    /**
     * Starts the cluster that system property {@code test.cluster} asks for: {@code k3s}, else a {@link ControlPlane}.
     *
     * @throws ClusterUnavailable when this machine cannot run it
     */
    static Cluster start(Path dir, KitCa ca) {
        return mayBeUnavailable() ? K3sCluster.start(dir) : ControlPlane.start(dir, ca);
    }

    /** Whether what was asked for is more than every machine can run. */
    static boolean mayBeUnavailable() {
        return "k3s".equals(System.getProperty("test.cluster"));
    }

    /** The administrator's kubeconfig file. */
    Path kubeconfig();

    /** A client that may do everything; closed with the cluster. */
    KubernetesClient client();

    /** The API server's audit log, where it keeps one. */
    Optional<Path> auditLog();

    /** Writes a kubeconfig for a ServiceAccount, with a token of its own that outlives every test. */
    default Path kubeconfigFor(String namespace, String serviceAccount, Path dir) {
        return Kubeconfig.forServiceAccount(client(), namespace, serviceAccount, dir);
    }

    /** Applies the CRDs in a directory and returns when the API server serves them. */
    default void applyCrds(Path dir) {
        Crds.apply(client(), dir);
    }

    @Override
    void close();
}
