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
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Does what {@code spec.deletionPolicy} says when a certificate is deleted. A finalizer holds it back for that, and only
 * where there is something to do. It always ends: what the CA has not revoked after ten minutes stays valid, on record.
 */
final class Departure {
    private static final Logger LOG = Logger.getLogger(Departure.class);

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
    private final Map<String, Holding> last = new ConcurrentHashMap<>();

    /**
     * What there is to revoke, and by whom.
     *
     * @param kept what the certificate's Secret holds
     * @param account the account that it is under, or was: that one's CA is asked, even when only the key is left to sign with
     * @param isAccountThere whether there still is an account; if not, what that alone can revoke stays valid
     */
    record Holding(Optional<KeptCertificate> kept, Optional<CaaSAccount> account, boolean isAccountThere) {
        static final Holding NONE = new Holding(Optional.empty(), Optional.empty(), false);
    }

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

    /**
     * Notes what a certificate has that is to be revoked when it is deleted: where a whole namespace goes, Secrets and
     * accounts go before it does.
     */
    void note(ManagedCertificate certificate, Optional<KeptCertificate> kept, Supplier<Optional<CaaSAccount>> account) {
        if (certificate.getSpec().deletionPolicy() != DeletionPolicy.Revoke) {
            forget(certificate);
        } else if (kept.isPresent()) {
            last.put(certificate.getMetadata().getUid(), new Holding(kept, account.get(), true));
        }
    }

    /** What it was seen to have; nothing after a restart. */
    Holding last(ManagedCertificate certificate) {
        return last.getOrDefault(certificate.getMetadata().getUid(), Holding.NONE);
    }

    /** It is gone. */
    void forget(ManagedCertificate certificate) {
        last.remove(certificate.getMetadata().getUid());
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
     * @param seen what it has, or had last
     * @return when to come back; empty once it is released
     */
    Optional<Duration> depart(
            ManagedCertificate certificate, Supplier<Holding> seen, Revocations.Names names, Instant now)
            throws InterruptedException {
        if (!certificate.hasFinalizer(FINALIZER)) {
            return Optional.empty();
        }
        var left = List.<IssuedCertificate>of();
        if (certificate.getSpec().deletionPolicy() == DeletionPolicy.Revoke) {
            try {
                var revoked = revoke(certificate, seen.get(), names, now);
                if (revoked.again().isPresent()) {
                    return revoked.again();
                }
                left = revoked.left();
            } catch (RuntimeException e) {
                if (now.isBefore(end(certificate))) {
                    throw e;
                }
                LOG.errorf(e, "%s is let go although revoking failed", ObjectName.of(certificate));
                left = shown(certificate, now);
            }
        }
        release(certificate, left, now);
        return Optional.empty();
    }

    /**
     * How far it got.
     *
     * @param left what the CA has not revoked
     * @param again when to try again; empty when no more is tried
     */
    private record Revoked(List<IssuedCertificate> left, Optional<Duration> again) {}

    private Revoked revoke(ManagedCertificate certificate, Holding holding, Revocations.Names names, Instant now)
            throws InterruptedException {
        if (holding.kept().isEmpty()) {
            return new Revoked(shown(certificate, now), Optional.empty());
        }
        var kept = holding.kept().get();
        var account = holding.account();
        var uid = certificate.getMetadata().getUid();
        last.put(uid, holding);
        boolean over = !now.isBefore(end(certificate));
        var standstill = account.flatMap(accounts::waitsUntil);
        if (standstill.isPresent() && !over) {
            return new Revoked(List.of(), Optional.of(untilThenOrTheEnd(standstill.get(), certificate, now)));
        }
        var outcome = revocations.revoke(
                certificate, kept, Revocations.valid(kept, now).toList(), reason(certificate), account, names);
        var left = Revocations.valid(outcome.kept(), now).toList();
        last.put(uid, new Holding(Optional.of(outcome.kept()), account, holding.isAccountThere()));
        if (outcome.setback().isEmpty()) {
            return new Revoked(left, Optional.empty());
        }
        var setback = outcome.setback().get();
        events.warning(certificate, setback.reason(), "Revoke", setback.message());
        if (over || (!setback.passing() && !holding.isAccountThere())) {
            return new Revoked(left, Optional.empty());
        }
        var next = next(setback, account, now);
        mark(certificate, outcome.kept());
        return new Revoked(left, Optional.of(untilThenOrTheEnd(next, certificate, now)));
    }

    /** For who comes after a restart: until then it is remembered. */
    private void mark(ManagedCertificate certificate, KeptCertificate kept) {
        try {
            secrets.secret(certificate).ifPresent(s -> secrets.mark(certificate, s, kept));
        } catch (KubernetesClientException e) {
            LOG.warnf("What is revoked of %s is not noted: %s", ObjectName.of(certificate), e.getMessage());
        }
    }

    /** What is told where it is not known any more what there was: of which the CA cannot be asked to revoke it. */
    private static List<IssuedCertificate> shown(ManagedCertificate certificate, Instant now) {
        return Optional.ofNullable(certificate.getStatus())
                .map(status -> History.of(status, now))
                .orElse(List.of())
                .stream()
                .filter(e -> e.revokedAt() == null)
                .toList();
    }

    /** When to try again; where the CA asked to wait, the whole account does. */
    private Instant next(Setback setback, Optional<CaaSAccount> account, Instant now) {
        return account.filter(_ -> setback.pace() == Setback.Pace.ACCOUNT)
                .map(a -> accounts.waitUntil(ObjectName.of(a), setback.message(), setback.nextAttempt(1, now, random)))
                .orElse(now.plus(setback.passing() ? SOON : LATER));
    }

    private static Duration untilThenOrTheEnd(Instant then, ManagedCertificate certificate, Instant now) {
        var end = end(certificate);
        return Duration.between(now, then.isBefore(end) ? then : end).plusMillis(1);
    }

    private void release(ManagedCertificate certificate, List<IssuedCertificate> left, Instant now) {
        var policy = certificate.getSpec().deletionPolicy();
        if (policy != DeletionPolicy.Retain) {
            Stream.concat(secrets.secret(certificate).stream(), secrets.elsewhere(certificate).stream())
                    .forEach(secret -> delete(certificate, secret, now));
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

    /** One that has changed or is defended is tried again, but not beyond the end. */
    private void delete(ManagedCertificate certificate, Secret secret, Instant now) {
        try {
            secrets.deleteAsSeen(secret);
        } catch (KubernetesClientException e) {
            if (now.isBefore(end(certificate))) {
                throw e;
            }
            events.warning(
                    certificate,
                    Reason.Failed,
                    "Delete",
                    "Deleted although Secret '" + secret.getMetadata().getName() + "' could not be: " + e.getMessage()
                            + ". Delete it by hand");
        }
    }

    private static RevocationReason reason(ManagedCertificate certificate) {
        var revocation = certificate.getSpec().revocation();
        return revocation == null ? RevocationReason.CessationOfOperation : revocation.reason();
    }

    private static Instant end(ManagedCertificate certificate) {
        return Instant.parse(certificate.getMetadata().getDeletionTimestamp()).plus(LONGEST);
    }
}
