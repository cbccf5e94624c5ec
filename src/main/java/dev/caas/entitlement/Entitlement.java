package dev.caas.entitlement;

import dev.caas.api.AccountRef;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The one question before every order and every finalize: do active subscriptions of one active account, granted to this
 * namespace, cover every name, within policy? Denied by default, with a reason for each name (design.md section 3).
 *
 * <p>Which account is asked follows from what is declared, never from its state: a suspended, expired or unregistered
 * account is not stepped around.
 */
public final class Entitlement {
    private final Question question;
    private final Request request;

    private Entitlement(Question question, Request request) {
        this.question = question;
        this.request = request;
    }

    /** Answers the question. */
    public static Verdict decide(Question question) {
        try {
            return new Entitlement(question, Request.of(question.certificate(), question.givenKey())).decide();
        } catch (Request.Malformed e) {
            return e.denied();
        }
    }

    /**
     * Why a namespace may not use some of the names at all, in whatever state account and subscriptions are: not admitted,
     * not subscribed, or not granted.
     */
    public static Optional<Denied> refusalOfUse(Question question) {
        try {
            var entitlement = new Entitlement(question, Request.of(question.certificate(), question.givenKey()));
            var refusals = question.accounts().stream()
                    .map(standing -> entitlement.rules(standing).refusalOfUse())
                    .toList();
            return refusals.stream().anyMatch(Optional::isEmpty)
                    ? Optional.empty()
                    : refusals.stream()
                            .flatMap(Optional::stream)
                            .findFirst()
                            .or(() -> Optional.of(entitlement.denied(Reason.AccountNotReady, entitlement.noAccount())));
        } catch (Request.Malformed e) {
            return Optional.of(e.denied());
        }
    }

    /** The names a certificate is for: normalised, each once, sorted. */
    public static List<String> wantedNames(ManagedCertificateSpec spec) throws InvalidNameException {
        TreeSet<String> names = new TreeSet<>();
        for (String text : spec.dnsNames()) {
            names.add(DomainName.parse(text).ascii());
        }
        return List.copyOf(names);
    }

    /** The IP addresses a certificate is for: normalised, each once, sorted. */
    public static List<String> wantedAddresses(ManagedCertificateSpec spec) throws InvalidNameException {
        TreeSet<String> addresses = new TreeSet<>();
        for (String text : spec.ipAddresses()) {
            addresses.add(IpAddress.parse(text).text());
        }
        return List.copyOf(addresses);
    }

    private Verdict decide() {
        AccountRef named = question.certificate().getSpec().accountRef();
        return named == null ? decideUnnamed() : decideNamed(named);
    }

    private Verdict decideNamed(AccountRef named) {
        String namespace = named.namespace() == null ? request.namespace() : named.namespace();
        AccountId id = new AccountId(namespace, named.name());
        return account(id)
                .map(AccountRules::judge)
                .orElseGet(() -> denied(
                        Reason.AccountNotReady,
                        "CaaSAccount " + id + " does not exist; create it, or correct spec.accountRef"));
    }

    private Verdict decideUnnamed() {
        List<AccountRules> own = question.accounts().stream()
                .filter(standing -> standing.id().namespace().equals(request.namespace()))
                .map(this::rules)
                .sorted(Comparator.comparing(account -> account.id().name()))
                .toList();
        List<AccountRules> covering =
                own.stream().filter(AccountRules::coversEveryName).toList();
        return switch (covering.size()) {
            case 0 -> decideDefault(own);
            case 1 -> covering.getFirst().judge();
            default -> denied(Reason.AmbiguousAccount, ambiguity(covering));
        };
    }

    /** No account of the certificate's own namespace covers every name: the default account may, else the best one speaks. */
    private Verdict decideDefault(List<AccountRules> own) {
        Optional<AccountRules> fallback = question.defaultAccount()
                .filter(id -> !id.namespace().equals(request.namespace()))
                .flatMap(this::account);
        if (fallback.filter(account -> account.admitsNamespace() && account.coversEveryName())
                .isPresent()) {
            return fallback.get().judge();
        }
        List<AccountRules> candidates = new ArrayList<>(own);
        fallback.ifPresent(candidates::add);
        return candidates.stream()
                .map(AccountRules::judge)
                .min(Comparator.comparingInt(Entitlement::refusedNames))
                .orElseGet(() -> denied(Reason.AccountNotReady, noAccount()));
    }

    private static int refusedNames(Verdict verdict) {
        return switch (verdict) {
            case Granted _ -> 0;
            case Denied denied -> denied.names().size();
        };
    }

    private Optional<AccountRules> account(AccountId id) {
        return question.accounts().stream()
                .filter(standing -> standing.id().equals(id))
                .findFirst()
                .map(this::rules);
    }

    private AccountRules rules(AccountStanding standing) {
        return new AccountRules(standing, request, question);
    }

    private Denied denied(Reason reason, String message) {
        return Denied.all(request.names(), reason, message);
    }

    private String noAccount() {
        String cluster = question.defaultAccount()
                .map(id -> "the default CaaSAccount " + id + " does not exist")
                .orElse("the cluster has no default one");
        return "namespace " + request.namespace() + " has no CaaSAccount and " + cluster
                + "; create one here, or name one that allows this namespace in spec.accountRef";
    }

    private static String ambiguity(List<AccountRules> covering) {
        String names =
                covering.stream().limit(5).map(account -> account.id().name()).collect(Collectors.joining(", "));
        String more = covering.size() > 5 ? " and " + (covering.size() - 5) + " more" : "";
        return "CaaSAccounts " + names + more
                + " each cover every name; set spec.accountRef.name to the one to issue under";
    }
}
