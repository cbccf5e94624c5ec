package dev.caas.challenge.http01;

import dev.caas.acme.AcmeOrder;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import dev.caas.challenge.http01.Http01Exception.Kind;
import dev.caas.entitlement.IpAddress;
import dev.caas.kube.ObjectName;
import dev.caas.kube.ObjectTakenException;
import dev.caas.kube.OwnObjects;
import dev.caas.kube.WatchedNamespaces;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The ways from ingress controllers to the responder, kept by the leader and known to every replica: a route for each
 * host, which may stay for the next renewal, and what the routes of a namespace lead to ({@link Backends}).
 */
public final class Routes implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Routes.class);
    private static final String BY_HOST = "host";
    private static final String BY_OWNER = "owner";

    private final KubernetesClient client;
    private final WatchedNamespaces namespaces;
    private final Replicas replicas;
    private final Shapes shapes;
    private final Clock clock;
    private final ReentrantLock starting = new ReentrantLock();
    private volatile @Nullable OwnObjects<Ingress> ingresses;
    private volatile @Nullable OwnObjects<HTTPRoute> httpRoutes;
    private volatile @Nullable Backends backends;

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
    }

    /** Starts watching the routes, as every replica does, and returns when they are known. */
    public void start() {
        try {
            ingresses();
            httpRoutes();
        } catch (RuntimeException e) {
            LOG.errorf("Routes to the responder are not watched, so nothing is answered: %s", e.getMessage());
        }
    }

    /** Takes over from whoever led before: what nobody is using now leads nowhere any more. */
    public void begin() {
        try {
            backends().begin();
        } catch (RuntimeException e) {
            LOG.errorf("Slices that an earlier run left open were not looked up: %s", e.getMessage());
        }
    }

    /**
     * Makes ways for a certificate's hosts and opens them.
     *
     * @param answers the solver for each challenge
     * @throws Http01Exception CONFIGURATION if something is in the way
     */
    void open(ManagedCertificate certificate, Map<AcmeOrder.Http01, Solver.Http01> answers) throws Http01Exception {
        if (replicas.addresses().isEmpty()) {
            throw new Http01Exception(
                    Kind.CONFIGURATION,
                    "the operator does not know its own address, which http01 needs: set the environment variable POD_IP");
        }
        try {
            backends()
                    .open(
                            certificate.getMetadata().getNamespace(),
                            certificate.getMetadata().getUid(),
                            answers.keySet().stream()
                                    .map(AcmeOrder.Http01::name)
                                    .collect(Collectors.toSet()),
                            answers.values().stream().anyMatch(h -> !Shapes.isExternal(h)),
                            answers.values().stream().anyMatch(Shapes::isExternal));
            for (var answer : answers.entrySet()) {
                route(certificate, answer.getKey(), answer.getValue());
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

    /** Whether the ways of a certificate are open. */
    boolean isOpen(ManagedCertificate certificate) {
        var started = backends;
        return started != null
                && started.isOpenFor(
                        certificate.getMetadata().getNamespace(),
                        certificate.getMetadata().getUid());
    }

    /** Closes the ways of a certificate of which only the uid is known any more. */
    public void close(String namespace, String uid) {
        var started = backends;
        if (started != null) {
            started.close(namespace, uid);
        }
    }

    /**
     * Whether the routes of a host are all in this namespace, and there is one. Where another namespace has one too,
     * nobody can tell by which of them a request came, and for whom it is. Routes of an IP address are for one token each:
     * those of others do not matter. Asks nobody.
     */
    public boolean isRoutedOnlyIn(String namespace, String host) {
        if (ingresses == null) {
            return false;
        }
        var there = routes().flatMap(r -> r.byIndex(BY_HOST, host).stream())
                .map(r -> r.getMetadata().getNamespace())
                .toList();
        return IpAddress.isOne(host)
                ? there.contains(namespace)
                : !there.isEmpty() && there.stream().allMatch(namespace::equals);
    }

    /** Removes the routes of a certificate for hosts that it does not prove by HTTP-01 any more. */
    public void retain(ManagedCertificate certificate, Set<String> hosts) {
        if (ingresses != null) {
            var uid = certificate.getMetadata().getUid();
            routes().forEach(routes -> retain(routes, uid, hosts));
        }
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
        var started = backends;
        if (started != null) {
            started.end();
        }
    }

    private void route(ManagedCertificate certificate, AcmeOrder.Http01 challenge, Solver.Http01 solver)
            throws Http01Exception, ObjectTakenException {
        if (solver.gateway() == null) {
            var wanted = shapes.ingress(certificate, challenge, solver);
            removeOthers(challenge, wanted);
            ingresses().put(wanted);
            return;
        }
        var gateway = httpRoutes()
                .orElseThrow(() -> new Http01Exception(
                        Kind.CONFIGURATION,
                        "the cluster has no Gateway API (HTTPRoute, gateway.networking.k8s.io/v1): install its CRDs, or use"
                                + " http01.ingress"));
        var wanted = shapes.httpRoute(certificate, challenge, solver.gateway());
        removeOthers(challenge, wanted);
        gateway.put(wanted);
    }

    /** A route of before, elsewhere or of the other kind, might win over the wanted one and leads nowhere. */
    private void removeOthers(AcmeOrder.Http01 challenge, HasMetadata wanted) {
        if (!Shapes.isForAddress(challenge)) {
            routes().forEach(routes -> removeOthers(routes, challenge.name(), wanted));
        }
    }

    private <T extends HasMetadata> void removeOthers(OwnObjects<T> routes, String host, HasMetadata wanted) {
        var here = wanted.getMetadata().getNamespace();
        for (T other : routes.byIndex(BY_HOST, host)) {
            var there = other.getMetadata().getNamespace();
            boolean same = other.getKind().equals(wanted.getKind())
                    && ObjectName.of(other).equals(ObjectName.of(wanted));
            boolean inUse = !there.equals(here) && backends().isOpen(there, host);
            if (!same && !inUse) {
                routes.delete(other);
            }
        }
    }

    private boolean hasRoutes(String namespace) {
        return routes().anyMatch(routes ->
                !routes.byIndex(Cache.NAMESPACE_INDEX, namespace).isEmpty());
    }

    private Stream<OwnObjects<? extends HasMetadata>> routes() {
        var gateway = httpRoutes;
        return gateway == null ? Stream.of(ingresses()) : Stream.of(ingresses(), gateway);
    }

    private OwnObjects<Ingress> ingresses() {
        var started = ingresses;
        if (started != null) {
            return started;
        }
        starting.lock();
        try {
            if (ingresses == null) {
                ingresses = watchRoutes(Ingress.class);
            }
            return ingresses;
        } finally {
            starting.unlock();
        }
    }

    /** The Gateway API may be installed any time: without it, whoever needs it looks again. */
    private Optional<OwnObjects<HTTPRoute>> httpRoutes() {
        starting.lock();
        try {
            if (httpRoutes == null && client.supports(HTTPRoute.class)) {
                httpRoutes = watchRoutes(HTTPRoute.class);
            }
            return Optional.ofNullable(httpRoutes);
        } finally {
            starting.unlock();
        }
    }

    private Backends backends() {
        var started = backends;
        if (started != null) {
            return started;
        }
        starting.lock();
        try {
            if (backends == null) {
                ingresses();
                backends = new Backends(
                        watch(Service.class, Shapes.RESPONDER, Map.of()),
                        watch(EndpointSlice.class, Shapes.RESPONDER, Map.of()),
                        replicas,
                        shapes,
                        this::hasRoutes);
            }
            return backends;
        } finally {
            starting.unlock();
        }
    }

    private <T extends HasMetadata> OwnObjects<T> watchRoutes(Class<T> type) {
        var routes = watch(
                type,
                Shapes.ROUTE,
                Map.<String, Function<T, List<String>>>of(BY_HOST, Shapes::hosts, BY_OWNER, Shapes::owners));
        routes.onDelete(gone -> Thread.startVirtualThread(
                () -> backends().tidy(gone.getMetadata().getNamespace())));
        return routes;
    }

    private <T extends HasMetadata> OwnObjects<T> watch(
            Class<T> type, String role, Map<String, Function<T, List<String>>> indexes) {
        return new OwnObjects<>(client, type, role, namespaces, indexes, clock);
    }
}
