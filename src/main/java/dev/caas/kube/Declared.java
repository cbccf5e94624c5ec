package dev.caas.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Which declaration an object carries: another one whenever its spec changes, it begins to be deleted, or it is another
 * object of the same name. Its status does not count.
 */
public record Declared(@Nullable String uid, @Nullable Long generation) {

    public static Declared by(HasMetadata object) {
        var meta = object.getMetadata();
        return new Declared(meta.getUid(), meta.getGeneration());
    }
}
