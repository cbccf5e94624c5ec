package dev.caas.entitlement;

import dev.caas.api.ChallengeType;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionSpec.Grant;
import dev.caas.api.DomainSubscriptionSpec.Policy;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What one subscription says about a name it covers: active, granted to the namespace, and within policy, in that order. */
final class SubscriptionRules {
    private final Request request;
    private final Optional<String> profile;
    private final Set<ChallengeType> solvable;
    private final NamespaceRules namespaces;

    /**
     * What holds for all subscriptions of an account.
     *
     * @param profile the profile that will be asked for, the certificate's or else the account's
     * @param solvable the challenge types that there are solvers for
     */
    SubscriptionRules(
            Request request, Optional<String> profile, Set<ChallengeType> solvable, NamespaceRules namespaces) {
        this.request = request;
        this.profile = profile;
        this.solvable = Set.copyOf(solvable);
        this.namespaces = namespaces;
    }

    /** Why the name is refused; nothing when it is allowed. */
    Optional<NameDenial> refusal(Identifier name, SubscribedDomain domain) {
        DomainSubscription subscription = domain.subscription();
        String title = title(subscription);
        if (!domain.inLedger()) {
            return refused(name, Reason.Pending, title + " is not active yet; its status says what it waits for");
        }
        if (subscription.getSpec().state() == DomainSubscriptionSpec.State.Suspended) {
            return refused(name, Reason.Suspended, title + " is suspended; set its spec.state to Active to go on");
        }
        if (!isGranted(name, subscription)) {
            return refused(
                    name,
                    Reason.NamespaceNotAllowed,
                    title + " does not grant it to namespace " + request.namespace() + "; add that to its spec.grants");
        }
        List<String> violations = violations(name, subscription);
        return violations.isEmpty()
                ? Optional.empty()
                : refused(name, Reason.PolicyDenied, title + " " + String.join(", and it ", violations));
    }

    private static Optional<NameDenial> refused(Identifier name, Reason reason, String message) {
        return Optional.of(new NameDenial(name.text(), reason, message));
    }

    private static String title(DomainSubscription subscription) {
        return "DomainSubscription " + subscription.getMetadata().getNamespace() + "/"
                + subscription.getMetadata().getName();
    }

    /** Whether the namespace may use the name by this subscription. */
    boolean isGranted(Identifier name, DomainSubscription subscription) {
        String home = subscription.getMetadata().getNamespace();
        return home.equals(request.namespace())
                || subscription.getSpec().grants().stream()
                        .anyMatch(grant -> namespaces.selects(grant.namespaces(), home, request.namespace())
                                && grants(grant, name));
    }

    private static boolean grants(Grant grant, Identifier name) {
        return grant.names().isEmpty() || grant.names().stream().anyMatch(text -> isSpelling(text, name));
    }

    private static boolean isSpelling(String text, Identifier name) {
        try {
            return Identifier.parse(text).equals(name);
        } catch (InvalidNameException e) {
            return false;
        }
    }

    private List<String> violations(Identifier name, DomainSubscription subscription) {
        Policy declared = subscription.getSpec().policy();
        Policy policy = declared == null ? Policy.standard() : declared;
        List<String> violations = new ArrayList<>();
        checkKey(policy, violations);
        checkDuration(policy, violations);
        checkProfile(policy, violations);
        checkChallenge(policy, name, violations);
        return violations;
    }

    private void checkKey(Policy policy, List<String> violations) {
        List<KeyAlgorithm> allowed = policy.privateKeyAlgorithms();
        if (!allowed.isEmpty() && !allowed.contains(request.key())) {
            violations.add("does not allow private key " + request.key().label() + "; use "
                    + String.join(
                            " or ", allowed.stream().map(KeyAlgorithm::label).toList()));
        }
    }

    private void checkDuration(Policy policy, List<String> violations) {
        if (request.duration().isEmpty()) {
            return;
        }
        try {
            if (request.duration().get().compareTo(GoDuration.parse(policy.maxDuration())) > 0) {
                violations.add("allows a duration of " + policy.maxDuration()
                        + " at most; lower spec.duration, or leave it out");
            }
        } catch (InvalidDurationException e) {
            violations.add("has a policy.maxDuration that cannot be read: " + e.getMessage());
        }
    }

    private void checkProfile(Policy policy, List<String> violations) {
        if (policy.profiles().isEmpty()
                || profile.filter(policy.profiles()::contains).isPresent()) {
            return;
        }
        String asked = profile.map(name -> "does not allow profile " + name).orElse("allows named profiles only");
        violations.add(asked + "; set spec.profile to " + String.join(" or ", policy.profiles()));
    }

    /** Which solver is used is settled later; here it is about whether there can be one. */
    private void checkChallenge(Policy policy, Identifier name, List<String> violations) {
        List<ChallengeType> allowed = policy.challengeTypes();
        if (allowed.isEmpty()) {
            return;
        }
        if (name.isWildcard()) {
            if (!allowed.contains(ChallengeType.DNS01)) {
                violations.add("does not allow dns-01, and a wildcard can only be proven by dns-01;"
                        + " add dns-01 to its policy.challengeTypes");
            }
        } else if (name instanceof IpAddress) {
            if (!allowed.contains(ChallengeType.HTTP01)) {
                violations.add("does not allow http-01, and an IP address can only be proven by http-01;"
                        + " add http-01 to its policy.challengeTypes");
            }
        } else if (!solvable.isEmpty() && solvable.stream().noneMatch(allowed::contains)) {
            String there = labels(solvable);
            violations.add("allows " + labels(allowed) + " only, and every solver is for " + there
                    + "; add a solver, or add " + there + " to its policy.challengeTypes");
        }
    }

    private static String labels(Collection<ChallengeType> types) {
        return types.stream().sorted().map(ChallengeType::label).collect(Collectors.joining(" and "));
    }
}
