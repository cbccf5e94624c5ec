package dev.caas.kit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Contour and the Envoy it configures, as processes. */
final class Envoy implements AutoCloseable {
    private static final String LOCAL = "127.0.0.1";

    private final PartProcess contour;
    private final PartProcess envoy;

    private Envoy(PartProcess contour, PartProcess envoy) {
        this.contour = contour;
        this.envoy = envoy;
    }

    /** Starts both without waiting; what they serve and where is the Gateway's to say. */
    static Envoy start(Path dir, Path kubeconfig, String gatewayNamespace, String gatewayName) {
        String contour = Parts.contour().contour().toString();
        String envoy = Parts.envoy().toString();
        WorkFiles.write(
                dir.resolve("contour.yaml"),
                "gateway: {gatewayRef: {namespace: %s, name: %s}}%n".formatted(gatewayNamespace, gatewayName));
        int xdsPort = Ports.free();
        Finished.run(
                        dir,
                        contour,
                        "bootstrap",
                        "envoy.json",
                        "--xds-address=" + LOCAL,
                        "--xds-port=" + xdsPort,
                        // Relative, because the path of a socket has hardly more than 100 characters.
                        "--admin-address=admin.sock")
                .outputOfSuccess();
        var serving = PartProcess.start(
                "contour", dir.resolve("contour.log"), dir, Map.of(), serve(contour, kubeconfig, xdsPort));
        try {
            return new Envoy(
                    serving,
                    PartProcess.start(
                            "envoy",
                            dir.resolve("envoy.log"),
                            dir,
                            Map.of(),
                            List.of(
                                    envoy,
                                    "-c",
                                    "envoy.json",
                                    "--service-cluster",
                                    "kit",
                                    "--service-node",
                                    "kit",
                                    "--disable-hot-restart",
                                    "--concurrency",
                                    "2",
                                    "--log-level",
                                    "warning")));
        } catch (RuntimeException e) {
            serving.kill();
            throw e;
        }
    }

    void awaitReady(Duration limit, Poll.Check check) {
        envoy.awaitReady(limit, check);
    }

    @Override
    public void close() {
        envoy.kill();
        contour.kill();
    }

    /** Everything that listens gets a port of its own: the defaults are one machine's, and it has many of these. */
    private static List<String> serve(String contour, Path kubeconfig, int xdsPort) {
        return List.of(
                contour,
                "serve",
                "--config-path=contour.yaml",
                "--kubeconfig=" + kubeconfig,
                "--insecure",
                "--disable-leader-election",
                "--kubernetes-client-qps=1000",
                "--kubernetes-client-burst=1000",
                "--xds-address=" + LOCAL,
                "--xds-port=" + xdsPort,
                "--envoy-service-http-address=" + LOCAL,
                "--envoy-service-https-address=" + LOCAL,
                "--stats-address=" + LOCAL,
                "--stats-port=" + Ports.free(),
                "--http-address=" + LOCAL,
                "--http-port=" + Ports.free(),
                "--health-address=" + LOCAL,
                "--health-port=" + Ports.free(),
                "--debug-http-address=" + LOCAL,
                "--debug-http-port=" + Ports.free());
    }
}
