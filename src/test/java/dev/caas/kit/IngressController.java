package dev.caas.kit;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;

/**
 * Contour with Envoy, for Ingresses of class {@link #CLASS} or none and for routes of any namespace to the Gateway
 * {@link #GATEWAY}. Envoy serves both at the same two ports of 127.0.0.1, and at ports 80 and 443 of an
 * address that {@link #publish} gives to names: there the CA looks for them, and whoever checks before it.
 */
public final class IngressController implements AutoCloseable {
    /** The ingress class. */
    public static final String CLASS = "contour";
    /** The name of the Gateway and of its namespace. Its listeners are {@code http} and {@code https}. */
    public static final String GATEWAY = "edge";

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("127.0.0.1");
    /** Contour has Envoy listen at a Gateway listener's port and so much more. */
    private static final int ABOVE_GATEWAY = 8000;
    /** A host that is always served: without any, Envoy has no listeners, and nobody could tell when it is ready. */
    private static final String READY_HOST = "ready.kit.test";

    private static final String READY = "ready";

    private final Cluster cluster;
    private final PodAddress pod;
    private final PodAddress edge;
    private final Bind bind;
    private final int httpPort = Ports.free();
    private final int httpsPort = Ports.free();
    private final List<WebApplication> applications = new CopyOnWriteArrayList<>();
    private final Envoy envoy;

    private IngressController(Path dir, Cluster cluster, Bind bind, PodAddress pod, PodAddress edge) {
        this.cluster = cluster;
        this.pod = pod;
        this.bind = bind;
        this.edge = edge.forward(80, httpPort).forward(443, httpsPort);
        this.envoy = Envoy.start(dir, cluster.kubeconfig(), GATEWAY, GATEWAY);
    }

    /**
     * Applies the CRDs, starts both and returns when a page is served over HTTP and HTTPS.
     *
     * @throws PartUnavailable where this machine cannot
     * @throws PartFailed when one of them does not start
     */
    static IngressController start(Path dir, Cluster cluster, KitCa ca, Bind bind, NetworkNamespace network) {
        var parts = Parts.contour();
        Parts.envoy();
        cluster.applyCrds(parts.gatewayCrds());
        cluster.applyCrds(parts.contourCrds());
        WorkFiles.directory(dir);
        var controller = new IngressController(dir, cluster, bind, network.podAddress(), network.podAddress());
        try {
            controller.createObjects(ca);
            WebClient client = controller.client(ca.trusting());
            controller.envoy.awaitReady(
                    LIMIT,
                    () -> client.http(READY_HOST, "/").status() == 200
                            && client.https(READY_HOST, "/").status() == 200);
            return controller;
        } catch (RuntimeException e) {
            controller.close();
            throw e;
        }
    }

    /** Makes all names below a domain lead here, and returns when the CA sees that. */
    public void publish(String domain) {
        bind.addAddress("*." + domain, edge.ip());
    }

    /** The address that {@link #publish} gives to names. */
    public String publicAddress() {
        return edge.ip();
    }

    /** Where Envoy listens. */
    public String address() {
        return ADDRESS.getHostAddress();
    }

    /** For Ingresses, and for what is routed to listener {@code http} of the Gateway. */
    public int httpPort() {
        return httpPort;
    }

    /** For Ingresses with TLS. */
    public int httpsPort() {
        return httpsPort;
    }

    /** A client of the pages that Envoy serves, which trusts what the context trusts. */
    public WebClient client(SSLContext trust) {
        return new WebClient(ADDRESS, httpPort, httpsPort, trust);
    }

    /** Starts a web application with a Service of this name, for an Ingress or a route of the namespace to name. */
    public WebApplication application(String namespace, String service) {
        var application = WebApplication.start(cluster.client(), pod, namespace, service);
        applications.add(application);
        return application;
    }

    @Override
    public void close() {
        envoy.close();
        applications.forEach(WebApplication::close);
    }

    private void createObjects(KitCa ca) {
        KubernetesClient client = cluster.client();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(GATEWAY)
                        .endMetadata()
                        .build())
                .create();
        client.resource(ca.issueForLoopback(READY_HOST).secret(GATEWAY, READY)).create();
        application(GATEWAY, READY);
        client.load(new ByteArrayInputStream(objects().getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(object -> client.resource(object).create());
    }

    /** Routes of other namespaces get no TLS from the Gateway: its certificate would hide that of their own Ingress. */
    private String objects() {
        return """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: %1$s}
            spec: {controllerName: projectcontour.io/gateway-controller}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: %2$s, name: %2$s}
            spec:
              gatewayClassName: %1$s
              listeners:
                - name: http
                  protocol: HTTP
                  port: %3$d
                  allowedRoutes: {namespaces: {from: All}}
                - name: https
                  protocol: HTTPS
                  port: %4$d
                  tls: {certificateRefs: [{name: %5$s}]}
                  allowedRoutes: {namespaces: {from: Same}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: %2$s, name: %5$s}
            spec:
              ingressClassName: %1$s
              tls: [{hosts: [%6$s], secretName: %5$s}]
              rules:
                - host: %6$s
                  http:
                    paths:
                      - path: /
                        pathType: Prefix
                        backend: {service: {name: %5$s, port: {number: %7$d}}}
            """.formatted(
                        CLASS,
                        GATEWAY,
                        httpPort - ABOVE_GATEWAY,
                        httpsPort - ABOVE_GATEWAY,
                        READY,
                        READY_HOST,
                        WebApplication.SERVICE_PORT);
    }
}
