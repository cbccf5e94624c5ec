package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.CaaSAccountSpec.State;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.BindingSecret;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PartnerViews.Account;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PreRegistrations;
import dev.caas.platform.PreRegistrations.Place;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Obtains a binding for an account that declares none, and puts it back where it was lost. One account is given one binding
 * by a platform, for ever.
 *
 * <p>A platform cannot be told that a request is the same one again. So when it is not known what came of one, another is
 * made, but not without end; and the binding that may have been made is reported, and never taken up: its MAC key was for
 * somebody's eyes only once.
 */
final class PreRegistration {
    /** Each may have made a binding that nobody uses. */
    private static final int MOST_UNKNOWN_OUTCOMES = 2;

    private static final String NOT_KEPT = "and it could not be kept";

    private final PreRegistrations places;
    private final SecretStore secrets;
    private final EventRecorder events;
    private final AuditLog audit;

    PreRegistration(PreRegistrations places, SecretStore secrets, EventRecorder events, AuditLog audit) {
        this.places = places;
        this.secrets = secrets;
        this.events = events;
        this.audit = audit;
    }

    /** Has the account's Secret hold its binding; only for one in use is the platform asked. */
    Optional<Trouble> settle(CaaSAccount account, PartnerApi api) throws PlatformFailure, InterruptedException {
        try {
            var place = places.of(account);
            var kept = place.flatMap(Place::binding);
            if (kept.isPresent()) {
                return putBack(account, place.get(), kept.get());
            }
            return account.getSpec().state() == State.Active ? ask(account, api, place) : Optional.empty();
        } catch (SecretTakenException e) {
            return Optional.of(Trouble.lasting(
                    Reason.SecretConflict, e.getMessage() + ". Rename or delete it, or rename this account."));
        } catch (KubernetesClientException e) {
            return Optional.of(Trouble.passing(
                    Reason.Failed,
                    "the Secrets that keep the account's binding cannot be read or written: " + e.getMessage()
                            + ". What the platform handed out is not lost by that"));
        }
    }

    private Optional<Trouble> ask(CaaSAccount account, PartnerApi api, Optional<Place> before)
            throws PlatformFailure, SecretTakenException, InterruptedException {
        var taken = taken(account);
        if (taken.isPresent()) {
            return taken;
        }
        if (!api.capabilities().contains(Capability.PRE_REGISTRATION)) {
            throw new PlatformFailure(
                    PlatformFailure.Kind.UNSUPPORTED,
                    "spec.preRegister: this platform hands out no bindings; take one from the CA and declare it as"
                            + " externalAccountBinding");
        }
        var list = api.accounts(Optional.empty());
        var known = list.stream().map(Account::keyId).distinct().toList();
        var spare = before.map(place -> spare(place, list)).orElse(List.of());
        spare.forEach(id -> report(account, id));
        if (before.filter(p -> p.asked(account) >= MOST_UNKNOWN_OUTCOMES).isPresent()) {
            if (!spare.isEmpty()) {
                places.told(account, before.get(), known);
            }
            return Optional.of(askedInVain());
        }
        var place = places.ask(account, before, known);
        NewBinding binding;
        try {
            binding = preRegister(account, api);
        } catch (PlatformFailure e) {
            if (e.kind() != PlatformFailure.Kind.UNKNOWN_OUTCOME) {
                places.refused(account, place);
                throw e;
            }
            if (place.asked(account) < MOST_UNKNOWN_OUTCOMES) {
                throw e;
            }
            return Optional.of(askedInVain().about(e.text() + ": "));
        }
        try {
            if (!places.keep(account, place, binding)) {
                report(account, binding.keyId(), "made", "and it has another one again");
                return Optional.of(Trouble.passing(
                        Reason.Failed,
                        "the platform handed out binding '" + binding.keyId()
                                + "' while the one of before was put back. That one is used, the new one never is"));
            }
        } catch (KubernetesClientException e) {
            report(account, binding.keyId(), "made", NOT_KEPT);
            return Optional.of(lost(account, place, binding, e));
        } catch (SecretTakenException e) {
            report(account, binding.keyId(), "made", NOT_KEPT);
            throw e;
        }
        audit.record(AuditRecord.Type.BINDING_PRE_REGISTERED, account, Map.of("keyId", binding.keyId()));
        events.normal(
                account,
                Reason.PreRegistered,
                "PreRegister",
                "The platform handed out a binding, key id '" + binding.keyId() + "'");
        secrets.create(BindingSecret.of(account, binding));
        return Optional.empty();
    }

