package dev.caas.kube;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.SecretList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one door to Secrets: ours by a label-selected watch, so that foreign ones cost nothing; a foreign one only when
 * its name is known.
 *
 * <p>Our own writes and deletes are seen by the next read at once and do not come back as changes; what others do to our
 * Secrets does.
 */
public final class SecretStore implements AutoCloseable {
    /** How long a foreign Secret that was read by name is used again: many certificates share a solver's key. */
    private static final Duration READ_REMEMBERED = Duration.ofSeconds(5);

    /** How many are read at once when the watch starts: the text of all of them would take more room than they do. */
    private static final long PAGE = 500;

    private static final String BY_OWNER = "owner";

    private final KubernetesClient client;
    private final ReentrantLock reading = new ReentrantLock();
    private final List<SharedIndexInformer<Secret>> informers = new ArrayList<>();
    private final List<Consumer<Secret>> listeners = new CopyOnWriteArrayList<>();
    private final Recent<ObjectName, Write> writes;
    private final Recent<ObjectName, Optional<Secret>> reads;

    /** The last thing we did to a Secret; without a secret it was the deletion of {@code uid}. */
    private record Write(@Nullable Secret secret, String uid, long version) {}

    /** Starts watching and returns when the caches are filled. */
    public SecretStore(KubernetesClient client, WatchedNamespaces namespaces, Clock clock) {
        this.client = client;
        this.writes = new Recent<>(StatusWriter.WRITE_REMEMBERED, clock);
        this.reads = new Recent<>(READ_REMEMBERED, clock);
        if (namespaces.all()) {
            watch(client.secrets().inAnyNamespace().withLabel(Ownership.ROLE));
        } else {
            namespaces
                    .names()
                    .forEach(n -> watch(client.secrets().inNamespace(n).withLabel(Ownership.ROLE)));
        }
    }

    private void watch(FilterWatchListDeletable<Secret, SecretList, Resource<Secret>> secrets) {
        var informer = secrets.withLimit(PAGE).runnableInformer(0);
        informer.addIndexers(Map.of(BY_OWNER, s -> List.of(owner(s))));
        var changes = new Changes();
        informer.addEventHandler(changes);
        informer.run();
        changes.from(Long.parseLong(informer.lastSyncResourceVersion()));
        informers.add(informer);
    }

    /** Calls the listener for every Secret of ours that somebody else created, changed or deleted. */
    public void onForeignChange(Consumer<Secret> listener) {
        listeners.add(listener);
    }

    /** The Secret of that name if it is ours by exactly that ownership. */
    public Optional<Secret> get(Ownership ownership, ObjectName name) {
        return newest(name).filter(ownership::isOn);
    }

    /** The Secret of an ownership whose name we chose. */
    public Optional<Secret> get(Ownership ownership, String namespace) {
        return get(ownership, new ObjectName(namespace, ownership.secretName()));
    }

    /** The Secrets of an ownership in a namespace, whatever their names, as the watch has them. */
    public List<Secret> list(Ownership ownership, String namespace) {
        var owner = owner(namespace, ownership.labels());
        return informers.stream()
                .flatMap(i -> i.getIndexer().byIndex(BY_OWNER, owner).stream())
                .toList();
    }

    /** All Secrets of a role, as the watch has them; looks through all that is watched. */
    public List<Secret> list(Ownership.Role role) {
        return informers.stream()
                .flatMap(i -> i.getStore().list().stream())
                .filter(s -> role.name().equals(s.getMetadata().getLabels().get(Ownership.ROLE)))
                .toList();
    }

    private static String owner(Secret secret) {
        return owner(
                secret.getMetadata().getNamespace(),
                Optional.ofNullable(secret.getMetadata().getLabels()).orElse(Map.of()));
    }

    private static String owner(String namespace, Map<String, String> labels) {
        return String.join(
                "/",
                namespace,
                labels.getOrDefault(Ownership.ROLE, ""),
                labels.getOrDefault(Ownership.KIND, ""),
                labels.getOrDefault(Ownership.NAME, ""));
    }

