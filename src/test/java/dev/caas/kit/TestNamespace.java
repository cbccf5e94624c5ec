package dev.caas.kit;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A namespace that one test has for itself, and DNS names that no other test uses. */
public final class TestNamespace {
    private final Stage stage;
    private final String name;

    TestNamespace(Stage stage, String name) {
        this.stage = stage;
        this.name = name;
    }

    public String name() {
        return name;
    }

    public Stage stage() {
        return stage;
    }

    /** The administrator's client, not bound to the namespace. */
    public KubernetesClient client() {
        return stage.client();
    }

    /** The zone of this test's names: {@code <namespace>.example.test}, a part of {@link Bind#ZONE}. */
    public String domain() {
        return name + "." + Bind.ZONE;
    }

    /** A name in {@link #domain()}. */
    public String dnsName(String label) {
        return label + "." + domain();
    }

    public Secret secret(String secretName, Map<String, String> values) {
        return stage.secret(name, secretName, values);
    }

    /** Creates an object of the namespace. */
    public <T extends HasMetadata> T create(T object) {
        object.getMetadata().setNamespace(name);
        return client().resource(object).create();
    }

    /** Applies YAML documents server-side, into the namespace where they name none. */
    public List<HasMetadata> apply(String yaml) {
        return client().load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))).items().stream()
                .map(object -> client().resource(object)
                        .inNamespace(name)
                        .forceConflicts()
                        .serverSideApply())
                .toList();
    }

    /** Reads an object of the namespace anew. */
    public <T extends HasMetadata> T get(Class<T> type, String objectName) {
        return client().resources(type).inNamespace(name).withName(objectName).require();
    }

    /** Starts the deletion of the namespace and does not wait. */
    void delete() {
        client().namespaces().withName(name).delete();
    }
}
