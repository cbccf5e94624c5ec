package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which bindings accounts have shown to be theirs. A key identifier is no secret, so naming one proves nothing: nothing is
 * done at a platform under a binding before its account is on record here ({@link Platforms#of}).
 *
 * <p>One Secret {@code caas-binding-<hash>} for each binding of a platform, in the operator's own namespace. It has the
 * ledger, too: what is known of a binding is kept once, and found again with it.
 */
public final class Bindings {
    private static final String KEY_ID = "keyId";

    private final SecretStore secrets;
    private final AccountRecords records;

    /** @param namespace the operator's own */
    public Bindings(SecretStore secrets, String namespace) {
        this.secrets = secrets;
        this.records = new AccountRecords(secrets, namespace, Ownership.Role.binding);
    }

    /** The binding that an account declares, or that was obtained for it; empty until one was. */
    public Optional<ExternalAccountBinding> of(CaaSAccount account) {
        return BindingSecret.bindingOf(account, secrets);
    }

    /** The key id of the binding that an account has at its platform, if that was shown to be its own. Asks nobody. */
    public Optional<String> proven(CaaSAccount account) {
        return record(account).flatMap(record -> SecretText.of(record, KEY_ID));
    }

    /**
     * The account that has shown a binding of this account's platform to be its own, as it is on record now.
     *
     * @throws SecretTakenException if a Secret of the record's name is none
     */
    public Optional<ObjectName> holder(CaaSAccount account, String keyId) throws SecretTakenException {
        return records.now(account, keyId).flatMap(records::holder);
    }

    /** The account that a Secret is about; empty for one that says of no binding whose it is. */
    public Optional<ObjectName> holder(Secret secret) {
        return records.holder(secret);
    }

    /**
     * Puts on record that a binding of this account's platform is its own, and nobody else's any more.
     *
     * @throws SecretTakenException if a Secret of the record's name is none
     */
    public void take(CaaSAccount account, String keyId) throws SecretTakenException {
        var record = records.now(account, keyId);
        if (record.isPresent()) {
            records.update(record.get(), account, Map.of(KEY_ID, keyId));
        } else {
            records.create(
                    account,
                    keyId,
                    Map.of(KEY_ID, keyId, Ledger.KEY, LedgerEntry.empty().toJson()));
        }
    }

    /** The records of all bindings that are on record as an account's own. */
    List<Secret> records(CaaSAccount account) {
        return account.getSpec().platformRef() == null ? List.of() : records.about(account);
    }

    /** The record of the binding that an account has now, if that is on record as its own. */
    Optional<Secret> record(CaaSAccount account) {
        return account.getSpec().platformRef() == null
                ? Optional.empty()
                : of(account).flatMap(binding -> records.get(account, binding.keyId()));
    }
}
