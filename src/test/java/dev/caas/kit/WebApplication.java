package dev.caas.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A workload behind the ingress controller: a Service without selector, its EndpointSlice, and a server that answers
 * every request with one text.
 */
public final class WebApplication implements AutoCloseable {
    /** The Service's port. */
    public static final int SERVICE_PORT = 80;

    private static final String PORT_NAME = "http";

    private final String service;
    private final String body;
    private final PodAddress pod;
    private final int port = Ports.free();
    private final List<HttpServer> servers = new ArrayList<>();
    private final AtomicLong requests = new AtomicLong();

    private WebApplication(String service, String body, PodAddress pod) {
        this.service = service;
        this.body = body;
        this.pod = pod;
    }

    /** Starts the server, at the pod's addresses too, and creates the Service and its EndpointSlice. */
    static WebApplication start(KubernetesClient client, PodAddress pod, String namespace, String service) {
        var application = new WebApplication(service, "web application " + namespace + "/" + service + "\n", pod);
        try {
            application.listen("127.0.0.1");
            pod.ipv6().ifPresent(any -> application.listen("::1"));
            pod.forward(application.port, application.port);
            application.create(client, namespace);
            return application;
        } catch (RuntimeException e) {
            application.close();
            throw e;
        }
    }

    /** The name of its Service, and of the Service's EndpointSlice. */
    public String service() {
        return service;
    }

    /** What it answers. */
    public String body() {
        return body;
    }

    /** The addresses it is at. */
    public PodAddress pod() {
        return pod;
    }

    /** The port of the addresses. */
    public int port() {
        return port;
    }

    /** How many requests reached it so far. */
    public long requests() {
        return requests.get();
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
    }

    private void listen(String address) {
        try {
            var server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral(address), port), 0);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", this::answer);
            server.start();
            servers.add(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.incrementAndGet();
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private void create(KubernetesClient client, String namespace) {
        client.resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(service)
                        .endMetadata()
                        .withNewSpec()
                        .addNewPort()
                        .withName(PORT_NAME)
                        .withPort(SERVICE_PORT)
                        .withTargetPort(new IntOrString(port))
                        .endPort()
                        .endSpec()
                        .build())
                .create();
        client.resource(new EndpointSliceBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(service)
                        .addToLabels("kubernetes.io/service-name", service)
                        .endMetadata()
                        .withAddressType("IPv4")
                        .addNewEndpoint()
                        .withAddresses(pod.ip())
                        .endEndpoint()
                        .addNewPort()
                        .withName(PORT_NAME)
                        .withPort(port)
                        .endPort()
                        .build())
                .create();
    }
}
