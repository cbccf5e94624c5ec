package dev.caas.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ingress controller does what tests of HTTP-01 rely on; a web application stands in for the responder. */
@ExtendWith(CaasExtension.class)
class IngressKitIT {
    private static final String CHALLENGE = "/.well-known/acme-challenge/token";

    @Test
    void anIngressLeadsToAnAddressThatIsNotLoopback(TestNamespace namespace, IngressController ingress)
            throws IOException {
        var client = ingress.client(namespace.stage().ca().trusting());
        var responder = ingress.application(namespace.name(), "responder");
        String host = namespace.dnsName("www");

        namespace.apply(ingress("challenge", host, "/.well-known/acme-challenge/", responder, ""));
        soon().until(() -> client.http(host, CHALLENGE).status() == 200);

        assertThat(client.http(host, CHALLENGE).body()).isEqualTo(responder.body());
        assertThat(client.http(host, "/").status()).isEqualTo(404);
        assertThat(responder.pod().ip()).startsWith("10.77.");
        assertThat(responder.requests()).isPositive();
    }

    @Test
    void theChallengeIsAnsweredBesideAnIngressThatRedirectsToHttps(TestNamespace namespace, IngressController ingress)
            throws IOException {
        var client = ingress.client(namespace.stage().ca().trusting());
        var web = ingress.application(namespace.name(), "web");
        var responder = ingress.application(namespace.name(), "responder");
        String host = namespace.dnsName("www");

        namespace.apply(ingress("web", host, "/", web, "ingress.kubernetes.io/force-ssl-redirect: 'true'"));
        namespace.apply(ingress("challenge", host, CHALLENGE, responder, ""));
        soon().until(() -> client.http(host, CHALLENGE).body().equals(responder.body()));
        soon().until(() -> client.http(host, "/").status() == 301);

        assertThat(client.http(host, "/").headers()).containsEntry("location", "https://" + host + "/");
    }

    @Test
    void aRouteOfAnotherNamespaceToTheGatewayIsServedAtTheSamePort(TestNamespace namespace, IngressController ingress)
            throws IOException {
        var client = ingress.client(namespace.stage().ca().trusting());
        var responder = ingress.application(namespace.name(), "responder");
        String host = namespace.dnsName("routed");

        namespace.apply(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: challenge}
                spec:
                  parentRefs: [{namespace: %1$s, name: %1$s}]
                  hostnames: [%2$s]
                  rules:
                    - matches: [{path: {type: PathPrefix, value: /.well-known/acme-challenge/}}]
                      backendRefs: [{name: %3$s, port: %4$d}]
                """.formatted(IngressController.GATEWAY, host, responder.service(), WebApplication.SERVICE_PORT));
        soon().until(() -> client.http(host, CHALLENGE).status() == 200);

        assertThat(client.http(host, CHALLENGE).body()).isEqualTo(responder.body());
    }

    @Test
    void anEndpointSliceMayHoldIpv6Addresses(TestNamespace namespace, IngressController ingress) throws IOException {
        var client = ingress.client(namespace.stage().ca().trusting());
        var responder = ingress.application(namespace.name(), "responder");
        Assumptions.assumeTrue(responder.pod().ipv6().isPresent(), "This machine has no IPv6");
        String host = namespace.dnsName("six");

        namespace
                .client()
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace(namespace.name())
                .withName(responder.service())
                .delete();
        namespace.apply(
                """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: six
                  labels: {kubernetes.io/service-name: %s}
                addressType: IPv6
                endpoints: [{addresses: ["%s"]}]
                ports: [{name: http, port: %d}]
                """.formatted(responder.service(), responder.pod().ipv6().orElseThrow(), responder.port()));
        namespace.apply(ingress("challenge", host, "/.well-known/acme-challenge/", responder, ""));
        soon().until(() -> client.http(host, CHALLENGE).status() == 200);

        assertThat(client.http(host, CHALLENGE).body()).isEqualTo(responder.body());
    }

    @Test
    void anAddressWhosePodIsGoneAnswersNothing(TestNamespace namespace, IngressController ingress) throws IOException {
        var client = ingress.client(namespace.stage().ca().trusting());
        var network = namespace.stage().network();
        var responder = ingress.application(namespace.name(), "responder");
        PodAddress first = network.podAddress().forward(8089, responder.port());
        PodAddress second = network.podAddress().forward(8089, responder.port());
        String host = namespace.dnsName("two");
        namespace.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: two}
                spec: {ports: [{name: http, port: 80}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: two
                  labels: {kubernetes.io/service-name: two}
                addressType: IPv4
                endpoints: [{addresses: ["%s"]}, {addresses: ["%s"]}]
                ports: [{name: http, port: 8089}]
                """.formatted(first.ip(), second.ip()));
        namespace.apply(ingress("challenge", host, CHALLENGE, "two", ""));
        soon().until(() -> client.http(host, CHALLENGE).status() == 200 && first.connections() > 0);