    /**
     * Creates a Secret by POST, which never overwrites.
     *
     * @throws SecretTakenException if one of that name exists
     */
    public Secret create(Secret secret) throws SecretTakenException {
        try {
            return remember(client.resource(secret).create());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                throw new SecretTakenException(ObjectName.of(secret));
            }
            throw e;
        }
    }

    /**
     * Replaces a Secret of ours, or one that becomes ours, at the resourceVersion it was read with; keys, labels and
     * annotations of others that it carried are still in it.
     *
     * @throws KubernetesClientException 409 if it changed meanwhile
     */
    public Secret update(Secret secret) {
        return remember(client.resource(secret).update());
    }

    /**
     * Puts another Secret in the place of one of ours, for what cannot be changed in it.
     *
     * @throws KubernetesClientException 409 if it changed meanwhile
     * @throws SecretTakenException if somebody else creates one of that name between the two
     */
    public Secret replace(Secret seen, Secret by) throws SecretTakenException {
        deleteAsSeen(seen);
        return create(by);
    }

    /** Deletes a Secret of ours as it was seen; fine if it is gone already, left alone if it has changed. */
    public void delete(Secret secret) {
        try {
            deleteAsSeen(secret);
        } catch (KubernetesClientException e) {
            // Somebody changed or replaced it: the watch brings that, and it is judged anew.
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    /**
     * Deletes a Secret of ours as it was seen; fine if it is gone already.
     *
     * @throws KubernetesClientException 409 if it changed meanwhile
     */
    public void deleteAsSeen(Secret secret) {
        client.resource(secret).lockResourceVersion().delete();
        writes.put(ObjectName.of(secret), new Write(null, secret.getMetadata().getUid(), version(secret)));
    }

    /** Reads any Secret by its name, ours or not; the answer may be 5 s old. */
    public Optional<Secret> read(ObjectName name) {
        var known = reads.get(name);
        if (known.isPresent()) {
            return known.get();
        }
        // One at a time: fifty certificates that start together need the same key, and one read of it.
        reading.lock();
        try {
            return reads.get(name).orElseGet(() -> {
                var secret = readNow(name);
                reads.put(name, secret);
                return secret;
            });
        } finally {
            reading.unlock();
        }
    }

    /** Reads any Secret by its name, as it is now. */
    public Optional<Secret> readNow(ObjectName name) {
        return Optional.ofNullable(client.secrets()
                .inNamespace(name.namespace())
                .withName(name.name())
                .get());
    }

    @Override
    public void close() {
        informers.forEach(SharedIndexInformer::close);
    }

    private Optional<Secret> newest(ObjectName name) {
        var write = writes.get(name);
        var cached = cached(name);
        if (write.isEmpty()) {
            return cached;
        }
        boolean caughtUp = write.get().secret == null
                ? cached.isEmpty() || !cached.get().getMetadata().getUid().equals(write.get().uid)
                : cached.isPresent() && version(cached.get()) >= write.get().version;
        if (caughtUp) {
            writes.remove(name, write.get());
            return cached;
        }
        return Optional.ofNullable(write.get().secret);
    }

    private Optional<Secret> cached(ObjectName name) {
        var key = name.toString();
        for (var informer : informers) {
            var secret = informer.getStore().getByKey(key);
            if (secret != null) {
                return Optional.of(secret);
            }
        }
        return Optional.empty();
    }

    private Secret remember(Secret secret) {
        var meta = secret.getMetadata();
        writes.put(ObjectName.of(secret), new Write(secret, meta.getUid(), version(secret)));
        return secret;
    }

    private static long version(Secret secret) {
        return Long.parseLong(secret.getMetadata().getResourceVersion());
    }

    /** A copy that can be changed and handed to {@link #update}. */
    public static SecretBuilder edit(Secret secret) {
        return new SecretBuilder(secret).editMetadata().withManagedFields().endMetadata();
    }

    private final class Changes implements ResourceEventHandler<Secret> {
        /** What was there when the watch began is no news: everything is looked at then. */
        private volatile long start = Long.MAX_VALUE;

        void from(long version) {
            start = version;
        }

        @Override
        public void onAdd(Secret secret) {
            if (version(secret) > start && !isOurs(secret)) {
                listeners.forEach(l -> l.accept(secret));
            }
        }

        @Override
        public void onUpdate(Secret before, Secret after) {
            boolean resync = before.getMetadata()
                    .getResourceVersion()
                    .equals(after.getMetadata().getResourceVersion());
            if (!resync && !isOurs(after)) {
                listeners.forEach(l -> l.accept(after));
            }
        }

        @Override
        public void onDelete(Secret secret, boolean finalStateUnknown) {
            var uid = secret.getMetadata().getUid();
            var write = writes.get(ObjectName.of(secret)).filter(w -> w.uid.equals(uid));
            write.ifPresent(w -> writes.remove(ObjectName.of(secret), w));
            boolean ours = write.filter(w -> w.secret == null).isPresent();
            if (!ours) {
                listeners.forEach(l -> l.accept(secret));
            }
        }

        private boolean isOurs(Secret secret) {
            return writes.get(ObjectName.of(secret))
                    .filter(w -> w.secret != null && w.version >= version(secret))
                    .isPresent();
        }
    }
}
