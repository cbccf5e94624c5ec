package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec.DeletionPolicy;
import dev.caas.api.ManagedCertificateSpec.RevocationReason;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.ObjectName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Does what {@code spec.deletionPolicy} says when a certificate is deleted. A finalizer holds it back for that, and only
 * where there is something to do. It always ends: what the CA has not revoked after ten minutes stays valid, on record.
 */
final class Departure {
    static final String FINALIZER = "caas.dev/managedcertificate";

    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration LATER = Duration.ofMinutes(1);

    private final Accounts accounts;
    private final CertificateSecrets secrets;
    private final Revocations revocations;
    private final Finalizers finalizers;
    private final EventRecorder events;
    private final AuditLog audit;
    private final RandomGenerator random;

    Departure(
            Accounts accounts,
            CertificateSecrets secrets,
            Revocations revocations,
            Finalizers finalizers,
            EventRecorder events,
            AuditLog audit,
            RandomGenerator random) {
        this.accounts = accounts;
        this.secrets = secrets;
        this.revocations = revocations;
        this.finalizers = finalizers;
        this.events = events;
        this.audit = audit;
        this.random = random;
    }

    /** The certificate with the finalizer if its policy needs one, and else without. */
    ManagedCertificate prepare(ManagedCertificate certificate) {
        return certificate.getSpec().deletionPolicy() == DeletionPolicy.Retain
                ? finalizers.remove(certificate, FINALIZER)
                : finalizers.add(certificate, FINALIZER);
    }

    /**
     * Goes on with the departure of a certificate that is being deleted.
     *
     * @param kept what its Secret holds
     * @return when to come back; empty once it is released
     */
    Optional<Duration> depart(
            ManagedCertificate certificate,
            Optional<KeptCertificate> kept,
            Optional<CaaSAccount> account,
            Revocations.Names names,
            Instant now)
            throws InterruptedException {
        if (!certificate.hasFinalizer(FINALIZER)) {
            return Optional.empty();
        }
        var policy = certificate.getSpec().deletionPolicy();
        var left = List.<IssuedCertificate>of();
        if (policy == DeletionPolicy.Revoke && kept.isPresent()) {
            var standstill = account.flatMap(accounts::waitsUntil);
            if (standstill.isPresent() && now.isBefore(end(certificate))) {
                return Optional.of(untilThenOrTheEnd(standstill.get(), certificate, now));
            }
            var outcome = revocations.revoke(
                    certificate,
                    kept.get(),
                    Revocations.valid(kept.get(), now).toList(),
                    reason(certificate),
                    account,
                    names);
            left = Revocations.valid(outcome.kept(), now).toList();
            var setback = outcome.setback();
            if (setback.isPresent()) {
                events.warning(
                        certificate,
                        setback.get().reason(),
                        "Revoke",
                        setback.get().message());
                if (now.isBefore(end(certificate))) {
                    secrets.secret(certificate).ifPresent(s -> secrets.mark(certificate, s, outcome.kept()));
                    return Optional.of(untilThenOrTheEnd(next(setback.get(), account, now), certificate, now));
                }
            }
        }
        release(certificate, policy, left);
        return Optional.empty();
    }

    /** When to try again; where the CA asked to wait, the whole account does. */
    private Instant next(Setback setback, Optional<CaaSAccount> account, Instant now) {
        return account.filter(_ -> setback.pace() == Setback.Pace.ACCOUNT)
                .map(a -> accounts.waitUntil(ObjectName.of(a), setback.message(), setback.nextAttempt(1, now, random)))
                .orElse(now.plus(setback.pace() == Setback.Pace.SOON ? SOON : LATER));
    }

    private static Duration untilThenOrTheEnd(Instant then, ManagedCertificate certificate, Instant now) {
        var end = end(certificate);
        return Duration.between(now, then.isBefore(end) ? then : end).plusMillis(1);
    }

    private void release(ManagedCertificate certificate, DeletionPolicy policy, List<IssuedCertificate> left) {
        if (policy != DeletionPolicy.Retain) {
            Stream.concat(secrets.secret(certificate).stream(), secrets.elsewhere(certificate).stream())
                    .forEach(secrets::delete);
        }
        var serials = left.stream().map(IssuedCertificate::serial).toList();
        if (!serials.isEmpty()) {
            events.warning(
                    certificate,
                    Reason.Failed,
                    "Delete",
                    "Deleted although the CA has not revoked " + String.join(", ", serials)
                            + "; revoke them at the CA platform");
        }
        audit.record(
                AuditRecord.Type.CERTIFICATE_RELEASED,
                certificate,
                Map.of("deletionPolicy", policy.name(), "notRevoked", serials));
        finalizers.remove(certificate, FINALIZER);
    }

    private static RevocationReason reason(ManagedCertificate certificate) {
        var revocation = certificate.getSpec().revocation();
        return revocation == null ? RevocationReason.CessationOfOperation : revocation.reason();
    }

    private static Instant end(ManagedCertificate certificate) {
        return Instant.parse(certificate.getMetadata().getDeletionTimestamp()).plus(LONGEST);
    }
}
