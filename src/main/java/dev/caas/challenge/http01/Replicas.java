package dev.caas.challenge.http01;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The addresses at which the operator's responders can be asked: this process' own, and those of its ready pods. */
public final class Replicas implements AutoCloseable {
    private final List<InetAddress> own;
    private final @Nullable SharedIndexInformer<Pod> pods;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /**
     * Starts watching the pods, if there are any to watch.
     *
     * @param own this process' addresses, literal
     * @param namespace the operator's own
     * @param selector labels of the operator's pods; none outside a cluster
     */
    public Replicas(KubernetesClient client, List<String> own, String namespace, Map<String, String> selector) {
        this.own = own.stream().map(InetAddress::ofLiteral).toList();
        if (selector.isEmpty()) {
            this.pods = null;
            return;
        }
        this.pods = client.pods().inNamespace(namespace).withLabels(selector).runnableInformer(0);
        pods.addEventHandler(new Changes());
        pods.run();
    }

    /** Their addresses, each once, IPv4 first, in order. */
    public List<InetAddress> addresses() {
        var all = new TreeSet<InetAddress>(Comparator.<InetAddress>comparingInt(a -> a.getAddress().length)
                .thenComparing(InetAddress::getHostAddress));
        all.addAll(own);
        if (pods != null) {
            pods.getStore().list().stream().flatMap(Replicas::ready).forEach(all::add);
        }
        return new ArrayList<>(all);
    }

    /** Calls the listener when the addresses may have changed. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        if (pods != null) {
            pods.close();
        }
    }

    private static Stream<InetAddress> ready(Pod pod) {
        var status = pod.getStatus();
        boolean ready = pod.getMetadata().getDeletionTimestamp() == null
                && status != null
                && status.getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
        return ready
                ? status.getPodIPs().stream()
                        .flatMap(ip -> Optional.ofNullable(ip.getIp()).stream())
                        .map(InetAddress::ofLiteral)
                : Stream.of();
    }

    private final class Changes implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            listeners.forEach(Runnable::run);
        }

        @Override
        public void onUpdate(Pod before, Pod after) {
            if (!ready(before).collect(Collectors.toSet()).equals(ready(after).collect(Collectors.toSet()))) {
                listeners.forEach(Runnable::run);
            }
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {
            listeners.forEach(Runnable::run);
        }
    }
}
