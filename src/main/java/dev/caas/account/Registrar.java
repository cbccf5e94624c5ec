package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Gets an account registered: key first into the Secret, then ask whether the CA knows it, then, and only then, spend the
 * binding. Killed anywhere in between, the next run finds what the last one did.
 */
final class Registrar {
    private final Accounts accounts;
    private final SecretStore secrets;
    private final AuditLog audit;
    private final Clock clock;

    Registrar(Accounts accounts, SecretStore secrets, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.secrets = secrets;
        this.audit = audit;
        this.clock = clock;
    }

    /** What came of it. */
    sealed interface Outcome {
        /** The account is there and its URL is stored. */
        record Registered(AcmeAccount account, boolean isNew) implements Outcome {}

        record Failed(Trouble trouble) implements Outcome {}
    }

    /** The Secret with the binding's MAC key, as it is now. */
    Optional<Secret> bindingSecret(CaaSAccount account, ExternalAccountBinding binding) {
        return secrets.readNow(new ObjectName(
                account.getMetadata().getNamespace(), binding.macKeySecretRef().name()));
    }

    /**
     * Registers, or finds again, the account of the declared binding. Another one that was in use before is retired.
     *
     * @param bindingSecret the Secret with the MAC key, if it is there
     */
    Outcome register(CaaSAccount account, ExternalAccountBinding binding, Optional<Secret> bindingSecret) {
        try {
            var kept = accounts.kept(account);
            var known = kept.stream()
                    .flatMap(AccountSecret::all)
                    .filter(k -> k.isFor(account, binding.keyId()))
                    .findFirst();
            if (known.isPresent() && known.get().isDeactivated()) {
                return deactivated(known.get());
            }
            if (known.isPresent() && !kept.get().current().hasBindingOf(known.get())) {
                takeUp(account, kept.get(), known.get());
                if (known.get().isRegistered()) {
                    return new Outcome.Registered(opened(account, known.get()), false);
                }
            }
            if (known.isPresent()) {
                var found = find(account, known.get());
                if (found.isPresent()) {
                    record(AuditRecord.Type.ACCOUNT_RECOVERED, account, binding, found.get());
                    accounts.store(account, known.get().registeredAs(found.get().url()));
                    return new Outcome.Registered(found.get(), false);
                }
            }
            return registerNew(account, binding, kept, known, bindingSecret);
        } catch (DeactivatedException e) {
            return deactivated(e.account);
        } catch (AcmeFailure e) {
            return new Outcome.Failed(Refusals.of(e, account.getSpec(), Optional.of(binding)));
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

    /** Asks for the account of a key; one that was given up a CA refuses to return (RFC 8555 section 7.3.6). */
    private Optional<AcmeAccount> find(CaaSAccount account, AccountKey key)
            throws AcmeFailure, CertificateException, SecretTakenException, DeactivatedException {
        try {
            return accounts.server(account).find(key.key().pair());
        } catch (AcmeFailure e) {
            if (e.kind() == AcmeFailure.Kind.BLOCKED
                    && e.detail().toLowerCase(Locale.ROOT).contains("deactivated")) {
                var gone = key.deactivated(clock.instant());
                accounts.store(account, gone);
                throw new DeactivatedException(gone);
            }
            throw e;
        }
    }

    /** The CA says that the account was given up. */
    private static final class DeactivatedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient AccountKey account;

        DeactivatedException(AccountKey account) {
            this.account = account;
        }
    }

    private AcmeAccount opened(CaaSAccount account, AccountKey key) throws CertificateException {
        return accounts.server(account)
                .account(Objects.requireNonNull(key.url()), key.key().pair());
    }

    /** Takes an account into use in place of another, which is retired: in one write, so that neither is ever lost. */
    private void takeUp(CaaSAccount account, AccountSecret kept, AccountKey key) throws SecretTakenException {
        accounts.store(account, kept.movedTo(key));
        var old = kept.current();
        audit.record(
                AuditRecord.Type.ACCOUNT_RETIRED,
                account,
                Map.of(
                        "server", old.server(),
                        "keyId", old.keyId(),
                        "accountUrl", String.valueOf(old.url()),
                        "keyThumbprint", AcmeAccount.thumbprint(old.key().pair().getPublic())));
    }

    private Outcome registerNew(
            CaaSAccount account,
            ExternalAccountBinding declared,
            Optional<AccountSecret> kept,
            Optional<AccountKey> known,
            Optional<Secret> bindingSecret)
            throws AcmeFailure, CertificateException, SecretTakenException {
        var spec = account.getSpec();
        var ref = declared.macKeySecretRef();
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
        dev.caas.acme.ExternalAccountBinding binding;
        try {
            binding = dev.caas.acme.ExternalAccountBinding.of(
                    declared.keyId(),
                    SecretText.decoded(encoded),
                    declared.macAlgorithm().name());
        } catch (IllegalArgumentException e) {
            return failed(
                    Reason.BindingRejected,
                    "Secret '" + ref.name() + "', key '" + ref.key() + "': " + e.getMessage()
                            + ". Copy it again from the CA platform.");
        }
        var key = known.isPresent()
                ? stored(account, known.get().withContacts(spec.contacts()))
                : newKey(account, declared, kept);
        var registered = accounts.server(account).register(key.key().pair(), spec.contacts(), binding);
        record(AuditRecord.Type.ACCOUNT_REGISTERED, account, declared, registered);
        accounts.store(account, key.registeredAs(registered.url()));
        return new Outcome.Registered(registered, true);
    }

    /** What the CA is about to be told is noted before. */
    private AccountKey stored(CaaSAccount account, AccountKey key) throws SecretTakenException {
        if (!accounts.ofBinding(account).equals(Optional.of(key))) {
            accounts.store(account, key);
        }
        return key;
    }

    /** Every binding has a key of its own: for a known key the CA would return the account that it belongs to. */
    private AccountKey newKey(CaaSAccount account, ExternalAccountBinding binding, Optional<AccountSecret> kept)
            throws SecretTakenException {
        var key = AccountKey.fresh(
                CertificateKey.generate(account.getSpec().privateKeyAlgorithm()),
                account,
                binding.keyId(),
                clock.instant());
        if (kept.isPresent()) {
            takeUp(account, kept.get(), key);
        } else {
            accounts.store(account, key);
        }
        return key;
    }

    private static Outcome deactivated(AccountKey key) {
        return failed(
                Reason.Deactivated,
                "the ACME account " + key.url() + " of key id '" + key.keyId() + "' was deactivated at "
                        + key.deactivatedAt()
                        + ", which is final. Use another binding: spec.externalAccountBinding.keyId.");
    }

    private static Outcome failed(Reason reason, String message) {
        return new Outcome.Failed(Trouble.lasting(reason, message));
    }

    /** Before it is stored: killed in between, it is found and recorded again, where otherwise it never would be. */
    private void record(
            AuditRecord.Type type, CaaSAccount account, ExternalAccountBinding binding, AcmeAccount registered) {
        audit.record(
                type,
                account,
                Map.of(
                        "server", account.getSpec().server(),
                        "keyId", binding.keyId(),
                        "accountUrl", registered.url().toString(),
                        "keyThumbprint", registered.keyThumbprint()));
    }
}