        first.close();
        second.close();
        long before = first.connections();
        assertThat(client.http(host, CHALLENGE).status()).isEqualTo(503);

        second.forward(8089, responder.port());
        soon().until(() -> client.http(host, CHALLENGE).status() == 200);
        assertThat(first.connections()).isEqualTo(before);
        assertThat(second.connections()).isPositive();
    }

    @Test
    void httpsIsServedWithTheSecretOfTheHostsIngress(TestNamespace namespace, IngressController ingress)
            throws IOException {
        var stage = namespace.stage();
        var client = ingress.client(stage.ca().trusting());
        var web = ingress.application(namespace.name(), "web");
        String host = namespace.dnsName("www");
        var leaf = stage.ca().issueForLoopback(host);
        namespace.create(leaf.secret(namespace.name(), "www-tls"));

        namespace.apply(ingress("web", host, "/", web, "") + tls(host));
        soon().until(() -> client.https(host, "/").status() == 200);

        WebReply page = client.https(host, "/");
        assertThat(page.body()).isEqualTo(web.body());
        assertThat(page.certificate()).contains(leaf.certificate());
        assertThatThrownBy(() -> client.https(namespace.dnsName("other"), "/")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ingress.client(stage.pebble().trusting()).https(host, "/"))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void aClientSeesTheNewCertificateWithoutAFailureInBetween(TestNamespace namespace, IngressController ingress) {
        var ca = namespace.stage().ca();
        var client = ingress.client(ca.trusting());
        var web = ingress.application(namespace.name(), "web");
        String host = namespace.dnsName("www");
        var first = ca.issueForLoopback(host);
        var second = ca.issueForLoopback(host);
        Secret secret = namespace.create(first.secret(namespace.name(), "www-tls"));
        namespace.apply(ingress("web", host, "/", web, "") + tls(host));
        soon().until(() -> client.https(host, "/").status() == 200);

        try (var visitor = SwapClient.start(client, host, "/")) {
            soon().until(() -> visitor.requests() > 10);
            secret.setStringData(second.secret(namespace.name(), "www-tls").getStringData());
            namespace.client().resource(secret).update();
            soon().until(() -> visitor.serials().size() == 2);

            assertThat(visitor.failures()).isEmpty();
            assertThat(visitor.serials())
                    .containsExactly(
                            first.certificate().getSerialNumber(),
                            second.certificate().getSerialNumber());
        }
    }

    @Test
    void whatIsPublishedLeadsToTheControllerAtTheUsualPorts(TestNamespace namespace, IngressController ingress)
            throws IOException {
        ingress.publish(namespace.domain());

        var address = namespace
                .stage()
                .bind()
                .addresses(namespace.dnsName("any.name"))
                .iterator()
                .next();
        assertThat(address.getHostAddress()).startsWith("10.77.");
        try (var http = new java.net.Socket(address, 80);
                var https = new java.net.Socket(address, 443)) {
            assertThat(http.isConnected() && https.isConnected()).isTrue();
        }
    }

    private static String ingress(String name, String host, String path, WebApplication backend, String annotation) {
        return ingress(name, host, path, backend.service(), annotation);
    }

    private static String ingress(String name, String host, String path, String service, String annotation) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %s, annotations: {%s}}
                spec:
                  ingressClassName: %s
                  rules:
                    - host: %s
                      http:
                        paths:
                          - {path: %s, pathType: Prefix, backend: {service: {name: %s, port: {number: 80}}}}
                """.formatted(name, annotation, IngressController.CLASS, host, path, service);
    }

    private static String tls(String host) {
        return "  tls: [{hosts: [%s], secretName: www-tls}]%n".formatted(host);
    }

    /** Not there yet, not listening yet: both are exceptions before the controller has caught up. */
    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30)).ignoreExceptions();
    }
}