    private static Trouble lost(CaaSAccount account, Place place, NewBinding binding, KubernetesClientException why) {
        var lost = "the platform handed out binding '" + binding.keyId() + "', and it cannot be kept: "
                + why.getMessage() + ". It is lost, as its MAC key is told once; it costs nothing. ";
        return place.asked(account) < MOST_UNKNOWN_OUTCOMES
                ? Trouble.passing(Reason.Failed, lost + "Another one is asked for once Secrets can be written again")
                : Trouble.lasting(
                        Reason.Failed,
                        lost + "It is not the first one: no other is asked for before the spec of this account changes;"
                                + " see to it that Secrets can be written first");
    }

    private static Trouble askedInVain() {
        return Trouble.lasting(
                Reason.PlatformUnreachable,
                "the platform was asked for a binding " + MOST_UNKNOWN_OUTCOMES
                        + " times, and nobody knows what came of it: each may have made one that is not used. It is not"
                        + " asked again before the spec of this account changes; look at the platform first");
    }

    private static NewBinding preRegister(CaaSAccount account, PartnerApi api) throws PlatformFailure {
        var spec = account.getSpec();
        return api.preRegister(spec.server(), ObjectName.of(account).toString(), spec.initialYears());
    }

    /** It is the account's, whatever became of its Secret, its object or its namespace. */
    private Optional<Trouble> putBack(CaaSAccount account, Place place, NewBinding binding)
            throws SecretTakenException {
        if (!place.server().equals(account.getSpec().server())) {
            return Optional.of(Trouble.lasting(
                    Reason.InvalidSpec,
                    "the platform handed out binding '" + binding.keyId() + "' to an account of this name for "
                            + place.server() + ". Create this account with that spec.server, or by another name"));
        }
        var taken = taken(account);
        if (taken.isPresent()) {
            return taken;
        }
        secrets.create(BindingSecret.of(account, binding));
        audit.record(AuditRecord.Type.BINDING_RESTORED, account, Map.of("keyId", binding.keyId()));
        events.normal(
                account,
                Reason.PreRegistered,
                "PreRegister",
                "Key id '" + binding.keyId() + "', which the platform handed out before, is in place again");
        return Optional.empty();
    }

    /** Looked at before the platform is asked: a binding that finds no place is of no use. */
    private Optional<Trouble> taken(CaaSAccount account) {
        var name = ObjectName.of(account);
        var secret = new ObjectName(
                name.namespace(), BindingSecret.ownership(name.name()).secretName());
        return secrets.readNow(secret)
                .map(_ -> Trouble.lasting(
                        Reason.SecretConflict,
                        "Secret '" + secret.name()
                                + "', where the binding is to be kept, exists and is somebody else's. Rename or delete"
                                + " it, or rename this account."));
    }

    /** What the platform has made since it was asked, and was handed out to nobody. */
    private List<String> spare(Place place, List<Account> list) {
        var before = place.keyIdsBefore();
        var claimed = Stream.concat(
                        places.keyIds().stream(),
                        secrets.list(Ownership.Role.eab).stream()
                                .flatMap(s -> BindingSecret.binding(s).stream())
                                .map(ExternalAccountBinding::keyId))
                .collect(Collectors.toSet());
        return list.stream()
                .filter(a -> a.state() == Account.State.PENDING)
                .map(Account::keyId)
                .filter(id -> !before.contains(id) && !claimed.contains(id))
                .distinct()
                .toList();
    }

    private void report(CaaSAccount account, String keyId) {
        report(account, keyId, "may have made", "when it did not answer");
    }

    private void report(CaaSAccount account, String keyId, String made, String how) {
        audit.record(AuditRecord.Type.BINDING_SPARE, account, Map.of("keyId", keyId));
        events.warning(
                account,
                Reason.SpareBinding,
                "PreRegister",
                "The platform " + made + " binding '" + keyId + "' for this account " + how
                        + "; it is not used here, and costs nothing");
    }
}
