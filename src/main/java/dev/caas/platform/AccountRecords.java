package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import dev.caas.kube.Sha256;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Secrets of the operator's own namespace that each say something of one account at its platform. No tenant can write or
 * lose them. They have no owner, and outlive the account, its namespace, the CaaSPlatform and the operator's installation:
 * whoever is called the same in a namespace of the same name is the same account.
 */
final class AccountRecords {
    private static final String PLATFORM = "platform";
    private static final String ACCOUNT = "account";
    private static final int HASH_BYTES = 16;

    private final SecretStore secrets;
    private final String namespace;
    private final Ownership.Role role;

    /** @param namespace the operator's own */
    AccountRecords(SecretStore secrets, String namespace, Ownership.Role role) {
        this.secrets = secrets;
        this.namespace = namespace;
        this.role = role;
    }

    /** The record about something of a platform, if it is about this account; from the cache. */
    Optional<Secret> get(CaaSAccount account, String id) {
        return secrets.get(ownership(ObjectName.of(account)), place(account, id))
                .filter(record -> isAbout(record, account));
    }

    /**
     * The record about something of a platform, whomever it is about, as it is now.
     *
     * @throws SecretTakenException if a Secret of its name is none
     */
    Optional<Secret> now(CaaSAccount account, String id) throws SecretTakenException {
        var place = place(account, id);
        var found = secrets.readNow(place);
        if (found.isPresent() && holder(found.get()).isEmpty()) {
            throw new SecretTakenException(place);
        }
        return found;
    }

    /** All records about an account at its platform, as the watch has them. */
    List<Secret> about(CaaSAccount account) {
        return secrets.list(ownership(ObjectName.of(account)), namespace).stream()
                .filter(record -> isAbout(record, account))
                .toList();
    }

    /** All records, as the watch has them. */
    List<Secret> all() {
        return secrets.list(role).stream()
                .filter(s -> s.getMetadata().getNamespace().equals(namespace))
                .toList();
    }

    /** The account that a Secret is about; empty for one that is no record of this kind. */
    Optional<ObjectName> holder(Secret secret) {
        var labels = Optional.ofNullable(secret.getMetadata().getLabels()).orElse(Map.of());
        var name = SecretText.of(secret, ACCOUNT).map(n -> n.split("/", 2)).orElse(new String[0]);
        return secret.getMetadata().getNamespace().equals(namespace)
                        && role.name().equals(labels.get(Ownership.ROLE))
                        && name.length == 2
                ? Optional.of(new ObjectName(name[0], name[1]))
                : Optional.empty();
    }

    /** Whether a record is about an account, at the platform that this one has now. */
    boolean isAbout(Secret record, CaaSAccount account) {
        return holder(record).filter(ObjectName.of(account)::equals).isPresent()
                && SecretText.of(record, PLATFORM)
                        .filter(platform(account)::equals)
                        .isPresent();
    }

    /** @throws SecretTakenException if there is a Secret of its name */
    Secret create(CaaSAccount account, String id, Map<String, String> texts) throws SecretTakenException {
        return secrets.create(ownership(ObjectName.of(account)).newSecret(place(account, id), data(account, texts)));
    }

    /** Changes what a record says, of this account from here on; whatever else it says stays. */
    Secret update(Secret record, CaaSAccount account, Map<String, String> texts) {
        return secrets.update(SecretStore.edit(record)
                .editMetadata()
                .addToLabels(ownership(ObjectName.of(account)).labels())
                .endMetadata()
                .addToData(data(account, texts))
                .build());
    }

    private static Map<String, String> data(CaaSAccount account, Map<String, String> texts) {
        var data = new HashMap<>(texts);
        data.put(PLATFORM, platform(account));
        data.put(ACCOUNT, ObjectName.of(account).toString());
        data.replaceAll((_, text) -> SecretText.encoded(text));
        return data;
    }

    /** No namespace has a dot in its name. */
    private Ownership ownership(ObjectName account) {
        return new Ownership(role, "CaaSAccount", account.namespace() + "." + account.name());
    }

    private ObjectName place(CaaSAccount account, String id) {
        return new ObjectName(namespace, "caas-" + role + "-" + Sha256.of(platform(account) + "\n" + id, HASH_BYTES));
    }

    private static String platform(CaaSAccount account) {
        return Platforms.nameOf(account).orElseThrow();
    }
}
