package dev.caas;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.ManagedCertificate;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class ObjectReadingTest {
    private final KubernetesSerialization reading = reading();

    private static KubernetesSerialization reading() {
        var mapper = new ObjectMapper();
        new ObjectReading().inLittleRoom().customize(mapper);
        return new ObjectReading().serialization(mapper);
    }

    @Test
    void whatManyObjectsSayIsOneString() {
        var one = certificate("one");
        var other = certificate("other");

        assertThat(other.getMetadata().getNamespace()).isEqualTo("shop");
        assertThat(other.getMetadata().getNamespace())
                .isSameAs(one.getMetadata().getNamespace());
        assertThat(other.getMetadata().getLabels().get("team"))
                .isSameAs(one.getMetadata().getLabels().get("team"));
    }

    @Test
    void whatIsSecretIsKeptNowhereElse() {
        var one = secret();
        var other = secret();

        assertThat(other.getMetadata().getNamespace())
                .isSameAs(one.getMetadata().getNamespace());
        assertThat(other.getData()).isEqualTo(one.getData());
        assertThat(other.getData().get("password")).isNotSameAs(one.getData().get("password"));
    }

    @Test
    void managedFieldsAreNotKept() {
        assertThat(certificate("one").getMetadata().getManagedFields()).isEmpty();
    }

    @Test
    void whatAWatchBringsHasItsType() {
        assertThat(watched("caas.dev/v1alpha1", "ManagedCertificate")).isInstanceOf(ManagedCertificate.class);
        assertThat(watched("v1", "Secret")).isInstanceOf(Secret.class);
        assertThat(watched("v1", "Status")).isInstanceOf(Status.class);
    }

    private Object watched(String apiVersion, String kind) {
        return reading.unmarshal("""
                        {"type": "ADDED", "object": {"apiVersion": "%s", "kind": "%s", "metadata": {}}}
                        """.formatted(apiVersion, kind), WatchEvent.class)
                .getObject();
    }

    private ManagedCertificate certificate(String name) {
        return reading.unmarshal("""
                {"apiVersion": "caas.dev/v1alpha1", "kind": "ManagedCertificate",
                 "metadata": {"name": "%s", "namespace": "shop", "labels": {"team": "web"},
                   "managedFields": [{"manager": "kubectl", "operation": "Apply"}]},
                 "spec": {"secretName": "%1$s-tls", "dnsNames": ["%1$s.example.com"]}}
                """.formatted(name), ManagedCertificate.class);
    }

    private Secret secret() {
        return reading.unmarshal("""
                {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "shop"},
                 "data": {"password": "aHVudGVyMg=="}}
                """, Secret.class);
    }
}
