package dev.caas.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kube.EventRecorder;
import dev.caas.kube.NamespaceLabels;
import dev.caas.kube.WatchedNamespaces;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSet;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.api.config.BaseConfigurationService;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.ResolvedControllerConfiguration;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Which TLS entries the kinds have, and that they have the same ones when reduced to what is remembered. */
class EntriesTest {
    private static final KubernetesClient CLIENT = new KubernetesClientBuilder().build();
    private static final Sources SOURCES = new Sources(
            CLIENT,
            new EventRecorder(CLIENT, "test", Clock.systemUTC()),
            new WatchedNamespaces(Set.of()),
            new NamespaceLabels(CLIENT),
            false,
            Clock.systemUTC());

    private static final String LISTENERS = """
              listeners:
              - {name: plain, port: 80, protocol: HTTP}
              - {name: https, port: 443, protocol: HTTPS, hostname: a.example.com, tls: {certificateRefs: [{name: a-tls}]}}
              - name: two
                port: 443
                protocol: TLS
                hostname: "*.b.example.com"
                tls: {mode: Terminate, certificateRefs: [{name: rsa, kind: Secret, group: ""}, {name: ec, namespace: here}]}
              - {name: pass, port: 443, protocol: TLS, hostname: p.example.com, tls: {mode: Passthrough, certificateRefs: [{name: p}]}}
              - {name: far, port: 443, protocol: HTTPS, hostname: f.example.com, tls: {certificateRefs: [{name: f, namespace: away}]}}
              - {name: odd, port: 443, protocol: HTTPS, hostname: o.example.com, tls: {certificateRefs: [{name: o, group: vault.io, kind: Cert}]}}
              - {name: any, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: any-tls}]}}
            """;

    private static final TlsEntry[] ENTRIES = {
        new TlsEntry("listener 'https'", "a-tls", List.of("a.example.com")),
        new TlsEntry("listener 'two'", "rsa", List.of("*.b.example.com")),
        new TlsEntry("listener 'two'", "ec", List.of("*.b.example.com")),
        new TlsEntry("listener 'any'", "any-tls", List.of())
    };

    @AfterAll
    static void closed() {
        CLIENT.close();
    }

    @Test
    void ingress() {
        var ingress = object(Ingress.class, """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: here, name: shop}
                spec:
                  defaultBackend: {service: {name: shop, port: {number: 80}}}
                  tls:
                  - {hosts: [a.example.com, b.example.com], secretName: shop-tls}
                  - {hosts: [c.example.com]}
                  - {secretName: bare}
                """);
        var reconciler = new IngressReconciler(SOURCES);

        assertThat(reconciler.entries(ingress))
                .containsExactly(
                        new TlsEntry("spec.tls[0]", "shop-tls", List.of("a.example.com", "b.example.com")),
                        new TlsEntry("spec.tls[2]", "bare", List.of()));
        remembersWhatIsRead(reconciler, ingress);
    }

    @Test
    void gateway() {
        var gateway = object(Gateway.class, """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: here, name: edge}
                spec:
                  gatewayClassName: contour
                """ + LISTENERS);
        var reconciler = new GatewayReconciler(SOURCES);

        assertThat(reconciler.entries(gateway)).containsExactly(ENTRIES);
        remembersWhatIsRead(reconciler, gateway);
    }

    @Test
    void listenerSet() {
        var set = object(ListenerSet.class, """
                apiVersion: gateway.networking.k8s.io/v1
                kind: ListenerSet
                metadata: {namespace: here, name: more}
                spec:
                  parentRef: {name: edge}
                """ + LISTENERS);
        var reconciler = new ListenerSetReconciler(SOURCES);

        assertThat(reconciler.entries(set)).containsExactly(ENTRIES);
        remembersWhatIsRead(reconciler, set);
    }

    @Test
    void experimentalListenerSet() {
        var set = object(XListenerSet.class, """
                apiVersion: gateway.networking.x-k8s.io/v1alpha1
                kind: XListenerSet
                metadata: {namespace: here, name: more}
                spec:
                  parentRef: {name: edge}
                """ + LISTENERS);
        var reconciler = new XListenerSetReconciler(SOURCES);

        assertThat(reconciler.entries(set)).containsExactly(ENTRIES);
        remembersWhatIsRead(reconciler, set);
    }

    @Test
    void ofAnObjectThatAsksForNothingOnlyTheNameIsRemembered() {
        var ingress = object(Ingress.class, """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata:
                  namespace: here
                  name: shop
                  uid: "1"
                  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /}
                  labels: {app: shop}
                  managedFields: [{manager: kubectl, operation: Apply}]
                spec:
                  rules: [{host: a.example.com}]
                  tls: [{hosts: [a.example.com], secretName: shop-tls}]
                """);

        var remembered = new IngressReconciler(SOURCES).remembered(ingress);

        assertThat(remembered.getMetadata())
                .isEqualTo(new ObjectMetaBuilder()
                        .withNamespace("here")
                        .withName("shop")
                        .withUid("1")
                        .build());
        assertThat(remembered.getSpec().getTls()).isEmpty();
        assertThat(remembered.getSpec().getRules()).isEmpty();
    }

    /** java-operator-sdk gives the watches of several namespaces one store, which holds for one watch only. */
    @Test
    void objectsAreReducedWhereOneWatchSeesAll() {
        assertThat(itemStore(Set.of())).isNotNull();
        assertThat(itemStore(Set.of("team-a", "team-b"))).isNull();
    }

    private static @Nullable ItemStore<Ingress> itemStore(Set<String> namespaces) {
        var configuration = ControllerConfigurationOverrider.override(new ResolvedControllerConfiguration<>(
                "ingress",
                false,
                IngressReconciler.class.getName(),
                null,
                null,
                null,
                null,
                Map.of(),
                null,
                new BaseConfigurationService(),
                InformerConfiguration.builder(Ingress.class).buildForController(),
                false,
                null));
        new IngressReconciler(new Sources(
                        CLIENT,
                        SOURCES.events(),
                        new WatchedNamespaces(namespaces),
                        SOURCES.labels(),
                        false,
                        Clock.systemUTC()))
                .updateConfigurationFrom(configuration);
        return configuration.build().getInformerConfig().getItemStore();
    }

    private static <T extends HasMetadata> void remembersWhatIsRead(SourceReconciler<T> reconciler, T object) {
        object.getMetadata().setLabels(Map.of("caas.dev/role", "solver", "app", "shop"));
        object.getMetadata()
                .setAnnotations(Map.of("caas.dev/managed", "true", "cert-manager.io/issuer", "a", "b/c", "d"));

        var remembered = reconciler.remembered(object);

        assertThat(reconciler.entries(remembered)).isEqualTo(reconciler.entries(object));
        assertThat(remembered.getApiVersion()).isEqualTo(object.getApiVersion());
        assertThat(remembered.getKind()).isEqualTo(object.getKind());
        assertThat(remembered.getMetadata())
                .extracting(ObjectMeta::getLabels, ObjectMeta::getAnnotations)
                .containsExactly(
                        Map.of("caas.dev/role", "solver"),
                        Map.of("caas.dev/managed", "true", "cert-manager.io/issuer", "a"));
    }

    private static <T extends HasMetadata> T object(Class<T> kind, String yaml) {
        return Serialization.unmarshal(yaml, kind);
    }
}
