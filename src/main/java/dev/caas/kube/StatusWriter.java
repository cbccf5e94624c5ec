package dev.caas.kube;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;

/**
 * The one door for status writes: a PUT of the whole status at a known resourceVersion, which the operator owns alone.
 *
 * <p>Nothing is written when nothing changed. What was written is remembered for longer than the watch needs, so that the
 * next reconcile does not judge by an older status. The resourceVersion is always sent: without it java-operator-sdk
 * 5.3.2 can lose a spec change that happens meanwhile (issue #3398), which is also why its UpdateControl is not used.
 */
public final class StatusWriter {
    private static final int MOST_TRIES = 4;

    /** How long a write may outrun the watch before the watch is believed again. */
    static final Duration WRITE_REMEMBERED = Duration.ofSeconds(30);

    private final KubernetesClient client;
    private final Turnstile turnstile = new Turnstile();
    private final Recent<String, CustomResource<?, ?>> written;
    private volatile boolean ended;

    public StatusWriter(KubernetesClient client, Clock clock) {
        this.client = client;
        this.written = new Recent<>(WRITE_REMEMBERED, clock);
    }

    /**
     * The object as the cache has it, or as this door wrote it if that is newer. Not forgotten once the cache has caught
     * up: another reconcile may have taken its object out of the cache a moment before.
     */
    @SuppressWarnings("unchecked") // Under one uid there is one type.
    public <R extends CustomResource<?, ?>> R newest(R cached) {
        return written.get(cached.getMetadata().getUid())
                .filter(ours -> version(ours) > version(cached))
                .map(ours -> (R) ours)
                .orElse(cached);
    }

    /**
     * Writes nothing any more. While the process ends, caches are emptied under reconciles that are still at work: what
     * those conclude is not true.
     */
    public void end() {
        ended = true;
    }

    /**
     * Writes a status, unless it is the one the object has.
     *
     * @return the object with its new status and its new resourceVersion; the given one with its new status if its spec
     *     was changed meanwhile, so that the caller goes on with the spec it knows
     */
    public <P, S, R extends CustomResource<P, S>> R write(R resource, S status) {
        if (ended || Objects.equals(resource.getStatus(), status)) {
            return resource;
        }
        R base = resource;
        for (int attempt = 1; ; attempt++) {
            try {
                var changed = withStatus(base, status);
                var updated = turnstile.pass(() -> client.resource(changed).updateStatus());
                written.put(updated.getMetadata().getUid(), updated);
                return isSameSpec(updated, resource) ? updated : withStatus(resource, status);
            } catch (KubernetesClientException e) {
                if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                    return resource;
                }
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == MOST_TRIES) {
                    throw e;
                }
            }
            // Somebody changed the object meanwhile: the status goes onto the new version, and says by its
            // observedGeneration which spec it speaks of. The change itself comes as an event.
            var current = client.resource(resource).get();
            if (current == null
                    || !current.getMetadata()
                            .getUid()
                            .equals(resource.getMetadata().getUid())) {
                return resource;
            }
            base = current;
        }
    }

    private static boolean isSameSpec(CustomResource<?, ?> one, CustomResource<?, ?> other) {
        return Objects.equals(
                one.getMetadata().getGeneration(), other.getMetadata().getGeneration());
    }

    /** A new object around the same spec: the base may be the cache's own and is not touched. */
    @SuppressWarnings("unchecked")
    private static <P, S, R extends CustomResource<P, S>> R withStatus(R base, S status) {
        try {
            var copy = (R) base.getClass().getDeclaredConstructor().newInstance();
            copy.setMetadata(new ObjectMetaBuilder(base.getMetadata())
                    .withManagedFields()
                    .build());
            copy.setSpec(base.getSpec());
            copy.setStatus(status);
            return copy;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a resource type needs a public constructor without parameters", e);
        }
    }

    /** resourceVersions of one kind can be compared as numbers (KEP-5504, Kubernetes 1.35). */
    private static long version(CustomResource<?, ?> resource) {
        return Long.parseLong(resource.getMetadata().getResourceVersion());
    }
}
