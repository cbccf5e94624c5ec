package dev.caas.platform.local;

import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import dev.caas.kube.Sha256;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where Local platforms keep what bindings have: one Secret {@code caas-local-<hash of the key id>} each, in the
 * operator's own namespace and without an owner, so that it outlives a tenant's namespace, the CaaSPlatform and the
 * operator's installation. It is read anew whenever it is asked for, as a platform elsewhere would be: after a write of
 * unknown outcome no cache may answer.
 */
public final class LocalBooks {
    /** Key of the Secret's data under which the entry is kept. */
    static final String ENTRY = "ledger.json";

    /** Key of the Secret's data that tells people whose entry it is. */
    static final String KEY_ID = "keyId";

    private static final int HASH_BYTES = 16;

    private final SecretStore secrets;
    private final String namespace;

    /** What is bought is read and written by one at a time. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Something to do to what a binding has. */
    interface Change {
        Sale of(LedgerEntry before) throws PlatformFailure;
    }

    /** @param namespace the operator's own */
    public LocalBooks(SecretStore secrets, String namespace) {
        this.secrets = secrets;
        this.namespace = namespace;
    }

    /** What a binding has; empty if it never had anything. */
    LedgerEntry entry(String platform, String keyId) throws PlatformFailure {
        return entry(secret(platform, keyId));
    }

    /** Changes what a binding has, and says what came of it. */
    Sale change(String platform, String keyId, Change change) throws PlatformFailure {
        writing.lock();
        try {
            var secret = secret(platform, keyId);
            var sale = change.of(entry(secret));
            write(secret, platform, keyId, sale.after());
            return sale;
        } finally {
            writing.unlock();
        }
    }

    private ObjectName name(String keyId) {
        return new ObjectName(namespace, "caas-local-" + hash(keyId));
    }

    /** By platform and binding, as one platform keeps many. */
    private static Ownership ownership(String platform, String keyId) {
        return new Ownership(Ownership.Role.local, "CaaSPlatform", platform + "-" + hash(keyId));
    }

    private Optional<Secret> secret(String platform, String keyId) throws PlatformFailure {
        var name = name(keyId);
        Optional<Secret> secret;
        try {
            secret = secrets.readNow(name);
        } catch (KubernetesClientException e) {
            throw new PlatformFailure(Kind.UNREACHABLE, "Secret " + name + " cannot be read: " + e.getMessage(), e);
        }
        if (secret.isPresent() && !ownership(platform, keyId).isOn(secret.get())) {
            throw taken(name, platform);
        }
        return secret;
    }

    private static PlatformFailure taken(ObjectName name, String platform) {
        return new PlatformFailure(
                Kind.REFUSED,
                "Secret " + name + " is not kept by CaaSPlatform " + platform
                        + ": if another CaaSPlatform keeps this binding (see its labels), name that one");
    }

    private LedgerEntry entry(Optional<Secret> secret) throws PlatformFailure {
        if (secret.isEmpty()) {
            return LedgerEntry.empty();
        }
        try {
            return LedgerEntry.fromJson(SecretText.of(secret.get(), ENTRY).orElse(""));
        } catch (LedgerUnreadableException | IllegalArgumentException e) {
            throw new PlatformFailure(
                    Kind.REFUSED,
                    "Secret " + ObjectName.of(secret.get()) + ", key " + ENTRY + ": " + e.getMessage()
                            + "; nothing is written over it",
                    e);
        }
    }

    private void write(Optional<Secret> before, String platform, String keyId, LedgerEntry entry)
            throws PlatformFailure {
        var data = Map.of(KEY_ID, SecretText.encoded(keyId), ENTRY, SecretText.encoded(entry.toJson()));
        var name = name(keyId);
        try {
            if (before.isPresent()) {
                secrets.update(SecretStore.edit(before.get()).addToData(data).build());
            } else {
                secrets.create(ownership(platform, keyId).newSecret(name, data));
            }
        } catch (SecretTakenException e) {
            throw new PlatformFailure(
                    Kind.UNREACHABLE, "Secret " + name + " was created by somebody else just now: nothing was done", e);
        } catch (KubernetesClientException e) {
            throw failed(name, e);
        }
    }

    private static PlatformFailure failed(ObjectName name, KubernetesClientException e) {
        if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
            return new PlatformFailure(
                    Kind.UNREACHABLE, "Secret " + name + " was changed by somebody else just now: nothing was done", e);
        }
        if (e.getCode() >= 400 && e.getCode() < 500) {
            return new PlatformFailure(
                    Kind.REFUSED,
                    "Secret " + name + " cannot be written, nothing was done: " + e.getMessage()
                            + "; the namespace must exist, and the operator must be allowed to write Secrets in it",
                    e);
        }
        return new PlatformFailure(
                Kind.UNKNOWN_OUTCOME,
                "whether Secret " + name + " was written is not known, it is read back: " + e.getMessage(),
                e);
    }

    private static String hash(String keyId) {
        return Sha256.of(keyId, HASH_BYTES);
    }
}
