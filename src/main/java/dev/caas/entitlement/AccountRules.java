package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.ChallengeType;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.Reason;
import dev.caas.api.Solver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What one account says to a request: first as a whole, then for each name by the subscriptions that cover it. */
final class AccountRules {
    /** The subscriptions that cover one name, the most specific first. */
    private record Claim(Identifier name, List<SubscribedDomain> covering) {}

    private record Subscribed(Identifier domain, boolean coversSubdomains, SubscribedDomain entry) {
        private static final Comparator<Subscribed> MOST_SPECIFIC_FIRST = Comparator.comparingInt(
                        (Subscribed subscribed) -> -subscribed.domain.text().length())
                .thenComparing(subscribed ->
                        subscribed.entry.subscription().getMetadata().getName());

        boolean covers(Identifier name) {
            return Coverage.covers(domain, coversSubdomains, name);
        }
    }

    private final AccountStanding standing;
    private final AccountId id;
    private final Request request;
    private final Instant now;
    private final NamespaceRules namespaces;
    private final List<Claim> claims;

    AccountRules(AccountStanding standing, Request request, Question question) {
        this.standing = standing;
        this.id = standing.id();
        this.request = request;
        this.now = question.now();
        this.namespaces = new NamespaceRules(question.namespaceLabels());
        this.claims = claims();
    }

    AccountId id() {
        return id;
    }

    /** Whether the account's namespace is the certificate's, or its owner lets that one in. */
    boolean admitsNamespace() {
        return id.namespace().equals(request.namespace())
                || namespaces.selects(
                        standing.account().getSpec().allowedNamespaces(), id.namespace(), request.namespace());
    }

    /** Whether some subscription covers each name, in whatever state it is. */
    boolean coversEveryName() {
        return claims.stream().noneMatch(claim -> claim.covering.isEmpty());
    }

    Verdict judge() {
        return refusal().<Verdict>map(denied -> denied).orElseGet(this::judgeNames);
    }

    /** Why the namespace may not use some of the names, whatever state all is in. */
    Optional<Denied> refusalOfUse() {
        if (!admitsNamespace()) {
            return refused(Reason.NamespaceNotAllowed, "does not allow namespace " + request.namespace());
        }
        SubscriptionRules rules = new SubscriptionRules(request, Optional.empty(), solvable(), namespaces);
        List<NameDenial> denials = claims.stream()
                .filter(claim -> claim.covering.stream().noneMatch(d -> rules.isGranted(claim.name, d.subscription())))
                .map(claim -> notSubscribed(claim.name))
                .toList();
        return denials.isEmpty() ? Optional.empty() : Optional.of(Denied.each(denials));
    }

    private Optional<Denied> refusal() {
        CaaSAccount account = standing.account();
        if (!admitsNamespace()) {
            return refused(
                    Reason.NamespaceNotAllowed,
                    "does not allow namespace " + request.namespace()
                            + "; add that to its spec.allowedNamespaces, or use an account of this namespace");
        }
        if (account.getSpec().state() == CaaSAccountSpec.State.Suspended) {
            return refused(Reason.Suspended, "is suspended; set its spec.state to Active to go on");
        }
        if (account.getSpec().state() == CaaSAccountSpec.State.Deactivated) {
            return refused(Reason.Deactivated, "is deactivated, for ever; use another account");
        }
        if (account.getMetadata().getDeletionTimestamp() != null) {
            return refused(Reason.AccountNotReady, "is being deleted; use another account");
        }
        var self = account.getSpec().acmeAccounts().stream()
                .filter(a -> a.id().equals("self") && a.state() != CaaSAccountSpec.State.Active)
                .findFirst();
        if (self.isPresent()) {
            return self.get().state() == CaaSAccountSpec.State.Suspended
                    ? refused(Reason.Suspended, "has its ACME account suspended by its spec.acmeAccounts")
                    : refused(Reason.Deactivated, "has its ACME account deactivated, for ever; use another account");
        }
        if (standing.heldBack().isPresent()) {
            return refused(
                    standing.heldBack().get().reason(),
                    standing.heldBack().get().problem());
        }
        if (!standing.registered()) {
            return refused(
                    Reason.AccountNotReady,
                    "is not registered at its CA: "
                            + standing.notReadyBecause().orElse("its status says what it waits for"));
        }
        if (standing.termEndsAt().filter(end -> !now.isBefore(end)).isPresent()) {
            return refused(
                    Reason.SubscriptionExpired,
                    "expired at " + standing.termEndsAt().get() + "; extend its term with spec.term.paidThrough");
        }
        return Optional.empty();
    }

    private Optional<Denied> refused(Reason reason, String problem) {
        return Optional.of(Denied.all(request.names(), reason, "CaaSAccount " + id + " " + problem));
    }

