package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A Secret that nobody may create in a namespace, as a quota or a policy has it. */
record ForbiddenSecret(TestNamespace namespace, List<HasMetadata> rule) implements AutoCloseable {
    static final String BECAUSE = "not in this namespace";

    /** Forbids it; the API server does from here on. */
    static ForbiddenSecret of(TestNamespace namespace, String name) {
        var forbidden = new ForbiddenSecret(
                namespace,
                namespace
                        .client()
                        .load(new ByteArrayInputStream(
                                """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: "%1$s"}
                spec:
                  failurePolicy: Fail
                  matchConstraints:
                    resourceRules:
                    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets]}
                  validations:
                  - {expression: "object.metadata.name != '%2$s'", message: %3$s}
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: "%1$s"}
                spec:
                  policyName: "%1$s"
                  validationActions: [Deny]
                  matchResources:
                    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "%1$s"}}
                """.formatted(namespace.name(), name, BECAUSE).getBytes(StandardCharsets.UTF_8)))
                        .create());
        var tried = new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(name)
                .endMetadata()
                .build();
        soon().untilAsserted(() -> assertThatThrownBy(
                        () -> namespace.client().resource(tried).dryRun().create())
                .hasMessageContaining(BECAUSE));
        assertThat(forbidden.rule).hasSize(2);
        return forbidden;
    }

    /** Takes it back. */
    void allow() {
        rule.forEach(r -> namespace.client().resource(r).delete());
    }

    @Override
    public void close() {
        allow();
    }
}
