package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.acme.AcmeAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.challenge.Plan;
import dev.caas.challenge.SolverException;
import dev.caas.challenge.http01.Hosts;
import dev.caas.challenge.http01.Routes;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which hosts are being proven, as every replica can tell from the API server: a certificate's Issuing condition is set
 * only while it may need its proofs and holds its hosts, so at most one account is found for a host.
 */
final class Underway {
    static final String BY_HOST = "issuing-host";

    /** However long a CA takes to look, others get their turn. */
    private static final Duration LONGEST_HOLD = Duration.ofMinutes(15);

    private final IndexedResourceCache<ManagedCertificate> certificates;
    private final Contracts contracts;
    private final Accounts accounts;
    private final Routes routes;
    private final Clock clock;

    Underway(
            IndexedResourceCache<ManagedCertificate> certificates,
            Contracts contracts,
            Accounts accounts,
            Routes routes,
            Clock clock) {
        this.certificates = certificates;
        this.contracts = contracts;
        this.accounts = accounts;
        this.routes = routes;
        this.clock = clock;
    }

    /** The index: names and addresses of certificates that are being issued. */
    static List<String> hosts(ManagedCertificate certificate) {
        var status = certificate.getStatus();
        return status != null && new Conditions(status.conditions()).isTrue(Conditions.ISSUING)
                ? Stream.concat(certificate.getSpec().dnsNames().stream(), certificate.getSpec().ipAddresses().stream())
                        .flatMap(Underway::host)
                        .distinct()
                        .toList()
                : List.of();
    }

    private static Stream<String> host(String name) {
        try {
            var parsed = Identifier.parse(name);
            return parsed.isWildcard() ? Stream.of() : Stream.of(parsed.text());
        } catch (InvalidNameException e) {
            return Stream.of();
        }
    }

    /**
     * The thumbprint of the account that proves control of the host by HTTP-01 right now, if it still may. There is none
     * where another namespace has a route for the host: a request that comes by that one is not for this account, and
     * an answer would let it be certified for a host that it does not serve.
     */
    Optional<String> thumbprint(String host) {
        return provers(host)
                .filter(p -> routes.isRoutedOnlyIn(p.certificate.getMetadata().getNamespace(), host))
                .max(Comparator.comparing(Prover::since))
                .flatMap(p -> accounts.open(p.granted.account()).map(AcmeAccount::keyThumbprint));
    }

    /** Whether one of the hosts is being proven for another, though this process may not have begun it. */
    boolean isBusy(Set<String> hosts, ManagedCertificate certificate, Hosts.Holder holder) {
        return hosts.stream()
                .flatMap(this::provers)
                .filter(p -> !p.certificate
                        .getMetadata()
                        .getUid()
                        .equals(certificate.getMetadata().getUid()))
                .filter(p -> clock.instant().isBefore(p.since().plus(LONGEST_HOLD)))
                .anyMatch(p -> !p.holder().equals(holder));
    }

    private record Prover(ManagedCertificate certificate, Granted granted) {
        Instant since() {
            return Optional.ofNullable(certificate.getStatus())
                    .flatMap(s -> new Conditions(s.conditions()).get(Conditions.ISSUING))
                    .map(c -> Instant.parse(c.getLastTransitionTime()))
                    .orElse(Instant.MIN);
        }

        Hosts.Holder holder() {
            return new Hosts.Holder(
                    ObjectName.of(granted.account()), certificate.getMetadata().getNamespace());
        }
    }

    private Stream<Prover> provers(String host) {
        return certificates.byIndex(BY_HOST, host).stream()
                .filter(c -> c.getMetadata().getDeletionTimestamp() == null)
                .flatMap(c -> contracts.verdict(c) instanceof Granted granted
                        ? Stream.of(new Prover(c, granted))
                        : Stream.of())
                .filter(p -> provesByHttp(p, host));
    }

    private static boolean provesByHttp(Prover prover, String host) {
        try {
            return !Plan.of(List.of(host), prover.granted::challengeTypes, prover.certificate, prover.granted.account())
                    .hosts()
                    .isEmpty();
        } catch (SolverException e) {
            return false;
        }
    }
}
