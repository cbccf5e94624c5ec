package dev.caas.kit;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * etcd, kube-apiserver and kube-controller-manager as processes: RBAC, audit log, garbage collection, namespaces and
 * service accounts are the real ones. There are no nodes, so nothing that needs a pod runs.
 */
public final class ControlPlane implements Cluster {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String CONTROLLERS = "namespace-controller,garbage-collector-controller,"
            + "serviceaccount-controller,serviceaccount-token-controller,root-ca-certificate-publisher-controller";

    private static final int ETCD = 0;
    private static final int API_SERVER = 1;

    private final Path dir;
    private final Parts.ControlPlaneParts parts;
    private final ControlPlaneFiles files;
    private final HttpClient http;
    private final int port = Ports.free();
    private final int etcdPort = Ports.free();
    private final List<PartProcess> processes = new ArrayList<>();

    private ControlPlane(Path dir, Parts.ControlPlaneParts parts, KitCa ca) {
        this.dir = dir;
        this.parts = parts;
        this.files = ControlPlaneFiles.write(dir, ca, "https://127.0.0.1:" + port);
        this.http = HttpClient.newBuilder().sslContext(ca.trusting()).build();
    }

    /**
     * Starts the three and returns when the default namespace has its service account.
     *
     * @throws PartFailed when one of them does not start
     */
    public static ControlPlane start(Path dir, KitCa ca) {
        var parts = Parts.controlPlane();
        WorkFiles.directory(dir);
        var plane = new ControlPlane(dir, parts, ca);
        try {
            plane.startAll();
            return plane;
        } catch (RuntimeException e) {
            plane.close();
            throw e;
        }
    }

    @Override
    public Path kubeconfig() {
        return files.kubeconfig();
    }

    @Override
    public KubernetesClient client() {
        return files.client();
    }

    @Override
    public Optional<Path> auditLog() {
        return Optional.of(files.auditLog());
    }

    /** Stops the API server at once; what is stored stays. */
    public void killApiServer() {
        processes.get(API_SERVER).kill();
    }

    /** Starts it again at the same address, and returns when it is ready. */
    public void startApiServer() {
        processes.set(API_SERVER, launchApiServer());
        awaitReady(processes.get(API_SERVER));
    }

    /** Stops etcd in its tracks: the API server answers nothing that it has to ask etcd for, until {@link #resumeEtcd}. */
    public void pauseEtcd() {
        processes.get(ETCD).pause();
    }

    public void resumeEtcd() {
        processes.get(ETCD).resume();
        awaitReady(processes.get(API_SERVER));
    }

    @Override
    public void close() {
        files.client().close();
        http.close();
        processes.reversed().forEach(PartProcess::kill);
        WorkFiles.deleteTree(dir.resolve("etcd"));
    }

    private void startAll() {
        processes.add(startEtcd());
        processes.add(launchApiServer());
        awaitReady(processes.get(API_SERVER));
        PartProcess controllers = startControllerManager();
        processes.add(controllers);
        controllers.awaitReady(
                LIMIT,
                () -> client().serviceAccounts()
                                .inNamespace("default")
                                .withName("default")
                                .get()
                        != null);
    }

    private PartProcess startEtcd() {
        int peers = Ports.free();
        return PartProcess.start(
                "etcd",
                dir.resolve("etcd.log"),
                dir,
                Map.of(),
                List.of(
                        parts.etcd().toString(),
                        "--data-dir=etcd",
                        "--unsafe-no-fsync",
                        "--log-level=warn",
                        "--listen-client-urls=" + etcdUrl(etcdPort),
                        "--advertise-client-urls=" + etcdUrl(etcdPort),
                        "--listen-peer-urls=" + etcdUrl(peers),
                        "--initial-advertise-peer-urls=" + etcdUrl(peers),
                        "--initial-cluster=default=" + etcdUrl(peers)));
    }

    private PartProcess launchApiServer() {
        return PartProcess.start(
                "kube-apiserver",
                dir.resolve("kube-apiserver.log"),
                dir,
                Map.of(),
                List.of(
                        parts.apiServer().toString(),
                        "--etcd-servers=" + etcdUrl(etcdPort),
                        "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1",
                        "--endpoint-reconciler-type=none",
                        "--secure-port=" + port,
                        "--tls-cert-file=apiserver.crt",
                        "--tls-private-key-file=apiserver.key",
                        "--authorization-mode=RBAC",
                        "--token-auth-file=tokens.csv",
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-key-file=sa.pub",
                        "--service-account-signing-key-file=sa.key",
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--audit-policy-file=audit-policy.yaml",
                        "--audit-log-path=audit.log",
                        "--audit-log-maxsize=100000",
                        "--max-requests-inflight=4000",
                        "--max-mutating-requests-inflight=2000"));
    }

    private PartProcess startControllerManager() {
        return PartProcess.start(
                "kube-controller-manager",
                dir.resolve("kube-controller-manager.log"),
                dir,
                Map.of(),
                List.of(
                        parts.controllerManager().toString(),
                        "--kubeconfig=" + kubeconfig(),
                        "--controllers=" + CONTROLLERS,
                        "--leader-elect=false",
                        "--secure-port=0",
                        "--kube-api-qps=1000",
                        "--kube-api-burst=1000",
                        "--service-account-private-key-file=sa.key",
                        "--root-ca-file=ca.crt"));
    }

    private void awaitReady(PartProcess apiServer) {
        var request = HttpRequest.newBuilder(URI.create(files.server() + "/readyz"))
                .header("Authorization", "Bearer " + files.adminToken())
                .timeout(Duration.ofSeconds(5))
                .build();
        apiServer.awaitReady(
                LIMIT,
                () -> http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200);
    }

    private static String etcdUrl(int port) {
        return "http://127.0.0.1:" + port;
    }
}
