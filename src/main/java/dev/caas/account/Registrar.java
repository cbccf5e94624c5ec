package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.acme.ExternalAccountBinding;
import dev.caas.api.CaaSAccount;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Gets an account registered: key first into the Secret, then ask whether the CA knows it, then, and only then, spend the
 * binding. Killed anywhere in between, the next run finds what the last one did.
 */
final class Registrar {
    private final Accounts accounts;
    private final SecretStore secrets;
    private final AuditLog audit;

    Registrar(Accounts accounts, SecretStore secrets, AuditLog audit) {
        this.accounts = accounts;
        this.secrets = secrets;
        this.audit = audit;
    }

    /** What came of it. */
    sealed interface Outcome {
        /** The account is there and its URL is stored. */
        record Registered(AcmeAccount account, boolean isNew) implements Outcome {}

        record Failed(Trouble trouble) implements Outcome {}
    }

    /** The Secret with the binding's MAC key, as it is now. */
    Optional<Secret> bindingSecret(CaaSAccount account) {
        var ref = account.getSpec().externalAccountBinding().macKeySecretRef();
        return secrets.readNow(new ObjectName(account.getMetadata().getNamespace(), ref.name()));
    }

    /**
     * Registers, or finds again, the account.
     *
     * @param bindingSecret the Secret with the MAC key, if it is there
     */
    Outcome register(CaaSAccount account, Optional<Secret> bindingSecret) {
        try {
            var known = accounts.key(account);
            if (known.isPresent()) {
                if (!Accounts.isFor(known.get(), account)) {
                    return failed(Reason.Conflict, otherBinding(account, known.get()));
                }
                var found = accounts.server(account).find(known.get().key().pair());
                if (found.isPresent()) {
                    accounts.store(account, known.get().registeredAs(found.get().url()));
                    record(AuditRecord.Type.ACCOUNT_RECOVERED, account, found.get());
                    return new Outcome.Registered(found.get(), false);
                }
            }
            return registerNew(account, known, bindingSecret);
        } catch (AcmeFailure e) {
            return new Outcome.Failed(Refusals.of(e, account.getSpec()));
        } catch (CertificateException e) {
            return failed(
                    Reason.InvalidSpec,
                    "spec.caBundle cannot be used: " + e.getMessage() + ". It must be base64 of PEM certificates.");
        } catch (IllegalArgumentException e) {
            return failed(
                    Reason.InvalidSpec, "spec.server is not a URL that can be used. Copy it from the CA platform.");
        } catch (InvalidPemException e) {
            return failed(
                    Reason.Conflict,
                    "the account Secret holds no usable key: " + e.getMessage()
                            + ". Restore it from a backup, or delete it to register anew.");
        } catch (SecretTakenException e) {
            return failed(Reason.SecretConflict, e.getMessage() + ". Rename or delete it, or rename this account.");
        }
    }

    private Outcome registerNew(CaaSAccount account, Optional<AccountKey> known, Optional<Secret> bindingSecret)
            throws AcmeFailure, CertificateException, SecretTakenException {
        var spec = account.getSpec();
        var ref = spec.externalAccountBinding().macKeySecretRef();
        if (bindingSecret.isEmpty()) {
            return failed(
                    Reason.SecretNotFound,
                    "Secret '" + ref.name() + "' with the binding's MAC key does not exist in this namespace. Create it"
                            + " with key '" + ref.key() + "'.");
        }
        var encoded = Optional.ofNullable(bindingSecret.get().getData())
                .orElse(Map.of())
                .get(ref.key());
        if (encoded == null) {
            return failed(
                    Reason.SecretKeyMissing,
                    "Secret '" + ref.name() + "' has no key '" + ref.key()
                            + "'. Put the binding's MAC key there, or correct macKeySecretRef.");
        }
        ExternalAccountBinding binding;
        try {
            binding = ExternalAccountBinding.of(
                    spec.externalAccountBinding().keyId(),
                    new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8),
                    spec.externalAccountBinding().macAlgorithm().name());
        } catch (IllegalArgumentException e) {
            return failed(
                    Reason.BindingRejected,
                    "Secret '" + ref.name() + "', key '" + ref.key() + "': " + e.getMessage()
                            + ". Copy it again from the CA platform.");
        }
        var key = known.isPresent() ? known.get() : newKey(account);
        var registered = accounts.server(account).register(key.key().pair(), spec.contacts(), binding);
        accounts.store(account, key.registeredAs(registered.url()));
        record(AuditRecord.Type.ACCOUNT_REGISTERED, account, registered);
        return new Outcome.Registered(registered, true);
    }

    private AccountKey newKey(CaaSAccount account) throws SecretTakenException {
        var spec = account.getSpec();
        var key = new AccountKey(
                CertificateKey.generate(KeyAlgorithm.ECDSA_P256),
                spec.server(),
                spec.externalAccountBinding().keyId(),
                null);
        accounts.store(account, key);
        return key;
    }

    private static String otherBinding(CaaSAccount account, AccountKey key) {
        return "Secret '" + account.getMetadata().getName() + "-account' holds the account of key id '" + key.keyId()
                + "' at " + key.server() + ". Use another name for this CaaSAccount, or delete the Secret if that"
                + " account is not needed any more.";
    }

    private static Outcome failed(Reason reason, String message) {
        return new Outcome.Failed(Trouble.lasting(reason, message));
    }

    private void record(AuditRecord.Type type, CaaSAccount account, AcmeAccount registered) {
        audit.record(
                type,
                account,
                Map.of(
                        "server", account.getSpec().server(),
                        "keyId", account.getSpec().externalAccountBinding().keyId(),
                        "accountUrl", registered.url().toString(),
                        "keyThumbprint", registered.keyThumbprint()));
    }
}
