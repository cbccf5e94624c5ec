package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificate;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The declared world a test asks about. Specs are written as in YAML, in flow style. */
final class World {
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final String ACTIVE = "{state: Active}";

    private final Map<String, AccountStanding> accounts = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> labels = new LinkedHashMap<>();
    private Optional<AccountId> defaultAccount = Optional.empty();

    /** A registered account whose term runs, given as namespace/name. */
    World account(String id, String spec) {
        CaaSAccount account = read("CaaSAccount", id, spec, CaaSAccount.class);
        return put(
                id,
                new AccountStanding(
                        account,
                        true,
                        Optional.empty(),
                        Optional.of(NOW.plusSeconds(86_400)),
                        Optional.empty(),
                        List.of()));
    }

    World account(String id) {
        return account(id, ACTIVE);
    }

    World unregistered(String id, String because) {
        AccountStanding old = account(id).standing(id);
        return put(
                id,
                new AccountStanding(
                        old.account(), false, Optional.of(because), old.termEndsAt(), old.heldBack(), old.domains()));
    }

    World termEnds(String id, Instant end) {
        AccountStanding old = standing(id);
        return put(
                id,
                new AccountStanding(
                        old.account(),
                        old.registered(),
                        old.notReadyBecause(),
                        Optional.of(end),
                        old.heldBack(),
                        old.domains()));
    }

    /** A subscription of an account, in its namespace, that the ledger has. */
    World subscription(String account, String name, String spec) {
        return subscription(account, name, spec, true);
    }

    World subscription(String account, String name, String spec, boolean inLedger) {
        AccountStanding old = standing(account);
        String whole = "{accountRef: {name: '" + old.id().name() + "'}, " + spec.substring(1);
        String id = old.id().namespace() + "/" + name;
        List<SubscribedDomain> domains = new ArrayList<>(old.domains());
        var subscription = read("DomainSubscription", id, whole, DomainSubscription.class);
        domains.add(new SubscribedDomain(
                subscription,
                inLedger,
                inLedger ? associated(subscription) : null,
                subscription.getSpec().organizationValidation()));
        return domains(account, domains);
    }

    private static @Nullable Identifier associated(DomainSubscription subscription) {
        try {
            return Coverage.subscribed(subscription.getSpec()).stream()
                    .skip(1)
                    .findFirst()
                    .orElse(null);
        } catch (InvalidNameException e) {
            return null;
        }
    }

    /** What the platform has the domain under, whatever is declared. */
    World under(String account, String name, String organization) {
        return domains(
                account,
                standing(account).domains().stream()
                        .map(d -> d.subscription().getMetadata().getName().equals(name)
                                ? new SubscribedDomain(d.subscription(), d.inLedger(), d.associated(), organization)
                                : d)
                        .toList());
    }

    World domains(String id, List<SubscribedDomain> domains) {
        AccountStanding old = standing(id);
        return put(
                id,
                new AccountStanding(
                        old.account(),
                        old.registered(),
                        old.notReadyBecause(),
                        old.termEndsAt(),
                        old.heldBack(),
                        domains));
    }

    World defaultAccount(String id) {
        String[] parts = id.split("/", 2);
        defaultAccount = Optional.of(new AccountId(parts[0], parts[1]));
        return this;
    }

    World namespace(String name, Map<String, String> itsLabels) {
        labels.put(name, itsLabels);
        return this;
    }

    /** Asks for a certificate in a namespace with these names. */
    Verdict ask(String namespace, String... names) {
        return askFor(namespace, "{dnsNames: ['" + String.join("', '", names) + "']}");
    }

    /** Asks for a certificate in a namespace with this spec. */
    Verdict askFor(String namespace, String spec) {
        return decide(read("ManagedCertificate", namespace + "/cert", spec, ManagedCertificate.class));
    }

    /** Asks for a certificate in a namespace with this spec, whose signing request is for a key of this kind. */
    Verdict askFor(String namespace, String spec, KeyAlgorithm givenKey) {
        return Entitlement.decide(new Question(
                read("ManagedCertificate", namespace + "/cert", spec, ManagedCertificate.class),
                Optional.of(givenKey),
                List.copyOf(accounts.values()),
                defaultAccount,
                name -> labels.getOrDefault(name, Map.of()),
                NOW));
    }

    Verdict decide(ManagedCertificate certificate) {
        return Entitlement.decide(new Question(
                certificate,
                List.copyOf(accounts.values()),
                defaultAccount,
                namespace -> labels.getOrDefault(namespace, Map.of()),
                NOW));
    }

    private World put(String id, AccountStanding standing) {
        accounts.put(id, standing);
        return this;
    }

    AccountStanding standing(String id) {
        AccountStanding standing = accounts.get(id);
        if (standing == null) {
            throw new IllegalStateException("no account " + id);
        }
        return standing;
    }

    private static <T> T read(String kind, String id, String spec, Class<T> type) {
        String[] parts = id.split("/", 2);
        String yaml = "apiVersion: caas.dev/v1alpha1\nkind: " + kind + "\nmetadata: {namespace: '" + parts[0]
                + "', name: '" + parts[1] + "'}\nspec: " + spec;
        return Serialization.unmarshal(yaml, type);
    }
}
