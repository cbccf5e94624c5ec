package dev.caas.challenge.http01;

import dev.caas.kube.ObjectName;
import dev.caas.kube.ObjectTakenException;
import dev.caas.kube.OwnObjects;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * What routes of a namespace lead to: one Service, with slices that hold the operator's addresses only while a host of
 * that namespace is being proven. A stale address must never answer for someone.
 */
final class Backends {
    private static final Logger LOG = Logger.getLogger(Backends.class);

    /** How long addresses outlast the last proof in a namespace: the next certificate often needs them again. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final OwnObjects<Service> services;
    private final OwnObjects<EndpointSlice> slices;
    private final Replicas replicas;
    private final Shapes shapes;
    private final Predicate<String> hasRoutes;
    private final Map<String, Backend> backends = new ConcurrentHashMap<>();
    private volatile boolean ended;

    /** What is being proven in a namespace: hosts by the uid of the certificate. */
    private static final class Backend {
        private final ReentrantLock lock = new ReentrantLock();
        private final Map<String, Set<String>> hosts = new HashMap<>();

        /** Whether slices may hold addresses. */
        private boolean open;
    }

    /** @param hasRoutes whether anything in a namespace needs the Service */
    Backends(
            OwnObjects<Service> services,
            OwnObjects<EndpointSlice> slices,
            Replicas replicas,
            Shapes shapes,
            Predicate<String> hasRoutes) {
        this.services = services;
        this.slices = slices;
        this.replicas = replicas;
        this.shapes = shapes;
        this.hasRoutes = hasRoutes;
        replicas.onChange(() -> Thread.startVirtualThread(this::refresh));
    }

    /** Tidies what an earlier leader left. */
    void begin() {
        var namespaces = new HashSet<String>();
        slices.list().forEach(s -> namespaces.add(s.getMetadata().getNamespace()));
        services.list().forEach(s -> namespaces.add(s.getMetadata().getNamespace()));
        namespaces.forEach(this::tidy);
    }

    /** Opens the way for a certificate's hosts; the Service of the other mode needs no slices. */
    void open(String namespace, String uid, Set<String> hosts, boolean bySlices, boolean byName)
            throws Http01Exception, ObjectTakenException {
        var here = backend(namespace);
        here.lock.lock();
        try {
            here.hosts.put(uid, Set.copyOf(hosts));
            if (byName) {
                services.put(shapes.externalService(namespace));
            }
            if (bySlices) {
                fill(namespace, here);
            }
        } finally {
            here.lock.unlock();
        }
    }

    /** Closes the way of a certificate; fine when it is not open. */
    void close(String namespace, String uid) {
        var here = backends.get(namespace);
        if (here == null) {
            return;
        }
        here.lock.lock();
        try {
            if (here.hosts.remove(uid) != null && here.hosts.isEmpty() && here.open) {
                Thread.startVirtualThread(() -> emptyUnlessUsed(namespace, here));
            }
        } finally {
            here.lock.unlock();
        }
    }

    /** Whether the host is being proven in the namespace. */
    boolean isOpen(String namespace, String host) {
        return ask(namespace, hosts -> hosts.values().stream().anyMatch(h -> h.contains(host)));
    }

    /** Whether the way is open for a certificate. */
    boolean isOpenFor(String namespace, String uid) {
        return ask(namespace, hosts -> hosts.containsKey(uid));
    }

    private boolean ask(String namespace, Predicate<Map<String, Set<String>>> question) {
        var here = backends.get(namespace);
        if (here == null) {
            return false;
        }
        here.lock.lock();
        try {
            return question.test(here.hosts);
        } finally {
            here.lock.unlock();
        }
    }

    /** While nothing is open the slices are empty; and where there is no route left, there is no Service either. */
    void tidy(String namespace) {
        var here = backend(namespace);
        here.lock.lock();
        try {
            if (!here.hosts.isEmpty()) {
                return;
            }
            empty(namespace, here);
            if (!hasRoutes.test(namespace)) {
                services.byIndex(Cache.NAMESPACE_INDEX, namespace).forEach(services::delete);
            }
        } catch (RuntimeException e) {
            LOG.warnf("What leads to the responder in namespace %s was not tidied: %s", namespace, e.getMessage());
        } finally {
            here.lock.unlock();
        }
    }

    /** Empties what is open and opens nothing any more; for the end of the process. */
    void end() {
        ended = true;
        backends.forEach((namespace, here) -> {
            here.lock.lock();
            try {
                if (here.open) {
                    empty(namespace, here);
                }
            } finally {
                here.lock.unlock();
            }
        });
    }

    private Backend backend(String namespace) {
        return backends.computeIfAbsent(namespace, n -> new Backend());
    }

    private void fill(String namespace, Backend here) throws ObjectTakenException {
        if (ended) {
            return;
        }
        here.open = true;
        var service = services.put(shapes.service(namespace));
        var wanted = shapes.slices(service, replicas.addresses());
        for (var slice : wanted) {
            slices.put(slice, Shapes::hasSameEndpoints);
        }
        for (var slice : slices.byIndex(Cache.NAMESPACE_INDEX, namespace)) {
            if (wanted.stream().noneMatch(w -> ObjectName.of(w).equals(ObjectName.of(slice)))) {
                // The operator has no address of that family any more.
                slices.put(Shapes.emptied(slice), Shapes::hasSameEndpoints);
            }
        }
    }

    /** Goes on until it has succeeded, or somebody needs the way again. */
    private void emptyUnlessUsed(String namespace, Backend here) {
        for (var pause = LINGER; ; pause = longer(pause)) {
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            here.lock.lock();
            try {
                if (!here.hosts.isEmpty() || !here.open || empty(namespace, here)) {
                    return;
                }
            } finally {
                here.lock.unlock();
            }
        }
    }

    private static Duration longer(Duration pause) {
        var twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    /** Takes all addresses out; false, and said in the log, when one slice still has some. */
    private boolean empty(String namespace, Backend here) {
        boolean empty = true;
        for (var cached : slices.byIndex(Cache.NAMESPACE_INDEX, namespace)) {
            try {
                var slice = slices.get(ObjectName.of(cached));
                if (slice.isPresent()) {
                    slices.put(Shapes.emptied(slice.get()), Shapes::hasSameEndpoints);
                }
            } catch (ObjectTakenException | KubernetesClientException e) {
                empty = false;
                LOG.warnf("EndpointSlice %s was not emptied: %s", ObjectName.of(cached), e.getMessage());
            }
        }
        here.open = !empty;
        return empty;
    }

    /** The operator's pods are others now. */
    private void refresh() {
        backends.forEach((namespace, here) -> {
            here.lock.lock();
            try {
                if (here.open && !here.hosts.isEmpty()) {
                    fill(namespace, here);
                }
            } catch (ObjectTakenException | KubernetesClientException e) {
                LOG.warnf("Slices of namespace %s were not brought up to date: %s", namespace, e.getMessage());
            } finally {
                here.lock.unlock();
            }
        });
    }
}
