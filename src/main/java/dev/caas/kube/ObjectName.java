package dev.caas.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Namespace and name of an object of a known kind. */
public record ObjectName(String namespace, String name) {

    /** The name of an object that exists. */
    public static ObjectName of(HasMetadata object) {
        return new ObjectName(
                object.getMetadata().getNamespace(), object.getMetadata().getName());
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
