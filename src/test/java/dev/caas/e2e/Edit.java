package dev.caas.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Changes things as people do: with a few lines of YAML, or by hand. */
final class Edit {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Edit() {}

    /** Patches YAML into the spec of an object that is there. */
    static <T extends CustomResource<?, ?>> T spec(KubernetesClient client, T object, String yaml) {
        var spec = JSON.createObjectNode().set("spec", Serialization.unmarshal(yaml, ObjectNode.class));
        return client.resource(object).patch(PatchContext.of(PatchType.JSON_MERGE), spec.toString());
    }

    /** Takes the status away, as a restore from a backup does. */
    static void loseStatus(KubernetesClient client, CustomResource<?, ?> object) {
        client.resource(object).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":null}");
    }

    /** Puts text under a key of a Secret, or takes the key away. */
    static Secret secret(KubernetesClient client, String namespace, String name, String key, @Nullable String text) {
        return client.secrets().inNamespace(namespace).withName(name).edit(s -> {
            var edited = new SecretBuilder(s);
            return text == null
                    ? edited.removeFromData(key).build()
                    : edited.addToData(key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)))
                            .build();
        });
    }

    /** What a Secret has under a key. */
    static String text(Secret secret, String key) {
        return new String(Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
    }
}
