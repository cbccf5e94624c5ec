package dev.caas.challenge.http01;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import dev.caas.challenge.http01.Http01Exception.Kind;
import dev.caas.kube.ObjectName;
import dev.caas.kube.ObjectTakenException;
import dev.caas.kube.OwnObjects;
import dev.caas.kube.WatchedNamespaces;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The ways from ingress controllers to the responder, kept by the leader: a route for each host, which may stay for the
 * next renewal, and in each namespace one Service with slices that hold the operator's addresses only while a host of
 * that namespace is being proven. A stale address must never answer for someone.
 */
public final class Routes implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Routes.class);
    /** How long addresses outlast the last proof in a namespace: the next certificate often needs them again. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private static final String BY_HOST = "host";
    private static final String BY_OWNER = "owner";
    /** fabric8's informers have this index anyway. */
    private static final String BY_NAMESPACE = Cache.NAMESPACE_INDEX;

    private final KubernetesClient client;
    private final WatchedNamespaces namespaces;
    private final Replicas replicas;
    private final Shapes shapes;
    private final Clock clock;
    private final Map<String, Pending> pending = new ConcurrentHashMap<>();
    private final ReentrantLock starting = new ReentrantLock();
    private volatile @Nullable Kept kept;
    private volatile @Nullable OwnObjects<HTTPRoute> httpRoutes;

    /** What is being proven in a namespace: hosts by the uid of the certificate; open while slices may have addresses. */
    private static final class Pending {
        private final ReentrantLock lock = new ReentrantLock();
        private final Map<String, Set<String>> hosts = new HashMap<>();
        private volatile boolean open;

        boolean isFor(String host) {
            lock.lock();
            try {
                return hosts.values().stream().anyMatch(h -> h.contains(host));
            } finally {
                lock.unlock();
            }
        }
    }

    private record Kept(
            OwnObjects<Service> services, OwnObjects<EndpointSlice> slices, OwnObjects<Ingress> ingresses) {}

    /**
     * Does nothing yet.
     *
     * @param externalName the DNS name of the operator's own Service, for solvers that ask for ExternalName
     */
    public Routes(
            KubernetesClient client,
            WatchedNamespaces namespaces,
            Replicas replicas,
            int port,
            Optional<String> externalName,
            Clock clock) {
        this.client = client;
        this.namespaces = namespaces;
        this.replicas = replicas;
        this.shapes = new Shapes(port, externalName);
        this.clock = clock;
        replicas.onChange(() -> Thread.startVirtualThread(this::refresh));
    }

    /** Takes over from whoever led before: what nobody is using now leads nowhere any more. */
    public void begin() {
        try {
            tidyAll();
        } catch (KubernetesClientException e) {
            LOG.errorf("Slices that an earlier run left open were not looked up: %s", e.getMessage());
        }
    }

    private void tidyAll() {
        var kept = kept();
        httpRoutes();
        Stream.concat(
                        kept.slices.list().stream().map(s -> s.getMetadata().getNamespace()),
                        kept.services.list().stream().map(s -> s.getMetadata().getNamespace()))
                .distinct()
                .forEach(this::tidy);
    }

    /**
     * Makes ways for a certificate's hosts and opens them.
     *
     * @throws Http01Exception CONFIGURATION if something is in the way
     */
    void open(ManagedCertificate certificate, Map<String, Solver.Http01> hosts) throws Http01Exception {
        var addresses = replicas.addresses();
        if (addresses.isEmpty()) {
            throw new Http01Exception(
                    Kind.CONFIGURATION,
                    "the operator does not know its own address, which http01 needs: set the environment variable POD_IP");
        }
        var namespace = certificate.getMetadata().getNamespace();
        var here = pending.computeIfAbsent(namespace, n -> new Pending());
        try {
            here.lock.lock();
            try {
                here.hosts.put(certificate.getMetadata().getUid(), Set.copyOf(hosts.keySet()));
                here.open = true;
                for (var external : hosts.values().stream()
                        .map(Shapes::isExternal)
                        .distinct()
                        .toList()) {
                    backend(namespace, external, addresses);
                }
            } finally {
                here.lock.unlock();
            }
            for (var host : hosts.entrySet()) {
                route(certificate, host.getKey(), host.getValue());
            }
        } catch (ObjectTakenException e) {
            throw new Http01Exception(Kind.CONFIGURATION, String.valueOf(e.getMessage()));
        }
    }

    /** Closes the ways of a certificate; fine when they are not open. The routes stay. */
    void close(ManagedCertificate certificate) {
        close(
                certificate.getMetadata().getNamespace(),
                certificate.getMetadata().getUid());
    }

    /** The same for a certificate of which only the uid is known any more. */
    public void close(String namespace, String uid) {
        var here = pending.get(namespace);
        if (here == null) {
            return;
        }
        here.lock.lock();
        try {
            if (here.hosts.remove(uid) != null && here.hosts.isEmpty()) {
                Thread.startVirtualThread(() -> withdrawUnlessUsed(namespace, here));
            }
        } finally {
            here.lock.unlock();
        }
    }

    private void withdrawUnlessUsed(String namespace, Pending here) {
        try {
            Thread.sleep(LINGER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        here.lock.lock();
        try {
            if (here.hosts.isEmpty() && here.open) {
                withdraw(namespace, here);
            }
        } finally {
            here.lock.unlock();
        }
    }

    /** Removes the routes of a certificate for hosts that it does not prove by HTTP-01 any more. */
    public void retain(ManagedCertificate certificate, Set<String> hosts) {
        var uid = certificate.getMetadata().getUid();
        routes().forEach(routes -> retain(routes, uid, hosts));
    }

    private static <T extends HasMetadata> void retain(OwnObjects<T> routes, String uid, Set<String> hosts) {
        for (T route : routes.byIndex(BY_OWNER, uid)) {
            if (Shapes.hosts(route).stream().noneMatch(hosts::contains)) {
                routes.disown(route, uid);
            }
        }
    }

    /** Empties the slices that are open; for the end of the process. */
    @Override
    public void close() {
        for (var here : pending.entrySet()) {
            if (here.getValue().open) {
                withdraw(here.getKey(), here.getValue());
            }
        }
    }

    private void route(ManagedCertificate certificate, String host, Solver.Http01 solver)
            throws Http01Exception, ObjectTakenException {
        var kept = kept();
        if (solver.gateway() == null) {
            var wanted = shapes.ingress(certificate, host, solver);
            removeOthers(host, wanted);
            kept.ingresses.put(wanted);
            return;
        }
        var httpRoutes = httpRoutes()
                .orElseThrow(() -> new Http01Exception(
                        Kind.CONFIGURATION,
                        "the cluster has no Gateway API (HTTPRoute, gateway.networking.k8s.io/v1): install its CRDs, or use"
                                + " http01.ingress"));
        var wanted = shapes.httpRoute(certificate, host, solver.gateway());
        removeOthers(host, wanted);
        httpRoutes.put(wanted);
    }

    /** A route of before, elsewhere or of the other kind, might win over the wanted one and leads nowhere. */
    private void removeOthers(String host, HasMetadata wanted) {
        routes().forEach(routes -> removeOthers(routes, host, wanted));
    }

    private <T extends HasMetadata> void removeOthers(OwnObjects<T> routes, String host, HasMetadata wanted) {
        for (T other : routes.byIndex(BY_HOST, host)) {
            boolean same = other.getKind().equals(wanted.getKind())
                    && ObjectName.of(other).equals(ObjectName.of(wanted));
            var there = pending.get(other.getMetadata().getNamespace());
            boolean inUse = !other.getMetadata()
                            .getNamespace()
                            .equals(wanted.getMetadata().getNamespace())
                    && there != null
                    && there.isFor(host);
            if (!same && !inUse) {
                routes.delete(other);
            }
        }
    }

    private void backend(String namespace, boolean external, List<InetAddress> addresses)
            throws Http01Exception, ObjectTakenException {
        var kept = kept();
        if (external) {
            kept.services.put(shapes.externalService(namespace));
            return;
        }
        var service = kept.services.put(shapes.service(namespace));
        for (var slice : shapes.slices(service, addresses)) {
            kept.slices.put(slice, Shapes::hasSameEndpoints);
        }
    }

    private void withdraw(String namespace, Pending here) {
        here.open = false;
        var slices = kept().slices;
        for (var slice : slices.byIndex(BY_NAMESPACE, namespace)) {
            var newest = slices.get(ObjectName.of(slice));
            if (newest.isPresent()) {
                empty(slices, newest.get());
            }
        }
    }

    private static void empty(OwnObjects<EndpointSlice> slices, EndpointSlice slice) {
        try {
            slices.put(Shapes.emptied(slice), Shapes::hasSameEndpoints);
        } catch (ObjectTakenException | KubernetesClientException e) {
            LOG.warnf("EndpointSlice %s was not emptied: %s", ObjectName.of(slice), e.getMessage());
        }
    }

    /** Nothing is open: the slices are empty; and where there is no route left, there is no Service either. */
    private void tidy(String namespace) {
        var here = pending.computeIfAbsent(namespace, n -> new Pending());
        here.lock.lock();
        try {
            if (!here.hosts.isEmpty()) {
                return;
            }
            boolean unused = routes().allMatch(
                            routes -> routes.byIndex(BY_NAMESPACE, namespace).isEmpty());
            if (unused) {
                kept().services.byIndex(BY_NAMESPACE, namespace).forEach(kept().services::delete);
            } else {
                withdraw(namespace, here);
            }
        } finally {
            here.lock.unlock();
        }
    }

    /** The operator's pods are others now. */
    private void refresh() {
        for (var entry : pending.entrySet()) {
            var here = entry.getValue();
            here.lock.lock();
            try {
                if (!here.hosts.isEmpty()) {
                    backend(entry.getKey(), false, replicas.addresses());
                }
            } catch (Http01Exception | ObjectTakenException | KubernetesClientException e) {
                LOG.warnf("Slices of namespace %s were not brought up to date: %s", entry.getKey(), e.getMessage());
            } finally {
                here.lock.unlock();
            }
        }
    }

    private Kept kept() {
        var started = kept;
        if (started != null) {
            return started;
        }
        starting.lock();
        try {
            started = kept;
            if (started == null) {
                started = start();
                kept = started;
            }
            return started;
        } finally {
            starting.unlock();
        }
    }

    private Kept start() {
        var started = new Kept(
                watch(Service.class, Shapes.RESPONDER),
                watch(EndpointSlice.class, Shapes.RESPONDER),
                watch(Ingress.class, Shapes.ROUTE));
        tidyAfter(started.ingresses);
        return started;
    }

    private Stream<OwnObjects<? extends HasMetadata>> routes() {
        var gateway = httpRoutes;
        return gateway == null ? Stream.of(kept().ingresses) : Stream.of(kept().ingresses, gateway);
    }

    /** The Gateway API may be installed any time: without it, whoever needs it looks again. */
    private Optional<OwnObjects<HTTPRoute>> httpRoutes() {
        starting.lock();
        try {
            if (httpRoutes == null && client.supports(HTTPRoute.class)) {
                var started = watch(HTTPRoute.class, Shapes.ROUTE);
                tidyAfter(started);
                httpRoutes = started;
            }
            return Optional.ofNullable(httpRoutes);
        } finally {
            starting.unlock();
        }
    }

    private void tidyAfter(OwnObjects<? extends HasMetadata> routes) {
        routes.onDelete(
                gone -> Thread.startVirtualThread(() -> tidy(gone.getMetadata().getNamespace())));
    }

    private <T extends HasMetadata> OwnObjects<T> watch(Class<T> type, String role) {
        return new OwnObjects<>(
                client,
                type,
                role,
                namespaces,
                Map.of(
                        BY_HOST,
                        Shapes::hosts,
                        BY_OWNER,
                        o -> o.getMetadata().getOwnerReferences().stream()
                                .map(OwnerReference::getUid)
                                .toList()),
                clock);
    }
}
