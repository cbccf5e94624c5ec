package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks for the Secret of somebody else that a declaration asks to adopt, and makes it that certificate's. It leaves what
 * others have in it as it is, owner references included, but says what will come of those.
 */
final class Adoption {
    private final CertificateSecrets secrets;
    private final EventRecorder events;
    private final AuditLog audit;

    Adoption(CertificateSecrets secrets, EventRecorder events, AuditLog audit) {
        this.secrets = secrets;
        this.events = events;
        this.audit = audit;
    }

    /** The Secret to adopt, if one is asked for and there; for a certificate that has none of its own. Costs a read. */
    Optional<ForeignSecret> see(
            ManagedCertificate certificate, IndexedResourceCache<ManagedCertificate> certificates, Instant now) {
        if (!certificate.getSpec().adoptExistingSecret()
                || certificate.getSpec().csr() != null) {
            return Optional.empty();
        }
        return secrets.foreign(certificate)
                .map(secret -> new ForeignSecret(
                        secret,
                        owner(secret, certificate, certificates),
                        KeptCertificate.from(secret)
                                .map(KeptCertificate::adopted)
                                .filter(found -> isUsable(certificate, found, now))));
    }

    private static Optional<ManagedCertificate> owner(
            Secret secret, ManagedCertificate certificate, IndexedResourceCache<ManagedCertificate> certificates) {
        return certificates
                .list(secret.getMetadata().getNamespace())
                .filter(c -> CertificateSecrets.isOf(c, secret))
                .filter(c -> !c.getMetadata()
                        .getUid()
                        .equals(certificate.getMetadata().getUid()))
                .findFirst();
    }

    /**
     * Unlike a certificate that a CA has just made, one that is found must be valid by our clock, and not one that vouches
     * for itself, such as cert-manager puts there until it has a better one.
     */
    private static boolean isUsable(ManagedCertificate certificate, KeptCertificate found, Instant now) {
        return found.chain().validAt(now)
                && !found.chain().isSelfIssued()
                && now.isBefore(Renewal.due(found, certificate.getSpec(), Optional.empty(), now))
                && Observer.shortcomings(certificate, found, now).isEmpty();
    }

    /** Takes a Secret over with the certificate that is in it. */
    void takeOver(ManagedCertificate certificate, ForeignSecret foreign, KeptCertificate kept) {
        var secret = secrets.mark(certificate, foreign.secret(), kept);
        var chain = kept.chain();
        audit.record(
                AuditRecord.Type.CERTIFICATE_ADOPTED,
                certificate,
                Map.of(
                        "secret", ObjectName.of(secret).toString(),
                        "dnsNames", List.copyOf(chain.dnsNames()),
                        "ipAddresses", List.copyOf(chain.ipAddresses()),
                        "serialNumber", chain.serialNumber(),
                        "fingerprint", chain.fingerprint(),
                        "issuer", chain.issuer(),
                        "notAfter", chain.notAfter().toString()));
        events.normal(
                certificate,
                Reason.Adopted,
                "Adopt",
                "Secret '" + certificate.getSpec().secretName() + "' is adopted as it is, with certificate "
                        + chain.serialNumber() + ", valid until " + chain.notAfter() + "; nothing was ordered");
        warnOfOwners(certificate, foreign);
    }

    /** Says with whom a Secret will be deleted that was taken over, in whatever way. */
    void warnOfOwners(ManagedCertificate certificate, ForeignSecret adopted) {
        if (!adopted.goesWith().isEmpty()) {
            events.warning(
                    certificate,
                    Reason.Adopted,
                    "Adopt",
                    "Secret '" + certificate.getSpec().secretName() + "' is owned by "
                            + String.join(", ", adopted.goesWith())
                            + " and will be deleted with it; remove metadata.ownerReferences from the Secret to keep it");
        }
    }
}
