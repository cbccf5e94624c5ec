package dev.caas.kube;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The door for finalizers: an object carries one only while its deletion has work to do. Those of others are kept, and
 * nothing else of the object is written.
 */
public final class Finalizers {
    private final KubernetesClient client;

    public Finalizers(KubernetesClient client) {
        this.client = client;
    }

    /** Whether an object carries a finalizer. */
    public static boolean isOn(CustomResource<?, ?> object, String finalizer) {
        return of(object).contains(finalizer);
    }

    /**
     * Puts a finalizer on an object, or takes it off, unless that is how it is.
     *
     * @return the object as it is then; as it was if it is gone
     * @throws KubernetesClientException 409 if the object was changed meanwhile
     */
    public <R extends CustomResource<?, ?>> R set(R object, String finalizer, boolean wanted) {
        if (isOn(object, finalizer) == wanted) {
            return object;
        }
        var finalizers = new ArrayList<>(of(object));
        finalizers.remove(finalizer);
        if (wanted) {
            finalizers.add(finalizer);
        }
        var metadata = Map.of(
                "metadata",
                Map.of("resourceVersion", object.getMetadata().getResourceVersion(), "finalizers", finalizers));
        try {
            return client.resource(object)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            client.getKubernetesSerialization().asJson(metadata));
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return object;
            }
            throw e;
        }
    }

    private static List<String> of(CustomResource<?, ?> object) {
        return Optional.ofNullable(object.getMetadata().getFinalizers()).orElse(List.of());
    }
}
