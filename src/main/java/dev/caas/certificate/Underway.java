package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.acme.AcmeAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.challenge.Plan;
import dev.caas.challenge.SolverException;
import dev.caas.challenge.http01.Hosts;
import dev.caas.entitlement.DomainName;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which hosts certificates are being issued for, as every replica can tell from the API server: a certificate's Issuing
 * condition is set only while it holds its hosts, so at most one account is found for a host.
 */
final class Underway {
    static final String BY_HOST = "issuing-host";

    private final IndexedResourceCache<ManagedCertificate> certificates;
    private final Contracts contracts;
    private final Accounts accounts;

    Underway(IndexedResourceCache<ManagedCertificate> certificates, Contracts contracts, Accounts accounts) {
        this.certificates = certificates;
        this.contracts = contracts;
        this.accounts = accounts;
    }

    /** The index: names of certificates that are being issued. */
    static List<String> hosts(ManagedCertificate certificate) {
        var status = certificate.getStatus();
        return status != null && new Conditions(status.conditions()).isTrue(Conditions.ISSUING)
                ? certificate.getSpec().dnsNames().stream()
                        .flatMap(Underway::host)
                        .distinct()
                        .toList()
                : List.of();
    }

    private static Stream<String> host(String name) {
        try {
            var parsed = DomainName.parse(name);
            return parsed.isWildcard() ? Stream.of() : Stream.of(parsed.ascii());
        } catch (InvalidNameException e) {
            return Stream.of();
        }
    }

    /** The thumbprint of the account that proves control of the host by HTTP-01 right now, if it still may. */
    Optional<String> thumbprint(String host) {
        var thumbprints = provers(host)
                .map(p -> accounts.open(p.granted.account()).map(AcmeAccount::keyThumbprint))
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
        return thumbprints.size() == 1 ? thumbprints.stream().findFirst() : Optional.empty();
    }

    /** The hosts that certificates of others are being proven for, though this process did not begin it. */
    boolean isBusy(Set<String> hosts, ManagedCertificate certificate, Hosts.Holder holder) {
        return hosts.stream()
                .flatMap(this::provers)
                .filter(p -> !p.certificate
                        .getMetadata()
                        .getUid()
                        .equals(certificate.getMetadata().getUid()))
                .anyMatch(p -> !p.holder().equals(holder));
    }

    private record Prover(ManagedCertificate certificate, Granted granted) {
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
