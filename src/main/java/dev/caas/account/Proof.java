package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import dev.caas.platform.Bindings;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PreRegistrations;
import dev.caas.platform.PreRegistrations.Place;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Has a registered account show that a binding is its own, once, and puts that on record. That a CA took the binding proves
 * little: the account says which CA that is, and its Secret is its namespace's to write. What proves it is the MAC key: of a
 * binding that was handed out to the account it is known here, and of any other the platform is asked whether it is the one
 * in the account's Secret. Where a platform tells no MAC keys, the first account that comes registered at a server of the
 * platform has the binding.
 */
final class Proof {
    /** Secrets of tenants and other accounts are not watched from here. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    private final Bindings bindings;
    private final PreRegistrations preRegistrations;
    private final SecretStore secrets;
    private final AuditLog audit;
    private final Clock clock;
    private Function<ObjectName, Optional<CaaSAccount>> accounts = name -> Optional.empty();

    Proof(Bindings bindings, PreRegistrations preRegistrations, SecretStore secrets, AuditLog audit, Clock clock) {
        this.bindings = bindings;
        this.preRegistrations = preRegistrations;
        this.secrets = secrets;
        this.audit = audit;
        this.clock = clock;
    }

    /** Lets the reconciler say what an account of a name declares; empty if there is none. */
    void askAboutAccounts(Function<ObjectName, Optional<CaaSAccount>> ofName) {
        accounts = ofName;
    }

    /** Why the binding cannot be put on record as the account's own; empty once it is. */
    Optional<Trouble> of(CaaSAccount account, PartnerApi api) throws PlatformFailure {
        try {
            return shown(account, api);
        } catch (SecretTakenException e) {
            return trouble(
                    Reason.SecretConflict, e.getMessage() + ". Whose the binding is, is to be put on record there");
        } catch (KubernetesClientException e) {
            return Optional.of(Trouble.passing(
                    Reason.Failed, "whose the binding is cannot be looked up or put on record: " + e.getMessage()));
        }
    }

    private Optional<Trouble> shown(CaaSAccount account, PartnerApi api) throws PlatformFailure, SecretTakenException {
        var binding = bindings.of(account).orElseThrow();
        if (isHandedOut(account, binding.keyId())) {
            return take(account, binding, true);
        }
        var macKey = macKey(account, binding);
        if (macKey.isEmpty()) {
            return trouble(
                    Reason.SecretNotFound,
                    "the platform cannot be shown that key id '" + binding.keyId() + "' is this account's: Secret '"
                            + binding.macKeySecretRef().name() + "' has no MAC key under '"
                            + binding.macKeySecretRef().key() + "'. Put it there");
        }
        return switch (api.possession(binding.keyId(), macKey.get())) {
            case PROVEN -> take(account, binding, true);
            case DISPROVEN ->
                trouble(
                        Reason.BindingRejected,
                        "nothing is done at the platform: the MAC key in Secret '"
                                + binding.macKeySecretRef().name() + "' is not the one that the platform has for key id"
                                + " '" + binding.keyId() + "'. Copy it again from the platform, or declare the key id"
                                + " that is yours");
            case NOT_TOLD ->
                isServer(account, api)
                        ? take(account, binding, false)
                        : trouble(
                                Reason.InvalidSpec,
                                "nothing is done at the platform: it tells no MAC keys, and spec.server is none of its"
                                        + " servers, so nothing shows that key id '" + binding.keyId()
                                        + "' is this account's. Use one of status.servers of the CaaSPlatform");
        };
    }

    private boolean isHandedOut(CaaSAccount account, String keyId) throws SecretTakenException {
        return preRegistrations
                .of(account)
                .flatMap(Place::binding)
                .map(NewBinding::keyId)
                .filter(keyId::equals)
                .isPresent();
    }

    private Optional<String> macKey(CaaSAccount account, ExternalAccountBinding binding) {
        var ref = binding.macKeySecretRef();
        return secrets.readNow(new ObjectName(account.getMetadata().getNamespace(), ref.name()))
                .flatMap(secret -> SecretText.of(secret, ref.key()));
    }

    /** What knows no servers, as the ledger in the house, is at any. */
    private static boolean isServer(CaaSAccount account, PartnerApi api) throws PlatformFailure {
        return !api.capabilities().contains(Capability.SERVERS)
                || api.servers().stream()
                        .anyMatch(s -> s.url().equals(account.getSpec().server()));
    }

    /**
     * Puts it on record, unless it is on record as another account's.
     *
     * @param shown whether it was shown to be this account's; then it is taken from one that names it no more
     */
    private Optional<Trouble> take(CaaSAccount account, ExternalAccountBinding binding, boolean shown)
            throws SecretTakenException {
        var keyId = binding.keyId();
        var holder = bindings.holder(account, keyId).filter(h -> !h.equals(ObjectName.of(account)));
        if (holder.isPresent() && !(shown && isGivenUp(holder.get(), account, keyId))) {
            return trouble(
                    Reason.Conflict,
                    "at the platform key id '" + keyId + "' is CaaSAccount " + holder.get()
                            + "'s: nothing is done there for this one. Use that one, or "
                            + (shown
                                    ? "delete it"
                                    : "have an administrator delete its record in the operator's namespace (docs/accounts.md)"));
        }
        bindings.take(account, keyId);
        audit.record(
                AuditRecord.Type.BINDING_PROVEN,
                account,
                Map.of(
                        "keyId",
                        keyId,
                        "before",
                        holder.map(ObjectName::toString).orElse("")));
        return Optional.empty();
    }

    private boolean isGivenUp(ObjectName holder, CaaSAccount account, String keyId) {
        return accounts.apply(holder)
                .filter(h -> account.getSpec().platformRef() != null
                        && account.getSpec().platformRef().equals(h.getSpec().platformRef()))
                .flatMap(bindings::of)
                .filter(b -> b.keyId().equals(keyId))
                .isEmpty();
    }

    private Optional<Trouble> trouble(Reason reason, String message) {
        return Optional.of(new Trouble(reason, message, false, clock.instant().plus(LOOK_AGAIN)));
    }
}
