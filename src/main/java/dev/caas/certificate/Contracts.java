package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Reason;
import dev.caas.entitlement.AccountId;
import dev.caas.entitlement.AccountStanding;
import dev.caas.entitlement.Coverage;
import dev.caas.entitlement.Denied;
import dev.caas.entitlement.Entitlement;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.entitlement.IpAddress;
import dev.caas.entitlement.Question;
import dev.caas.entitlement.SubscribedDomain;
import dev.caas.entitlement.Verdict;
import dev.caas.kube.Conditions;
import dev.caas.kube.NamespaceLabels;
import dev.caas.kube.ObjectName;
import dev.caas.pki.GivenRequest;
import dev.caas.pki.InvalidRequestException;
import dev.caas.platform.Anchor;
import dev.caas.platform.Held;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.Platforms;
import dev.caas.subscription.Seniority;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Puts the question of entitlement as things are now: from the caches, the ledger and the clock, never from a status. */
final class Contracts {
    static final String BY_ACCOUNT = "account";

    private final InformerEventSource<CaaSAccount, ManagedCertificate> accountSource;
    private final InformerEventSource<DomainSubscription, ManagedCertificate> subscriptionSource;
    private final NamespaceLabels labels;
    private final Accounts accounts;
    private final Ledger ledger;
    private final Platforms platforms;
    private final Optional<AccountId> defaultAccount;
    private final Clock clock;

    Contracts(
            InformerEventSource<CaaSAccount, ManagedCertificate> accountSource,
            InformerEventSource<DomainSubscription, ManagedCertificate> subscriptionSource,
            NamespaceLabels labels,
            Accounts accounts,
            Ledger ledger,
            Platforms platforms,
            Optional<AccountId> defaultAccount,
            Clock clock) {
        this.accountSource = accountSource;
        this.subscriptionSource = subscriptionSource;
        this.labels = labels;
        this.accounts = accounts;
        this.ledger = ledger;
        this.platforms = platforms;
        this.defaultAccount = defaultAccount;
        this.clock = clock;
    }

    /** Whether this certificate may be ordered now. */
    Verdict verdict(ManagedCertificate certificate) {
        Optional<KeyAlgorithm> givenKey;
        try {
            givenKey = DeclaredRequest.of(certificate.getSpec()).map(GivenRequest::keyAlgorithm);
        } catch (InvalidRequestException e) {
            return new Denied(Reason.InvalidSpec, String.valueOf(e.getMessage()), List.of());
        } catch (InvalidNameException e) {
            // Said better below, for every name.
            givenKey = Optional.empty();
        }
        return Entitlement.decide(question(certificate, givenKey));
    }

    private Question question(ManagedCertificate certificate, Optional<KeyAlgorithm> givenKey) {
        return new Question(
                certificate,
                givenKey,
                candidates(certificate).map(this::standing).toList(),
                defaultAccount,
                labels::of,
                clock.instant());
    }

    /** Why this declaration's namespace may not use some of these names; empty if it may use all. */
    Optional<Denied> refusal(ManagedCertificate certificate, List<String> names) {
        var sorted = names.stream().collect(Collectors.partitioningBy(IpAddress::isOne));
        var asked = new ManagedCertificate();
        asked.setMetadata(certificate.getMetadata());
        asked.setSpec(ManagedCertificateSpec.of(
                certificate.getSpec().secretName(),
                sorted.getOrDefault(false, List.of()),
                sorted.getOrDefault(true, List.of()),
                certificate.getSpec().accountRef()));
        return Entitlement.refusalOfUse(question(asked, Optional.empty()));
    }

    /** The account that a certificate is under, whatever state that is in; if none is, one that it may be ordered by. */
    Optional<CaaSAccount> accountOf(ManagedCertificate certificate, Optional<KeptCertificate> kept) {
        return issuerOf(certificate, kept).or(() -> candidates(certificate).findFirst());
    }

    /** The account that a certificate was issued under, if that can still be used. */
    Optional<CaaSAccount> issuerOf(ManagedCertificate certificate, Optional<KeptCertificate> kept) {
        return candidates(certificate)
                .filter(a -> kept.map(KeptCertificate::accountUrl)
                        .flatMap(url -> accounts.open(a, url))
                        .isPresent())
                .findFirst();
    }

