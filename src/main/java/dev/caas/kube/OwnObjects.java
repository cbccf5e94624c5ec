package dev.caas.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one door to objects of a kind other than Secret that the operator keeps in the namespaces it serves. They are ours
 * by their role label; only these are watched. Our own writes are seen by the next read at once.
 */
public final class OwnObjects<T extends HasMetadata> implements AutoCloseable {
    private static final int MOST_TRIES = 4;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KubernetesClient client;
    private final Class<T> type;
    private final String role;
    private final List<SharedIndexInformer<T>> informers = new ArrayList<>();
    private final Recent<ObjectName, Write<T>> writes;

    /** The last thing we did to an object; without an object it was the deletion of {@code uid}. */
    private record Write<T>(@Nullable T object, String uid, long version) {}

    /**
     * Starts watching and returns when the cache is filled.
     *
     * @param role value of the role label of what is ours
     * @param indexes what {@link #byIndex} can ask for
     */
    public OwnObjects(
            KubernetesClient client,
            Class<T> type,
            String role,
            WatchedNamespaces namespaces,
            Map<String, Function<T, List<String>>> indexes,
            Clock clock) {
        this.client = client;
        this.type = type;
        this.role = role;
        this.writes = new Recent<>(StatusWriter.WRITE_REMEMBERED, clock);
        var all = client.resources(type);
        if (namespaces.all()) {
            watch(all.inAnyNamespace().withLabel(Ownership.ROLE, role), indexes);
        } else {
            namespaces.names().forEach(n -> watch(all.inNamespace(n).withLabel(Ownership.ROLE, role), indexes));
        }
    }

    private void watch(
            FilterWatchListDeletable<T, ? extends KubernetesResourceList<T>, ? extends Resource<T>> objects,
            Map<String, Function<T, List<String>>> indexes) {
        var informer = objects.runnableInformer(0);
        informer.addIndexers(new HashMap<>(indexes));
        informer.run();
        informers.add(informer);
    }

    /** Calls the listener for every object of ours that is gone, whoever deleted it. */
    public void onDelete(Consumer<T> listener) {
        var handler = new ResourceEventHandler<T>() {
            @Override
            public void onAdd(T object) {}

            @Override
            public void onUpdate(T before, T after) {}

            @Override
            public void onDelete(T object, boolean finalStateUnknown) {
                listener.accept(object);
            }
        };
        informers.forEach(i -> i.addEventHandler(handler));
    }

    /** The object of that name, if it is ours. */
    public Optional<T> get(ObjectName name) {
        var write = writes.get(name);
        var cached = informers.stream()
                .map(i -> i.getStore().getByKey(name.toString()))
                .filter(Objects::nonNull)
                .findFirst();
        if (write.isEmpty()) {
            return cached;
        }
        boolean caughtUp = write.get().object == null
                ? cached.isEmpty() || !cached.get().getMetadata().getUid().equals(write.get().uid)
                : cached.isPresent() && version(cached.get()) >= write.get().version;
        if (caughtUp) {
            writes.remove(name, write.get());
            return cached;
        }
        return Optional.ofNullable(write.get().object);
    }

    /** All that are ours, as the watch has them. */
    public List<T> list() {
        return informers.stream().flatMap(i -> i.getStore().list().stream()).toList();
    }

    /** Those that an index has under a key, as the watch has them. */
    public List<T> byIndex(String index, String key) {
        return informers.stream()
                .flatMap(i -> i.getIndexer().byIndex(index, key).stream())
                .toList();
    }

    /**
     * Makes the object be there as wanted. Nothing is written when it is: labels, annotations, owners and fields that
     * others or the API server added do not count.
     *
     * @throws ObjectTakenException if an object of that name exists and is not ours
     */
    public T put(T wanted) throws ObjectTakenException {
        return put(wanted, OwnObjects::isAsWanted);
    }

    /** The same, where the caller knows better whether the object is there as wanted. */
    public T put(T wanted, BiPredicate<T, T> isAsWanted) throws ObjectTakenException {
        var name = ObjectName.of(wanted);
        var existing = get(name);
        for (int attempt = 1; ; attempt++) {
            if (existing.isPresent() && isAsWanted.test(existing.get(), wanted)) {
                return existing.get();
            }
            try {
                return remember(
                        existing.isEmpty()
                                ? client.resource(wanted).create()
                                : client.resource(onto(existing.get(), wanted)).update());
            } catch (KubernetesClientException e) {
                boolean stale = e.getCode() == HttpURLConnection.HTTP_CONFLICT
                        || (existing.isPresent() && e.getCode() == HttpURLConnection.HTTP_NOT_FOUND);
                if (!stale || attempt == MOST_TRIES) {
                    throw e;
                }
            }
            existing = Optional.ofNullable(client.resources(type)
                    .inNamespace(name.namespace())
                    .withName(name.name())
                    .get());
            if (existing.isPresent() && !isOurs(existing.get())) {
                throw new ObjectTakenException(wanted.getKind(), name);
            }
        }
    }

