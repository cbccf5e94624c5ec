package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.CaaSAccountSpec.MacAlgorithm;
import dev.caas.api.SecretKeyRef;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretText;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Secret {@code <account>-eab} beside an account, with a binding that was obtained from a platform: where it is used.
 * {@link PreRegistrations} keeps it where no tenant can lose it. It has no owner reference.
 */
public final class BindingSecret {
    private static final String KEY_ID = "keyId";
    private static final String MAC_KEY = "macKey";

    private BindingSecret() {}

    /** The ownership of an account's binding Secret. */
    public static Ownership ownership(String account) {
        return new Ownership(Ownership.Role.eab, "CaaSAccount", account);
    }

    /** The Secret for a binding that was handed out to an account. */
    public static Secret of(CaaSAccount account, NewBinding binding) {
        var data = Map.of(KEY_ID, SecretText.encoded(binding.keyId()), MAC_KEY, SecretText.encoded(binding.macKey()));
        var meta = account.getMetadata();
        return ownership(meta.getName()).newSecret(meta.getNamespace(), data);
    }

    /** The binding as an account would declare it; empty if the Secret names none. */
    public static Optional<ExternalAccountBinding> binding(Secret secret) {
        return Optional.ofNullable(secret.getData())
                .map(data -> data.get(KEY_ID))
                .map(id -> new ExternalAccountBinding(
                        new String(Base64.getMimeDecoder().decode(id), StandardCharsets.UTF_8).strip(),
                        new SecretKeyRef(secret.getMetadata().getName(), MAC_KEY),
                        MacAlgorithm.HS256));
    }

    /** The binding that an account declares, or the one in its Secret; empty until one was obtained. */
    public static Optional<ExternalAccountBinding> bindingOf(CaaSAccount account, SecretStore secrets) {
        var meta = account.getMetadata();
        return Optional.ofNullable(account.getSpec().externalAccountBinding())
                .or(() -> secrets.get(ownership(meta.getName()), meta.getNamespace())
                        .flatMap(BindingSecret::binding));
    }
}
