package dev.caas.certificate;

import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.entitlement.Granted;
import dev.caas.kube.ObjectName;
import dev.caas.subscription.Evidence;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What certificates tell of their subscriptions, by their Secrets and by their statuses: either can be lost. */
final class IssuedUnder implements Evidence {
    static final String BY_SUBSCRIPTION = "subscription";

    private final IndexedResourceCache<ManagedCertificate> certificates;
    private final CertificateSecrets secrets;
    private final Checkpoints checkpoints;
    private final Contracts contracts;

    IssuedUnder(
            IndexedResourceCache<ManagedCertificate> certificates,
            CertificateSecrets secrets,
            Checkpoints checkpoints,
            Contracts contracts) {
        this.certificates = certificates;
        this.secrets = secrets;
        this.checkpoints = checkpoints;
        this.contracts = contracts;
    }

    /** The index: certificates by the subscriptions that theirs was issued under. */
    static List<String> subscriptions(ManagedCertificate certificate) {
        return Optional.ofNullable(certificate.getStatus())
                .map(ManagedCertificateStatus::subscriptions)
                .orElse(List.of());
    }

    @Override
    public List<Instant> issuedAt(DomainSubscription subscription) {
        var name = ObjectName.of(subscription).toString();
        return certificates
                .list()
                // One that is told of by both was issued once.
                .flatMap(
                        c -> Stream.concat(bySecret(c, name), byStatus(c, name)).distinct())
                .toList();
    }

    private Stream<Instant> bySecret(ManagedCertificate certificate, String subscription) {
        return secrets.secret(certificate).stream().flatMap(s -> KeptCertificate.issuedUnder(subscription, s));
    }

    private static Stream<Instant> byStatus(ManagedCertificate certificate, String subscription) {
        @Nullable ManagedCertificateStatus status = certificate.getStatus();
        return status == null || !status.subscriptions().contains(subscription)
                ? Stream.empty()
                : Stream.concat(
                        Stream.ofNullable(status.issuedAt()),
                        status.history().stream().flatMap(h -> Stream.ofNullable(h.issuedAt())));
    }

    @Override
    public Set<String> underWay(DomainSubscription subscription) {
        return certificates
                .list()
                .filter(c -> checkpoints.secret(c).isPresent())
                .filter(c -> contracts.verdict(c) instanceof Granted granted
                        && granted.subscriptions().stream()
                                .anyMatch(s -> ObjectName.of(s).equals(ObjectName.of(subscription))))
                .map(c -> c.getMetadata().getUid())
                .collect(Collectors.toSet());
    }

    @Override
    public int inUse(DomainSubscription subscription) {
        return certificates
                .byIndex(BY_SUBSCRIPTION, ObjectName.of(subscription).toString())
                .size();
    }
}