    /** Those of these names, {@code namespace/name}, that are there. */
    List<DomainSubscription> subscriptions(List<String> names) {
        return names.stream()
                .map(name -> name.split("/", 2))
                .flatMap(name -> subscriptionSource.get(new ResourceID(name[1], name[0])).stream())
                .toList();
    }

    /** The account as it is now. */
    private Optional<CaaSAccount> account(ObjectName name) {
        return accountSource.get(new ResourceID(name.name(), name.namespace()));
    }

    private Stream<CaaSAccount> candidates(ManagedCertificate certificate) {
        var namespace = certificate.getMetadata().getNamespace();
        var named = certificate.getSpec().accountRef();
        if (named != null) {
            var there = Optional.ofNullable(named.namespace()).orElse(namespace);
            return account(new ObjectName(there, named.name())).stream();
        }
        var all = new LinkedHashMap<String, CaaSAccount>();
        accountSource
                .list(namespace, a -> true)
                .forEach(a -> all.put(a.getMetadata().getUid(), a));
        defaultAccount
                .flatMap(d -> account(new ObjectName(d.namespace(), d.name())))
                .ifPresent(a -> all.put(a.getMetadata().getUid(), a));
        return all.values().stream();
    }

    private AccountStanding standing(CaaSAccount account) {
        var name = ObjectName.of(account);
        boolean registered = accounts.open(account).isPresent();
        LedgerEntry entry;
        Optional<String> notReady = registered ? Optional.empty() : notReadyBecause(account);
        try {
            entry = ledger.entry(account);
        } catch (LedgerUnreadableException e) {
            registered = false;
            notReady = Optional.ofNullable(e.getMessage());
            entry = LedgerEntry.empty();
        }
        if (isInConflict(account)) {
            registered = false;
            notReady = notReadyBecause(account);
        }
        var domains = entry.domains();
        var siblings = subscriptionSource.byIndex(BY_ACCOUNT, name.toString());
        return new AccountStanding(
                account,
                registered,
                notReady,
                entry.endsAt(),
                heldBack(account, entry),
                siblings.stream()
                        .filter(s -> Seniority.elder(s, siblings).isEmpty())
                        .filter(s -> s.getMetadata().getDeletionTimestamp() == null)
                        .map(s -> subscribed(domains, s))
                        .toList());
    }

    /** First what is declared of the platform in this cluster, then what the platform said. */
    private Optional<AccountStanding.HeldBack> heldBack(CaaSAccount account, LedgerEntry entry) {
        return platforms
                .closed(account)
                .map(c -> new AccountStanding.HeldBack(c.reason(), "cannot be used: " + c.message()))
                .or(() -> Optional.ofNullable(entry.suspendedBecause())
                        .map(why -> new AccountStanding.HeldBack(Reason.Suspended, why)));
    }

    /** The one thing that only the account's reconciler can know: it looked at all other accounts. */
    private static boolean isInConflict(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .map(s -> new Conditions(s.conditions()).hasReason(Conditions.READY, Reason.Conflict))
                .orElse(false);
    }

    private static Optional<String> notReadyBecause(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .flatMap(s -> new Conditions(s.conditions()).get(Conditions.READY))
                .filter(c -> c.getStatus().equals("False"))
                .map(c -> c.getMessage());
    }

    private SubscribedDomain subscribed(Map<String, Held> domains, DomainSubscription subscription) {
        List<Identifier> names;
        try {
            names = Coverage.subscribed(subscription.getSpec());
        } catch (InvalidNameException e) {
            return new SubscribedDomain(subscription, false, null, null);
        }
        var held = held(domains, subscription, names.getFirst());
        return new SubscribedDomain(
                subscription,
                held.isPresent(),
                names.stream()
                        .skip(1)
                        .filter(name -> held(domains, subscription, name).isPresent())
                        .findFirst()
                        .orElse(null),
                held.map(Held::anchor).map(Anchor::number).orElse(null));
    }

    private Optional<Held> held(Map<String, Held> domains, DomainSubscription subscription, Identifier name) {
        return Optional.ofNullable(domains.get(name.text()))
                .filter(h -> h.isUsable(clock.instant()))
                .filter(h -> h.isOf(subscription.getSpec().validationType()));
    }

    /** The index of subscriptions by their account. */
    static List<String> accountOf(DomainSubscription subscription) {
        return List.of(new ObjectName(
                        subscription.getMetadata().getNamespace(),
                        subscription.getSpec().accountRef().name())
                .toString());
    }
}
