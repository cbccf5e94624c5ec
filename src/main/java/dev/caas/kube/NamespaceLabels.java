package dev.caas.kube;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The labels of all namespaces, whichever of them are watched, from one watch: selectors are asked at every question of
 * entitlement, and by several controllers.
 *
 * <p>It is not an event source of java-operator-sdk: where namespaces are listed, that keeps what is in no namespace in
 * stores that nobody finds it in.
 */
public final class NamespaceLabels implements AutoCloseable {
    private final SharedIndexInformer<Namespace> informer;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

    /** Watches nothing before {@link #run}. */
    public NamespaceLabels(KubernetesClient client) {
        this.informer = client.namespaces().runnableInformer(0);
        informer.addEventHandler(new Changes());
    }

    /** Starts watching and returns when all are known. */
    public NamespaceLabels run() {
        informer.run();
        return this;
    }

    /** The labels of a namespace; none for one that does not exist. */
    public Map<String, String> of(String namespace) {
        return Optional.ofNullable(informer.getStore().getByKey(namespace))
                .map(n -> n.getMetadata().getLabels())
                .orElse(Map.of());
    }

    /** Calls the listener with the name of every namespace that is created or deleted, or whose labels change. */
    public void onChange(Consumer<String> listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        informer.close();
    }

    private final class Changes implements ResourceEventHandler<Namespace> {
        @Override
        public void onAdd(Namespace namespace) {
            tell(namespace);
        }

        @Override
        public void onUpdate(Namespace before, Namespace after) {
            if (!Objects.equals(
                    before.getMetadata().getLabels(), after.getMetadata().getLabels())) {
                tell(after);
            }
        }

        @Override
        public void onDelete(Namespace namespace, boolean finalStateUnknown) {
            tell(namespace);
        }

        private void tell(Namespace namespace) {
            listeners.forEach(l -> l.accept(namespace.getMetadata().getName()));
        }
    }
}
