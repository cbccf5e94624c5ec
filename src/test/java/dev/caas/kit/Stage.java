package dev.caas.kit;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Everything around the operator, running: a cluster with the CRDs, name servers, a CA behind a proxy that can break
 * things. The operator itself is not part of it.
 */
public final class Stage implements AutoCloseable {
    /** What a CaaSAccount says about its CA: directory URL, caBundle, binding, and the profile to name. */
    public record Authority(String server, String caBundle, Pebble.Binding binding, String profile) {}

    private final Path dir;
    private final KitCa ca;
    private final Cluster cluster;
    private final Bind bind;
    private final Pebble pebble;
    private final AcmeProxy acme;
    private final OnDemand<Pebble> reusingPebble;
    private final OnDemand<NetworkNamespace> network = new OnDemand<>(NetworkNamespace::create);
    private final OnDemand<IngressController> ingress;

    private Stage(Path dir, KitCa ca, Cluster cluster, Bind bind, Pebble pebble, AcmeProxy acme) {
        this.dir = dir;
        this.ca = ca;
        this.cluster = cluster;
        this.bind = bind;
        this.pebble = pebble;
        this.acme = acme;
        this.reusingPebble = new OnDemand<>(() -> Pebble.start(
                dir.resolve("pebble-reusing"),
                ca,
                Pebble.Settings.withDns(bind.secondary()).authorizationReuse(100)));
        this.ingress =
                new OnDemand<>(() -> IngressController.start(dir.resolve("ingress"), cluster, ca, bind, network()));
    }

    /** Starts in a directory of this JVM's own below {@code target/kit}. */
    public static Stage start() {
        return start(Home.resolve("target/kit")
                .resolve(Long.toString(ProcessHandle.current().pid())));
    }

    /**
     * Starts all parts, those that do not need each other at once.
     *
     * @param moreZones zones that the name servers have besides {@link Bind#ZONE}
     * @throws PartFailed when one does not start; those that did are ended
     * @throws ClusterUnavailable when the cluster that was asked for cannot run here
     */
    public static Stage start(Path dir, String... moreZones) {
        KitCa ca = KitCa.create();
        List<AutoCloseable> started = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Cluster> cluster = threads.submit(() -> keep(started, startCluster(dir.resolve("cluster"), ca)));
            Bind bind = keep(started, Bind.start(dir.resolve("dns"), moreZones));
            Pebble pebble =
                    keep(started, Pebble.start(dir.resolve("pebble"), ca, Pebble.Settings.withDns(bind.secondary())));
            AcmeProxy acme = keep(started, AcmeProxy.start(pebble, ca));
            return new Stage(dir, ca, cluster.get(), bind, pebble, acme);
        } catch (ExecutionException e) {
            closeAll(started);
            throw e.getCause() instanceof RuntimeException cause ? cause : new PartFailed(e.toString(), e);
        } catch (InterruptedException e) {
            closeAll(started);
            throw Poll.interrupted("the stage starts", e);
        } catch (RuntimeException e) {
            closeAll(started);
            throw e;
        }
    }

    public Cluster cluster() {
        return cluster;
    }

    /** The administrator's client. */
    public KubernetesClient client() {
        return cluster.client();
    }

    public Bind bind() {
        return bind;
    }

    /** The CA itself, behind {@link #acme()}. */
    public Pebble pebble() {
        return pebble;
    }

    public AcmeProxy acme() {
        return acme;
    }

    /** A second CA that finds all earlier authorizations valid, started when first asked for; no proxy before it. */
    public Pebble reusingPebble() {
        return reusingPebble.get();
    }

    /**
     * Addresses for what runs here, which an EndpointSlice may hold; made when first asked for.
     *
     * @throws PartUnavailable where this machine or this user cannot
     */
    public NetworkNamespace network() {
        return network.get();
    }

    /**
     * The ingress controller, started when first asked for.
     *
     * @throws PartUnavailable where this machine or this user cannot
     */
    public IngressController ingress() {
        return ingress.get();
    }

    /** The CA behind the proxy, with a binding nobody else has. */
    public Authority authority() {
        return new Authority(acme.directoryUrl(), ca.caBundle(), pebble.nextBinding(), Pebble.PROFILE);
    }

    /** The same CA without the proxy, to measure. */
    public Authority directAuthority() {
        return new Authority(pebble.directoryUrl(), ca.caBundle(), pebble.nextBinding(), Pebble.PROFILE);
    }

    /** The second CA, with a binding nobody else has. */
    public Authority reusingAuthority() {
        Pebble reusing = reusingPebble();
        return new Authority(reusing.directoryUrl(), ca.caBundle(), reusing.nextBinding(), Pebble.PROFILE);
    }

    /** The authority behind the TLS of the kit's servers. */
    public KitCa ca() {
        return ca;
    }

    /** A directory of the stage's for someone's files. */
    public Path dir(String name) {
        return WorkFiles.directory(dir.resolve(name));
    }

    /** Creates a namespace whose name begins so and is used once. */
    public String namespace(String prefix) {
        String name = prefix + "-"
                + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36, Integer.MAX_VALUE), 36);
        client().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    /** Makes a namespace of this very name, unless there is one. */
    void namespaceNamed(String name) {
        client().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .serverSideApply();
    }

    /** Creates an Opaque Secret of text values. */
    public Secret secret(String namespace, String name, Map<String, String> values) {
        return client().resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(name)
                        .endMetadata()
                        .withStringData(values)
                        .build())
                .create();
    }

    @Override
    public void close() {
        ingress.close();
        network.close();
        acme.close();
        reusingPebble.close();
        pebble.close();
        bind.close();
        cluster.close();
    }

    private static Cluster startCluster(Path dir, KitCa ca) {
        var cluster = Cluster.start(dir, ca);
        try {
            cluster.applyCrds(Home.resolve("crds"));
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static <T extends AutoCloseable> T keep(List<AutoCloseable> started, T part) {
        synchronized (started) {
            started.add(part);
        }
        return part;
    }

    private static void closeAll(List<AutoCloseable> started) {
        for (AutoCloseable part : started.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                System.err.println("A part does not close: " + e);
            }
        }
    }
}
