package dev.caas.challenge;

import dev.caas.api.CaaSAccount;
import dev.caas.api.ChallengeType;
import dev.caas.api.ManagedCertificate;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How control of each name of a certificate is going to be proven; settled before anything is ordered.
 *
 * @param solvers by name
 */
public record Plan(Map<String, PlacedSolver> solvers) {
    /** What is left of a name's 253 octets for the host below {@code _acme-challenge.}. */
    private static final int LONGEST_BY_DNS = 253 - "_acme-challenge.".length();

    public Plan {
        solvers = Map.copyOf(solvers);
    }

    /**
     * Chooses a solver for every name.
     *
     * @param names A-labels, lower case; a wildcard with its {@code *.}
     * @param allowed the challenge types that may prove a name
     * @throws SolverException if a name has none, or one that cannot prove it
     */
    public static Plan of(
            Collection<String> names,
            Function<String, Set<ChallengeType>> allowed,
            ManagedCertificate certificate,
            CaaSAccount account)
            throws SolverException {
        var solvers = new LinkedHashMap<String, PlacedSolver>();
        for (var name : names) {
            var solver = PlacedSolver.chosen(name, allowed.apply(name), certificate, account);
            int length = name.startsWith("*.") ? name.length() - 2 : name.length();
            if (solver.solver().challengeType() == ChallengeType.DNS01 && length > LONGEST_BY_DNS) {
                throw new SolverException("'" + name + "' has " + length + " octets, too many for a TXT record below"
                        + " _acme-challenge: " + LONGEST_BY_DNS + " at most. Shorten it, or prove it by http01");
            }
            solvers.put(name, solver);
        }
        return new Plan(solvers);
    }

    /** The challenge that proves a name; dns-01 for a name that is none of these. */
    public ChallengeType challengeType(String name) {
        return Optional.ofNullable(solvers.get(name))
                .map(s -> s.solver().challengeType())
                .orElse(ChallengeType.DNS01);
    }

    /** The names that are proven by HTTP-01. */
    public Set<String> hosts() {
        return solvers.keySet().stream()
                .filter(n -> challengeType(n) == ChallengeType.HTTP01)
                .collect(Collectors.toSet());
    }
}
