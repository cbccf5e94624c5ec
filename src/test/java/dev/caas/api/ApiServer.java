package dev.caas.api;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.util.Optional;

/** A real API server, asked what it thinks of YAML as people write it: nothing a Java type would drop is dropped. */
record ApiServer(KubernetesClient client) {
    private static final int MOST_TRIES = 10;

    /** Creates the object of the YAML for real. */
    void accept(String yaml) {
        resource(yaml).fieldValidation(Validation.STRICT).create();
    }

    /** Has the API server check the object of the YAML, unknown fields included, and forget it. */
    void check(String yaml) {
        resource(yaml).dryRun().fieldValidation(Validation.STRICT).create();
    }

    /** Has the API server apply the object of the YAML, as Helm, Argo CD and Flux do, and forget it. */
    void checkApply(String yaml) {
        resource(yaml)
                .dryRun()
                .fieldValidation(Validation.STRICT)
                .fieldManager("test")
                .serverSideApply();
    }

    /** What the API server says against creating the object of the YAML. */
    String refusal(String yaml) {
        return message(refusal(() -> check(yaml)));
    }

    /**
     * What the API server says against changing what is there into the object of the YAML. The client reads it first for
     * its resourceVersion: an operator that writes the status in between is no refusal.
     */
    String refusalOfChange(String yaml) {
        for (int attempt = 1; ; attempt++) {
            var refused = refusal(
                    () -> resource(yaml).fieldValidation(Validation.STRICT).update());
            boolean stale = refused.filter(e -> e.getCode() == HttpURLConnection.HTTP_CONFLICT)
                    .isPresent();
            if (!stale || attempt == MOST_TRIES) {
                return message(refused);
            }
        }
    }

    private Resource<GenericKubernetesResource> resource(String yaml) {
        return client.resource(Serialization.unmarshal(yaml, GenericKubernetesResource.class));
    }

    private static Optional<KubernetesClientException> refusal(Runnable request) {
        return Optional.ofNullable(catchThrowableOfType(KubernetesClientException.class, request::run));
    }

    private static String message(Optional<KubernetesClientException> refused) {
        return refused.map(KubernetesClientException::getMessage).orElse("accepted");
    }
}
