package dev.caas.kube;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What Secrets say, read once for each version of a Secret: an account's key and ledger are asked for several times a
 * certificate. Safe for many threads.
 *
 * @param <T> what is read
 * @param <E> what reading throws
 */
public final class Parsed<T, E extends Exception> {
    private final Reader<T, E> reader;
    private final Map<ObjectName, Version<T>> known = new ConcurrentHashMap<>();

    private record Version<T>(String uid, String resourceVersion, T value) {}

    /** Reads a Secret. */
    public interface Reader<T, E extends Exception> {
        T read(Secret secret) throws E;
    }

    public Parsed(Reader<T, E> reader) {
        this.reader = reader;
    }

    /** Whose it was is gone for good. */
    public void forget(ObjectName name) {
        known.remove(name);
    }

    /** What this Secret says. */
    public T of(Secret secret) throws E {
        var name = ObjectName.of(secret);
        var meta = secret.getMetadata();
        var version = known.get(name);
        if (version == null
                || !version.uid.equals(meta.getUid())
                || !version.resourceVersion.equals(meta.getResourceVersion())) {
            version = new Version<>(meta.getUid(), meta.getResourceVersion(), reader.read(secret));
            known.put(name, version);
        }
        return version.value;
    }
}
