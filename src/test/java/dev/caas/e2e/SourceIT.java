package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateSpec.PrivateKey;
import dev.caas.api.Reason;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.IngressController;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressTLS;
import io.fabric8.kubernetes.api.model.networking.v1.IngressTLSBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Annotated Ingresses, Gateways and ListenerSets have the certificates they ask for, and keep them in step. */
@ExtendWith(CaasExtension.class)
class SourceIT {
    private static final Map<String, String> MANAGED = Map.of("caas.dev/managed", "true");
    private static final Set<String> READS = Set.of("get", "list", "watch");

    private TestNamespace namespace;
    private OperatorProcess operator;
    private KubernetesClient client;
    private Customer customer;

    @BeforeEach
    void given(TestNamespace namespace, OperatorProcess operator, IngressController gatewayApi) {
        this.namespace = namespace;
        this.operator = operator;
        this.client = namespace.client();
        this.customer = Customer.signed(namespace);
    }

    // ---- in step ----

    @Test
    void everyTlsEntryHasItsCertificate() {
        var ingress = ingress("shop", MANAGED, tls("www-tls", "www", "shop"), tls("api-tls", "api"));

        customer.awaitIssued("www-tls");
        customer.awaitIssued("api-tls");

        assertThat(customer.served("www-tls").names()).containsExactlyInAnyOrder(host("www"), host("shop"));
        assertThat(customer.served("api-tls").names()).containsExactly(host("api"));
        assertThat(customer.certificate("api-tls").getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(r -> {
                    assertThat(r.getUid()).isEqualTo(ingress.getMetadata().getUid());
                    assertThat(r.getController()).isTrue();
                    assertThat(r.getBlockOwnerDeletion()).isFalse();
                });
        assertThat(Expect.events(client, ingress, Reason.InvalidSpec)).isEmpty();
    }

    @Test
    void certificateFollowsItsHosts() {
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        var first = customer.awaitIssued("shop-tls");
        var uid = customer.certificate("shop-tls").getMetadata().getUid();

        ingress("shop", MANAGED, tls("shop-tls", "a", "b"));
        soon().untilAsserted(() ->
                assertThat(customer.served("shop-tls").names()).containsExactlyInAnyOrder(host("a"), host("b")));
        ingress("shop", MANAGED, tls("shop-tls", "b"));
        soon().untilAsserted(
                        () -> assertThat(customer.served("shop-tls").names()).containsExactly(host("b")));

        var last = customer.awaitIssued("shop-tls");
        assertThat(last.serialNumber()).isNotEqualTo(first.serialNumber());
        assertThat(customer.certificate("shop-tls").getMetadata().getUid()).isEqualTo(uid);
    }

    @Test
    void certificateFollowsItsAnnotations() {
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        ingress(
                "shop",
                Map.of("caas.dev/account", "acme", "caas.dev/private-key-algorithm", "RSA"),
                tls("shop-tls", "a"));

        soon().untilAsserted(() -> assertThat(customer.served("shop-tls")
                        .key()
                        .algorithm()
                        .orElseThrow()
                        .label())
                .isEqualTo("RSA-2048"));
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        soon().untilAsserted(() ->
                assertThat(spec("shop-tls").privateKey().algorithm()).isEqualTo(PrivateKey.Algorithm.ECDSA));
        assertThat(spec("shop-tls").accountRef()).isNull();
    }

    @Test
    void renamedSecretHasANewCertificateAndTheOldOneGoes() {
        ingress("shop", MANAGED, tls("old-tls", "a"));
        customer.awaitIssued("old-tls");

        ingress("shop", MANAGED, tls("new-tls", "a"));

        customer.awaitIssued("new-tls");
        soon().until(() -> names().equals(List.of("new-tls")));
        assertThat(customer.secret("old-tls")).isPresent();
    }

    @Test
    void withoutTheAnnotationTheCertificateGoesAndItsSecretStays() {
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        var serial = customer.awaitIssued("shop-tls").serialNumber();

        ingress("shop", Map.of(), tls("shop-tls", "a"));
        soon().until(() -> names().isEmpty());
        assertThat(customer.served("shop-tls").chain().serialNumber()).isEqualTo(serial);

        ingress("shop", MANAGED, tls("shop-tls", "a"));
        assertThat(customer.awaitIssued("shop-tls").serialNumber()).isEqualTo(serial);
    }

    @Test
    void certificateGoesWithItsIngressAndItsSecretStays() {
        var ingress = ingress("shop", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        client.resource(ingress).delete();

        soon().until(() -> names().isEmpty());
        assertThat(customer.secret("shop-tls")).isPresent();
    }

    @Test
    void whatAnnotationsSayIsPutRightAndWhatTheyCannotSayStays() {
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        customer.change("shop-tls", "suspend: true\nprofile: other\ndnsNames: [" + host("z") + "]");

        soon().untilAsserted(() -> {
            assertThat(spec("shop-tls").profile()).isNull();
            assertThat(spec("shop-tls").dnsNames()).containsExactly(host("a"));
        });
        assertThat(spec("shop-tls").suspend()).isTrue();
    }

    @Test
    void lostLabelIsPutBack() {
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        customer.patch("shop-tls", Map.of("metadata", Map.of("labels", Map.of("caas.dev/source", "somewhere"))));

        soon().untilAsserted(() -> assertThat(
                        customer.certificate("shop-tls").getMetadata().getLabels())
                .containsEntry("caas.dev/source", "ingress"));
    }

    // ---- taken names ----

    @Test
    void certificateThatAPersonWroteIsLeftAlone() {
        customer.declare("shop-tls", host("own"));
        var before = customer.awaitIssued("shop-tls");

        var ingress = ingress("shop", MANAGED, tls("shop-tls", "a"), tls("api-tls", "api"));

        customer.awaitIssued("api-tls");
        var event = Expect.event(client, ingress, Reason.Conflict);
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getNote()).contains("'shop-tls'").contains("was not made for");
        assertThat(spec("shop-tls").dnsNames()).containsExactly(host("own"));
        assertThat(customer.status("shop-tls").serialNumber()).isEqualTo(before.serialNumber());
        client.resource(ingress).delete();
        soon().until(() -> names().equals(List.of("shop-tls")));
    }

    @Test
    void firstOfTwoIngressesKeepsTheCertificateUntilItGoes() {
        var first = ingress("first", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        var second = ingress("second", MANAGED, tls("shop-tls", "b"));

        assertThat(Expect.event(client, second, Reason.Conflict).getNote()).contains("Ingress 'first'");
        assertThat(spec("shop-tls").dnsNames()).containsExactly(host("a"));
        client.resource(first).delete();
        soon().untilAsserted(
                        () -> assertThat(customer.served("shop-tls").names()).containsExactly(host("b")));
    }

    @Test
    void twoIngressesThatWantTheSameShareItInSilence() {
        ingress("first", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        var second = ingress("second", MANAGED, tls("shop-tls", "a"), tls("other-tls", "b"));

        customer.awaitIssued("other-tls");
        assertThat(Expect.events(client, second, Reason.Conflict)).isEmpty();
        assertThat(names()).containsExactly("other-tls", "shop-tls");
    }

    // ---- what cannot be read ----

    @Test
    void unknownAnnotationIsToldOnTheIngressAndNothingIsMade() {
        var ingress =
                ingress("shop", Map.of("caas.dev/managed", "true", "caas.dev/duratoin", "720h"), tls("shop-tls", "a"));

        var event = Expect.event(client, ingress, Reason.InvalidSpec);
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getRegarding().getKind()).isEqualTo("Ingress");
        assertThat(event.getNote()).contains("caas.dev/duratoin").contains("caas.dev/duration");
        assertThat(names()).isEmpty();

        ingress("shop", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");
    }

    @Test
    void valueThatCannotBeReadChangesNothing() {
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        customer.awaitIssued("shop-tls");

        var ingress = ingress(
                "shop",
                Map.of("caas.dev/managed", "true", "caas.dev/private-key-algorithm", "DSA"),
                tls("shop-tls", "a", "b"),
                tls("more-tls", "c"));

        Expect.event(client, ingress, Reason.InvalidSpec);
        assertThat(names()).containsExactly("shop-tls");
        assertThat(spec("shop-tls").dnsNames()).containsExactly(host("a"));
    }

    @Test
    void refusalOfTheApiServerIsToldOnTheObject() {
        var gateway = namespace.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata:
                  name: edge
                  annotations: {caas.dev/managed: "true"}
                spec:
                  gatewayClassName: none
                  listeners:
                  - {name: a, port: 443, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: Edge_TLS}]}}
                  - {name: b, port: 443, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: edge-tls}]}}
                """.formatted(host("a"), host("b"))).getFirst();

        var event = Expect.event(client, gateway, Reason.InvalidSpec);
        assertThat(event.getNote()).contains("'Edge_TLS'").contains("was refused");
        customer.awaitIssued("edge-tls");
    }

    // ---- to exclude ----

    @Test
    void excludedNamespaceHasNoCertificates() {
        label("disabled");
        ingress("shop", MANAGED, tls("shop-tls", "a"));
        outlast();
        assertThat(names()).isEmpty();

        label("enabled");
        customer.awaitIssued("shop-tls");

        label("disabled");
        soon().until(() -> names().isEmpty());
    }

    @Test
    void whatIsForOtherToolsIsIgnored() {
        ingress("plain", Map.of("kubernetes.io/tls-acme", "true"), tls("a-tls", "a"));
        ingress("refused", Map.of("caas.dev/managed", "false", "caas.dev/account", "acme"), tls("b-tls", "b"));
        var other = ingress("other", Map.of("cert-manager.io/cluster-issuer", "letsencrypt"), tls("c-tls", "c"));

        outlast();

        assertThat(names()).isEmpty();
        assertThat(Expect.events(client, other, Reason.InvalidSpec)).isEmpty();
    }

    // ---- other kinds ----

    @Test
    void gatewaysListenersHaveTheirCertificates() {
        var gateway = namespace
                .apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata:
                  name: edge
                  annotations: {caas.dev/account: acme}
                spec:
                  gatewayClassName: none
                  listeners:
                  - {name: plain, port: 80, protocol: HTTP}
                  - {name: a, port: 443, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: edge-tls}]}}
                  - {name: b, port: 443, protocol: HTTPS, hostname: "%s", tls: {certificateRefs: [{name: edge-tls}]}}
                  - {name: pass, port: 443, protocol: TLS, hostname: %s, tls: {mode: Passthrough}}
                  - {name: any, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: any-tls}]}}
                """.formatted(host("a"), "*." + namespace.domain(), host("p")))
                .getFirst();

        customer.awaitIssued("edge-tls");

        assertThat(customer.served("edge-tls").names()).containsExactlyInAnyOrder(host("a"), "*." + namespace.domain());
        assertThat(names()).containsExactly("edge-tls");
        assertThat(Expect.event(client, gateway, Reason.InvalidSpec).getNote())
                .contains("listener 'any'")
                .contains("'any-tls'");
        client.resource(gateway).delete();
        soon().until(() -> names().isEmpty());
    }

    @Test
    void listenerSetsHaveTheirs() {
        var set = namespace.apply("""
                apiVersion: gateway.networking.x-k8s.io/v1alpha1
                kind: XListenerSet
                metadata:
                  name: more
                  annotations: {caas.dev/managed: "true"}
                spec:
                  parentRef: {name: edge}
                  listeners:
                  - {name: a, port: 443, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: more-tls}]}}
                """.formatted(host("a"))).getFirst();

        customer.awaitIssued("more-tls");

        assertThat(customer.certificate("more-tls").getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(r -> {
                    assertThat(r.getKind()).isEqualTo("XListenerSet");
                    assertThat(r.getUid()).isEqualTo(set.getMetadata().getUid());
                });
    }

    /** The kit has the Gateway API of a version without ListenerSet. */
    @Test
    void kindThatTheClusterDoesNotServeIsNotWatched() {
        assertThat(operator.log()).contains("does not serve listenersets.gateway.networking.k8s.io");
        assertThat(operator.isAlive()).isTrue();
    }

    // ---- cost ----

    @Test
    void certificateCostsOneRequest() {
        var audited = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = audited.mark();

        ingress("shop", MANAGED, tls("a-tls", "a"), tls("b-tls", "b"));
        customer.awaitIssued("a-tls");
        customer.awaitIssued("b-tls");

        assertThat(AuditedRequests.byKind(requests(audited, mark)).entrySet().stream()
                        .filter(e -> e.getKey().endsWith(" managedcertificates")
                                || e.getKey().contains("ingresses")))
                .containsExactly(Map.entry("create managedcertificates", 2L));
    }

    @Test
    void restartWritesNothing() {
        ingress("shop", MANAGED, tls("a-tls", "b", "a"), tls("b-tls", "c"));
        namespace.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata:
                  name: edge
                  annotations: {caas.dev/account: acme, caas.dev/renew-before-percentage: "30"}
                spec:
                  gatewayClassName: none
                  listeners:
                  - {name: a, port: 443, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: edge-tls}]}}
                """.formatted(host("g")));
        List.of("a-tls", "b-tls", "edge-tls").forEach(customer::awaitIssued);
        soon().untilAsserted(() -> assertThat(List.of("a-tls", "b-tls", "edge-tls"))
                .allSatisfy(name -> assertThat(customer.events(name)).isNotEmpty()));
        operator.kill();
        var audited = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = audited.mark();

        operator.startAgain().awaitReady();
        outlast();

        assertThat(requests(audited, mark).stream()
                        .filter(r -> !READS.contains(r.verb()))
                        .map(AuditedRequests.Request::kind))
                .isEmpty();
    }

    // ---- cert-manager ----

    @Test
    void certManagersAnnotationsAreUnderstoodWhenSwitchedOn() {
        customer.declare("origin", host("b"));
        customer.awaitIssued("origin");
        operator.stop();
        var settings = OperatorProcess.Settings.of(
                        namespace.stage().dir("source-" + namespace.name()),
                        namespace.stage().cluster().kubeconfig())
                .with("CAAS_NAMESPACES", namespace.name())
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8")
                .with("CAAS_SOURCE_CERT_MANAGER_ANNOTATIONS", "true");
        try (var migrating = OperatorProcess.start(settings)) {
            migrating.awaitReady();

            var ingress = ingress(
                    "shop",
                    Map.of("cert-manager.io/cluster-issuer", "letsencrypt", "cert-manager.io/usages", "server auth"),
                    tls("shop-tls", "a"));

            soon().until(() -> names().contains("shop-tls"));
            assertThat(spec("shop-tls").adoptExistingSecret()).isTrue();
            assertThat(spec("shop-tls").privateKey().algorithm()).isEqualTo(PrivateKey.Algorithm.RSA);
            assertThat(Expect.event(client, ingress, Reason.InvalidSpec).getNote())
                    .contains("cert-manager.io/usages");

            var left =
                    leftByCertManager("left-tls", customer.secret("origin-tls").orElseThrow());
            ingress(
                    "left",
                    Map.of(
                            "cert-manager.io/cluster-issuer", "letsencrypt",
                            "cert-manager.io/private-key-algorithm", "ECDSA"),
                    tls("left-tls", "b"));
            customer.awaitIssued("left-tls");
            assertThat(customer.secret("left-tls").orElseThrow().getData())
                    .as("adopted as it is")
                    .containsAllEntriesOf(left.getData());
            assertThat(namespace.stage().acme().orders(host("b")).created())
                    .as("the one that is there")
                    .isEqualTo(1);
        }
    }

    private Secret leftByCertManager(String name, Secret issued) {
        return namespace.create(new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .addToAnnotations("cert-manager.io/issuer-name", "letsencrypt")
                .endMetadata()
                .withType("kubernetes.io/tls")
                .withData(issued.getData())
                .build());
    }

    // ---- given, seen ----

    private Ingress ingress(String name, Map<String, String> annotations, IngressTLS... tls) {
        return client.resource(ingressIn(namespace.name(), name, annotations, tls))
                .forceConflicts()
                .serverSideApply();
    }

    private static Ingress ingressIn(
            String namespace, String name, Map<String, String> annotations, IngressTLS... tls) {
        return new IngressBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withNewDefaultBackend()
                .withNewService()
                .withName("shop")
                .withNewPort()
                .withNumber(80)
                .endPort()
                .endService()
                .endDefaultBackend()
                .withTls(tls)
                .endSpec()
                .build();
    }

    private IngressTLS tls(String secretName, String... labels) {
        return new IngressTLSBuilder()
                .withSecretName(secretName)
                .withHosts(Arrays.stream(labels).map(this::host).toList())
                .build();
    }

    private String host(String label) {
        return namespace.dnsName(label);
    }

    private ManagedCertificateSpec spec(String name) {
        return customer.certificate(name).getSpec();
    }

    /** The names of the ManagedCertificates there are. */
    private List<String> names() {
        return client.resources(ManagedCertificate.class).inNamespace(namespace.name()).list().getItems().stream()
                .map(HasMetadata::getMetadata)
                .map(m -> m.getName())
                .sorted()
                .toList();
    }

    private List<AuditedRequests.Request> requests(AuditedRequests audited, long mark) {
        return AuditedRequests.in(namespace.name(), audited.since(mark));
    }

    private void label(String value) {
        client.namespaces()
                .withName(namespace.name())
                .edit(n -> new NamespaceBuilder(n)
                        .editMetadata()
                        .addToLabels("caas.dev/source", value)
                        .endMetadata()
                        .build());
    }

    /** Returns when the operator has dealt with an Ingress that came later than all others; in a neighbouring namespace. */
    private void outlast() {
        try (var neighbour = Neighbour.of(namespace.stage())) {
            client.resource(ingressIn(neighbour.name(), "later", MANAGED, tls("later-tls", "later")))
                    .create();
            soon().until(() -> !client.resources(ManagedCertificate.class)
                    .inNamespace(neighbour.name())
                    .list()
                    .getItems()
                    .isEmpty());
        }
    }
}