    /** Deletes an object of ours as it was seen; fine if it is gone already, left alone if it has changed. */
    public void delete(T object) {
        try {
            client.resource(object).lockResourceVersion().delete();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return;
            }
            throw e;
        }
        writes.put(ObjectName.of(object), new Write<>(null, object.getMetadata().getUid(), version(object)));
    }

    /** Takes an owner off an object of ours; without any owner left it is deleted. */
    public void disown(T object, String ownerUid) {
        var others = object.getMetadata().getOwnerReferences().stream()
                .filter(o -> !o.getUid().equals(ownerUid))
                .toList();
        if (others.isEmpty()) {
            delete(object);
            return;
        }
        var copy = client.getKubernetesSerialization().clone(object);
        copy.getMetadata().setOwnerReferences(others);
        copy.getMetadata().setManagedFields(null);
        try {
            remember(client.resource(copy).update());
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            // It changed or went meanwhile: the next look sees what it is now.
        }
    }

    @Override
    public void close() {
        informers.forEach(SharedIndexInformer::close);
    }

    private boolean isOurs(T object) {
        return role.equals(Optional.ofNullable(object.getMetadata().getLabels())
                .map(l -> l.get(Ownership.ROLE))
                .orElse(null));
    }

    private T remember(T written) {
        writes.put(
                ObjectName.of(written),
                new Write<>(written, written.getMetadata().getUid(), version(written)));
        return written;
    }

    /** The wanted object at the existing one's version, with what others put into its metadata, and all its owners. */
    private T onto(T existing, T wanted) {
        var copy = client.getKubernetesSerialization().clone(wanted);
        var before = existing.getMetadata();
        var meta = copy.getMetadata();
        meta.setResourceVersion(before.getResourceVersion());
        meta.setLabels(joined(before.getLabels(), meta.getLabels()));
        meta.setAnnotations(joined(before.getAnnotations(), meta.getAnnotations()));
        meta.setFinalizers(before.getFinalizers());
        meta.setOwnerReferences(Stream.concat(
                        before.getOwnerReferences().stream(),
                        meta.getOwnerReferences().stream().filter(o -> !isOwner(before.getOwnerReferences(), o)))
                .toList());
        return copy;
    }

    private static boolean isOwner(List<OwnerReference> owners, OwnerReference owner) {
        return owners.stream().anyMatch(o -> o.getUid().equals(owner.getUid()));
    }

    private static Map<String, String> joined(
            @Nullable Map<String, String> theirs, @Nullable Map<String, String> ours) {
        var all = new HashMap<>(theirs == null ? Map.<String, String>of() : theirs);
        all.putAll(ours == null ? Map.of() : ours);
        return all;
    }

    private static <T extends HasMetadata> boolean isAsWanted(T existing, T wanted) {
        boolean owned = wanted.getMetadata().getOwnerReferences().stream()
                .allMatch(o -> isOwner(existing.getMetadata().getOwnerReferences(), o));
        return owned && covers(json(existing), json(wanted));
    }

    private static JsonNode json(HasMetadata object) {
        ObjectNode node = JSON.valueToTree(object);
        if (node.get("metadata") instanceof ObjectNode meta) {
            meta.remove("ownerReferences");
        }
        return node;
    }

    /** Whether everything that is wanted is there; lists are compared whole, member by member. */
    private static boolean covers(@Nullable JsonNode there, JsonNode wanted) {
        if (wanted.isObject()) {
            return wanted.properties().stream()
                    .allMatch(f ->
                            f.getValue().isNull() || (there != null && covers(there.get(f.getKey()), f.getValue())));
        }
        if (wanted.isArray()) {
            if (there == null || there.size() != wanted.size()) {
                return wanted.isEmpty() && (there == null || there.isNull());
            }
            for (int i = 0; i < wanted.size(); i++) {
                if (!covers(there.get(i), wanted.get(i))) {
                    return false;
                }
            }
            return true;
        }
        return wanted.equals(there);
    }

    private static long version(HasMetadata object) {
        return Long.parseLong(object.getMetadata().getResourceVersion());
    }
}
