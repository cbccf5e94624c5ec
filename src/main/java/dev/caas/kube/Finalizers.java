package dev.caas.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The one door for finalizers: what makes the API server wait with a deletion. Those of others stay. Nothing is sent
 * where nothing changes.
 */
public final class Finalizers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_TRIES = 4;

    private final KubernetesClient client;

    public Finalizers(KubernetesClient client) {
        this.client = client;
    }

    /** Puts one on; not on what is already being deleted, which the API server refuses. */
    public <T extends HasMetadata> T add(T object, String finalizer) {
        return object.isMarkedForDeletion() ? object : with(object, finalizer, true);
    }

    /** Takes one off. */
    public <T extends HasMetadata> T remove(T object, String finalizer) {
        return with(object, finalizer, false);
    }

    /** The object as it is afterwards; as it was given if it is gone. */
    private <T extends HasMetadata> T with(T object, String finalizer, boolean wanted) {
        T base = object;
        for (int attempt = 1; base.hasFinalizer(finalizer) != wanted; attempt++) {
            try {
                return client.resource(base)
                        .patch(PatchContext.of(PatchType.JSON_MERGE), patch(base, finalizer, wanted));
            } catch (KubernetesClientException e) {
                if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                    return object;
                }
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == MOST_TRIES) {
                    throw e;
                }
            }
            T current = client.resource(base).get();
            if (current == null
                    || (wanted && current.isMarkedForDeletion())
                    || !current.getMetadata()
                            .getUid()
                            .equals(object.getMetadata().getUid())) {
                return object;
            }
            base = current;
        }
        return base;
    }

    /** A merge patch replaces the list: the resourceVersion makes sure that it is the one that was seen. */
    private static String patch(HasMetadata object, String finalizer, boolean wanted) {
        var others = Optional.ofNullable(object.getMetadata().getFinalizers()).orElse(List.of()).stream()
                .filter(f -> !f.equals(finalizer));
        var finalizers = wanted ? Stream.concat(others, Stream.of(finalizer)).toList() : others.toList();
        try {
            return JSON.writeValueAsString(Map.of(
                    "metadata",
                    Map.of("resourceVersion", object.getMetadata().getResourceVersion(), "finalizers", finalizers)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
