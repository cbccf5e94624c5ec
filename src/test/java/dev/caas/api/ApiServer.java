package dev.caas.api;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;

/** A real API server, asked what it thinks of YAML as people write it: nothing a Java type would drop is dropped. */
record ApiServer(KubernetesClient client) {
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
        return message(() -> check(yaml));
    }

    /** What the API server says against changing what is there into the object of the YAML. */
    String refusalOfChange(String yaml) {
        return message(() -> resource(yaml).fieldValidation(Validation.STRICT).update());
    }

    private Resource<GenericKubernetesResource> resource(String yaml) {
        return client.resource(Serialization.unmarshal(yaml, GenericKubernetesResource.class));
    }

    private static String message(Runnable request) {
        KubernetesClientException refused = catchThrowableOfType(KubernetesClientException.class, request::run);
        return refused == null ? "accepted" : String.valueOf(refused.getMessage());
    }
}
