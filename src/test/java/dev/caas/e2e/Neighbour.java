package dev.caas.e2e;

import dev.caas.kit.Contract;
import dev.caas.kit.Stage;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;

/** A second namespace, somebody else's; gone when closed. */
record Neighbour(Stage stage, String name) implements AutoCloseable {
    static Neighbour of(Stage stage) {
        return new Neighbour(stage, stage.namespace("neighbour"));
    }

    /** What the neighbour writes under this authority. */
    Contract contract(Stage.Authority authority) {
        return new Contract(stage, name, authority);
    }

    /** Labels the namespace, as only the cluster's administrator may. */
    void label(String key, String value) {
        stage.client()
                .namespaces()
                .withName(name)
                .edit(n -> new NamespaceBuilder(n)
                        .editMetadata()
                        .addToLabels(key, value)
                        .endMetadata()
                        .build());
    }

    @Override
    public void close() {
        stage.client().namespaces().withName(name).delete();
    }
}