    private Verdict judgeNames() {
        Optional<String> profile = request.profile()
                .or(() -> Optional.ofNullable(standing.account().getSpec().profile()));
        SubscriptionRules rules = new SubscriptionRules(request, profile, solvable(), namespaces);
        Map<String, SubscribedDomain> used = new LinkedHashMap<>();
        List<NameDenial> denials = new ArrayList<>();
        for (Claim claim : claims) {
            judgeName(claim, rules, used).ifPresent(denials::add);
        }
        return denials.isEmpty()
                ? acrossOrganisations(used)
                        .<Verdict>map(denied -> denied)
                        .orElseGet(() -> new Granted(standing.account(), subscriptions(used)))
                : Denied.each(denials);
    }

    private static Map<String, DomainSubscription> subscriptions(Map<String, SubscribedDomain> used) {
        var subscriptions = new LinkedHashMap<String, DomainSubscription>();
        used.forEach((name, domain) -> subscriptions.put(name, domain.subscription()));
        return subscriptions;
    }

    /** A CA validates one organisation a certificate: an order whose names belong to several fails. */
    private Optional<Denied> acrossOrganisations(Map<String, SubscribedDomain> used) {
        var anchors = new LinkedHashMap<String, String>();
        used.forEach((name, domain) ->
                anchors.putIfAbsent(Optional.ofNullable(domain.organization()).orElse("none (DV)"), name));
        return anchors.size() < 2
                ? Optional.empty()
                : refused(
                        Reason.PolicyDenied,
                        "has the names under different organisation validations: "
                                + anchors.entrySet().stream()
                                        .map(each -> each.getValue() + " under " + each.getKey())
                                        .collect(Collectors.joining(", "))
                                + "; ask for one certificate for each");
    }

    /** The challenge types that any solver answers, of the account or of the certificate. */
    private Set<ChallengeType> solvable() {
        return Stream.concat(
                        standing.account().getSpec().solvers().stream().map(Solver::challengeType),
                        request.solvable().stream())
                .collect(Collectors.toSet());
    }

    /** One subscription that allows the name is enough; without one, the refusal that came closest is the useful one. */
    private Optional<NameDenial> judgeName(Claim claim, SubscriptionRules rules, Map<String, SubscribedDomain> used) {
        List<NameDenial> refusals = new ArrayList<>();
        for (SubscribedDomain domain : claim.covering) {
            Optional<NameDenial> refusal = rules.refusal(claim.name, domain);
            if (refusal.isEmpty()) {
                used.put(claim.name.text(), domain);
                return Optional.empty();
            }
            refusals.add(refusal.get());
        }
        return refusals.stream()
                .max(Comparator.comparingInt(refusal -> Denied.CHECKS.indexOf(refusal.reason())))
                .or(() -> Optional.of(notSubscribed(claim.name)));
    }

    private NameDenial notSubscribed(Identifier name) {
        String above = name instanceof IpAddress ? "" : ", or a domain above it with coversSubdomains";
        String message = "no DomainSubscription of CaaSAccount " + id + " covers it; subscribe " + name + above;
        return new NameDenial(name.text(), Reason.NotSubscribed, message);
    }

    private List<Claim> claims() {
        List<SubscribedDomain> entries = standing.domains().stream()
                .filter(entry -> isOfAccount(entry.subscription()))
                .toList();
        List<Subscribed> own = entries.stream().flatMap(AccountRules::own).toList();
        List<Subscribed> subscribed =
                Stream.concat(own.stream(), associated(entries, own)).toList();
        return request.names().stream()
                .map(name -> new Claim(name, covering(name, subscribed)))
                .toList();
    }

    private boolean isOfAccount(DomainSubscription subscription) {
        return id.namespace().equals(subscription.getMetadata().getNamespace())
                && id.name().equals(subscription.getSpec().accountRef().name());
    }

    private static Stream<Subscribed> own(SubscribedDomain entry) {
        DomainSubscriptionSpec spec = entry.subscription().getSpec();
        try {
            return Stream.of(new Subscribed(Identifier.parse(spec.domain()), spec.coversSubdomains(), entry));
        } catch (InvalidNameException e) {
            return Stream.empty();
        }
    }

    /**
     * The associated names, but for those that have a subscription of their own: another one's grants and policy would be
     * a way round that.
     */
    private static Stream<Subscribed> associated(List<SubscribedDomain> entries, List<Subscribed> own) {
        Set<Identifier> domains = own.stream().map(Subscribed::domain).collect(Collectors.toSet());
        return entries.stream()
                .flatMap(entry -> Stream.ofNullable(entry.associated()).map(name -> new Subscribed(name, false, entry)))
                .filter(associated -> !domains.contains(associated.domain));
    }

    private static List<SubscribedDomain> covering(Identifier name, List<Subscribed> subscribed) {
        return subscribed.stream()
                .filter(candidate -> candidate.covers(name))
                .filter(candidate -> !candidate.domain.isPublicSuffix())
                .sorted(Subscribed.MOST_SPECIFIC_FIRST)
                .map(Subscribed::entry)
                .toList();
    }
}
