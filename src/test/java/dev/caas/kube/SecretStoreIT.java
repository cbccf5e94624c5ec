package dev.caas.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of Secrets that others write at the same moment. */
@ExtendWith(CaasExtension.class)
class SecretStoreIT {
    private static final Ownership OWN = new Ownership(Ownership.Role.certificate, "ManagedCertificate", "none");

    @Test
    void aSecretIsReplacedByOneOfAnotherType(TestNamespace namespace) throws SecretTakenException {
        try (var store = store(namespace)) {
            var seen = store.create(secret(namespace, "Opaque"));

            store.replace(seen, secret(namespace, "example.test/other"));

            assertThat(namespace.client().resource(seen).require().getType()).isEqualTo("example.test/other");
        }
    }

    /** It is still ours: who lost the race looks again. */
    @Test
    void aSecretThatChangedMeanwhileIsNotReplacedNorTakenForSomebodyElses(TestNamespace namespace)
            throws SecretTakenException {
        try (var store = store(namespace)) {
            var seen = store.create(secret(namespace, "Opaque"));
            namespace
                    .client()
                    .resource(seen)
                    .edit(s -> new SecretBuilder(s).addToData("theirs", "eA==").build());

            var refused = catchThrowableOfType(
                    KubernetesClientException.class,
                    () -> store.replace(seen, secret(namespace, "example.test/other")));

            assertThat(refused.getCode()).isEqualTo(409);
            assertThat(namespace.client().resource(seen).require().getData()).containsKey("theirs");
        }
    }

    @Test
    void aSecretThatChangedMeanwhileIsNotDeletedWhichIsSaidWhereItIsAsked(TestNamespace namespace)
            throws SecretTakenException {
        try (var store = store(namespace)) {
            var seen = store.create(secret(namespace, "Opaque"));
            namespace
                    .client()
                    .resource(seen)
                    .edit(s -> new SecretBuilder(s).addToData("theirs", "eA==").build());

            var refused = catchThrowableOfType(KubernetesClientException.class, () -> store.deleteAsSeen(seen));
            store.delete(seen);

            assertThat(refused.getCode()).isEqualTo(409);
            assertThat(namespace.client().resource(seen).require().getData()).containsKey("theirs");
        }
    }

    private static SecretStore store(TestNamespace namespace) {
        return new SecretStore(namespace.client(), new WatchedNamespaces(Set.of(namespace.name())), Clock.systemUTC());
    }

    private static Secret secret(TestNamespace namespace, String type) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName("www-tls")
                .withLabels(OWN.labels())
                .endMetadata()
                .withType(type)
                .withData(Map.of("key", "eA=="))
                .build();
    }
}
