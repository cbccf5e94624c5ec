package dev.caas.challenge;

import dev.caas.api.CaaSAccount;
import dev.caas.api.ChallengeType;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import dev.caas.entitlement.IpAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A solver together with the namespace its Secrets are in.
 *
 * @param namespace of the object that holds the solver
 */
public record PlacedSolver(String namespace, Solver solver) {

    /**
     * The solver for a name: of those that match, the most specific. An exact name beats a zone, a longer zone a shorter
     * one, any of them labels, more labels fewer; between equals the certificate's own beats the account's.
     *
     * @param name the name or address to be proven; a wildcard with its {@code *.}, for which no http01 solver is
     *     considered, as no dns01 solver is for an address (RFC 8738 section 7)
     * @param allowed the challenge types to choose from
     * @throws SolverException if none matches
     */
    static PlacedSolver chosen(
            String name, Set<ChallengeType> allowed, ManagedCertificate certificate, CaaSAccount account)
            throws SolverException {
        var labels = Optional.ofNullable(certificate.getMetadata().getLabels()).orElse(Map.of());
        return Stream.concat(
                        placed(
                                certificate.getMetadata().getNamespace(),
                                certificate.getSpec().solvers()),
                        placed(
                                account.getMetadata().getNamespace(),
                                account.getSpec().solvers()))
                .filter(s -> s.matches(name, labels))
                .filter(s -> allowed.contains(s.solver.challengeType()))
                .filter(s -> !name.startsWith("*.") || s.solver.challengeType() == ChallengeType.DNS01)
                .filter(s -> !IpAddress.isOne(name) || s.solver.challengeType() == ChallengeType.HTTP01)
                .reduce((a, b) -> a.specificity(name).compareTo(b.specificity(name)) >= 0 ? a : b)
                .orElseThrow(() -> new SolverException("no " + wanted(name, allowed) + " solver is for '" + name
                        + "'; add one to spec.solvers of this ManagedCertificate or of its CaaSAccount"
                        + (IpAddress.isOne(name) ? ": an IP address can be proven by http-01 only" : "")));
    }

    /** What kind of solver would do. */
    private static String wanted(String name, Set<ChallengeType> allowed) {
        if (name.startsWith("*.")) {
            return "dns01";
        }
        if (IpAddress.isOne(name)) {
            return "http01";
        }
        return allowed.contains(ChallengeType.HTTP01)
                ? allowed.contains(ChallengeType.DNS01) ? "http01 or dns01" : "http01"
                : "dns01";
    }

    private static Stream<PlacedSolver> placed(String namespace, List<Solver> solvers) {
        return solvers.stream().map(s -> new PlacedSolver(namespace, s));
    }

    private boolean matches(String name, Map<String, String> labels) {
        var selector = solver.selector();
        if (selector == null) {
            return true;
        }
        boolean names = (selector.dnsNames().isEmpty() && selector.dnsZones().isEmpty())
                || selector.dnsNames().contains(name)
                || longestZone(selector, name) > 0;
        return names && labels.entrySet().containsAll(selector.matchLabels().entrySet());
    }

    private Specificity specificity(String name) {
        var selector = solver.selector();
        return selector == null
                ? new Specificity(false, 0, 0)
                : new Specificity(
                        selector.dnsNames().contains(name),
                        longestZone(selector, name),
                        selector.matchLabels().size());
    }

    private static int longestZone(Solver.Selector selector, String name) {
        var host = name.startsWith("*.") ? name.substring(2) : name;
        return selector.dnsZones().stream()
                .filter(zone -> host.equals(zone) || host.endsWith("." + zone))
                .mapToInt(String::length)
                .max()
                .orElse(0);
    }

    private record Specificity(boolean exactName, int zoneLength, int labels) implements Comparable<Specificity> {
        private static final Comparator<Specificity> ORDER = Comparator.comparing(Specificity::exactName)
                .thenComparingInt(Specificity::zoneLength)
                .thenComparingInt(Specificity::labels);

        @Override
        public int compareTo(Specificity other) {
            return ORDER.compare(this, other);
        }
    }
}
