package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec.RevocationReason;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.entitlement.Denied;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.pki.CertificateChain;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Revokes certificates (RFC 8555 section 7.6): by the account that ordered them, or, where that cannot and the key is at
 * hand, by the certificate's own key.
 *
 * <p>A history is kept where people of the namespace can write. So a former certificate is revoked only if every name in
 * it is subscribed for this namespace: nobody can have one of others revoked by writing it into a history.
 */
final class Revocations {
    private static final Logger LOG = Logger.getLogger(Revocations.class);

    private final Accounts accounts;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;

    /** May a declaration of this namespace revoke a certificate that is for these names? */
    interface Names {
        Optional<Denied> refusal(List<String> names);
    }

    /**
     * What came of it.
     *
     * @param kept with a history that tells what is revoked
     * @param setback why not all could be revoked: of several, one that may pass by itself rather than one that lasts
     */
    record Outcome(KeptCertificate kept, Optional<Setback> setback) {}

    Revocations(Accounts accounts, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /** What the declaration wants revoked now. What is to be replaced first is not among it. */
    static List<IssuedCertificate> pending(ManagedCertificate certificate, KeptCertificate kept, Instant now) {
        var wish = certificate.getSpec().revocation();
        if (wish == null || now.isBefore(wish.issuedBefore())) {
            return List.of();
        }
        var before = wish.issuedBefore().truncatedTo(ChronoUnit.SECONDS);
        return valid(kept, now)
                .filter(e -> !wish.replaces() || !e.serial().equals(kept.chain().serialNumber()))
                .filter(e -> e.issuedAt().isBefore(before))
                .toList();
    }

    /** Everything that was issued and can still be revoked. */
    static Stream<IssuedCertificate> valid(KeptCertificate kept, Instant now) {
        var current = kept.revokedAt().isEmpty() ? Stream.of(kept.entry()) : Stream.<IssuedCertificate>of();
        return Stream.concat(
                        current,
                        kept.history().stream()
                                .filter(e -> !e.serial().equals(kept.chain().serialNumber())))
                .filter(e -> e.revokedAt() == null && now.isBefore(e.notAfter()));
    }

    /**
     * Revokes one after the other. One that cannot be revoked holds up no other, unless it is for the CA as a whole: where
     * that is not reached, or asks to wait, the others are not tried.
     */
    Outcome revoke(
            ManagedCertificate certificate,
            KeptCertificate kept,
            List<IssuedCertificate> entries,
            RevocationReason reason,
            Optional<CaaSAccount> account,
            Names names)
            throws InterruptedException {
        var after = kept;
        var setbacks = new ArrayList<Setback>();
        for (var entry : entries) {
            try {
                var setback = revoke(kept, entry, reason, account, names);
                if (setback.isEmpty()) {
                    after = after.with(marked(after, entry));
                    record(certificate, entry, reason);
                }
                setback.ifPresent(setbacks::add);
            } catch (AcmeFailure e) {
                if (isOfTheWholeCa(e)) {
                    return new Outcome(after, Optional.of(Setback.notRevoked(e)));
                }
                setbacks.add(Setback.notRevoked(e));
            } catch (RuntimeException e) {
                LOG.errorf(e, "Certificate %s of %s is not revoked", entry.serial(), ObjectName.of(certificate));
                setbacks.add(Setback.notRevoked(e));
            }
        }
        return new Outcome(
                after,
                setbacks.stream()
                        .filter(Setback::passing)
                        .findFirst()
                        .or(() -> setbacks.stream().findFirst()));
    }

    private static boolean isOfTheWholeCa(AcmeFailure failure) {
        return failure.isOutage()
                || switch (failure.kind()) {
                    case WAIT, UNTRUSTED, ADDRESS_NOT_ALLOWED -> true;
                    default -> false;
                };
    }

    private List<IssuedCertificate> marked(KeptCertificate kept, IssuedCertificate entry) {
        var history = new ArrayList<>(kept.history());
        history.removeIf(e -> e.serial().equals(entry.serial()));
        history.addFirst(new IssuedCertificate(
                entry.serial(),
                entry.certificateUrl(),
                entry.accountUrl(),
                entry.issuedAt(),
                entry.notAfter(),
                clock.instant().truncatedTo(ChronoUnit.SECONDS)));
        return history;
    }

    private void record(ManagedCertificate certificate, IssuedCertificate entry, RevocationReason reason) {
        var data = new HashMap<String, Object>(Map.of(
                "serialNumber", entry.serial(),
                "reason", reason.name(),
                "issuedAt", entry.issuedAt().toString(),
                "notAfter", entry.notAfter().toString()));
        Optional.ofNullable(entry.certificateUrl()).ifPresent(url -> data.put("certificateUrl", url));
        Optional.ofNullable(entry.accountUrl()).ifPresent(url -> data.put("accountUrl", url));
        audit.record(AuditRecord.Type.CERTIFICATE_REVOKED, certificate, data);
        events.normal(
                certificate,
                Reason.Revoked,
                "Revoke",
                "Certificate " + entry.serial() + " of " + entry.issuedAt() + " is revoked, reason " + reason);
    }

    private Optional<Setback> revoke(
            KeptCertificate kept,
            IssuedCertificate entry,
            RevocationReason reason,
            Optional<CaaSAccount> account,
            Names names)
            throws AcmeFailure, InterruptedException {
        if (account.isEmpty()) {
            return Optional.of(Setback.notRevoked("there is no CaaSAccount to ask its CA by"));
        }
        // The key that signs is not changed meanwhile.
        try (var _ = accounts.use(ObjectName.of(account.get()))) {
            if (entry.serial().equals(kept.chain().serialNumber())) {
                var refusal = isHeld(kept) ? Optional.<Setback>empty() : refusal(kept.chain(), names);
                return refusal.isPresent() ? refusal : revokeKept(kept, reason, account.get());
            }
            var issuer = open(account.get(), entry);
            if (issuer.isEmpty()) {
                return Optional.of(Setback.notRevoked("certificate " + entry.serial() + " was issued under account "
                        + entry.accountUrl() + ", whose key is not kept"));
            }
            // A history can be written by others: nothing is sent anywhere but to that account's CA.
            var url = url(entry.certificateUrl())
                    .filter(u -> issuer.get().url().getAuthority().equals(u.getAuthority()));
            if (url.isEmpty()) {
                return Optional.of(
                        Setback.notRevoked("it is not known where the CA keeps certificate " + entry.serial()));
            }
            return revokeFormer(issuer.get(), url.get(), entry, reason, names);
        }
    }

    private static boolean isHeld(KeptCertificate kept) {
        var key = kept.key();
        return key != null && kept.chain().matches(key.pair().getPublic());
    }

    private static Optional<Setback> refusal(CertificateChain chain, Names names) {
        return names.refusal(List.copyOf(chain.names()))
                .map(denied -> Setback.notRevoked("certificate " + chain.serialNumber()
                        + " has names that this namespace may not use: " + denied.message()));
    }

    /** Whoever has its key may revoke it, whatever has become of the account, and whatever names are in it. */
    private Optional<Setback> revokeKept(KeptCertificate kept, RevocationReason reason, CaaSAccount account)
            throws AcmeFailure {
        var leaf = kept.chain().leaf();
        var key = kept.key();
        var issuer = open(account, kept.entry());
        if (issuer.isPresent()) {
            try {
                issuer.get().revoke(leaf, reason.code());
                return Optional.empty();
            } catch (AcmeFailure e) {
                boolean refused = e.kind() == AcmeFailure.Kind.ACCOUNT_UNKNOWN
                        || (e.kind() == AcmeFailure.Kind.BLOCKED && e.isUnauthorized());
                if (!refused || key == null) {
                    throw e;
                }
            }
        }
        if (key == null) {
            return Optional.of(Setback.notRevoked("the account it was issued under is not known here, nor is its key"));
        }
        try {
            accounts.server(account).revoke(key.pair(), leaf, reason.code());
            return Optional.empty();
        } catch (CertificateException e) {
            return Optional.of(Setback.notRevoked("spec.caBundle of its CaaSAccount cannot be used"));
        }
    }

    private Optional<Setback> revokeFormer(
            AcmeAccount issuer, URL url, IssuedCertificate entry, RevocationReason reason, Names names)
            throws AcmeFailure {
        X509Certificate former = issuer.certificate(url);
        var chain = CertificateChain.of(List.of(former));
        if (!chain.serialNumber().equals(entry.serial())) {
            return Optional.of(Setback.notRevoked(
                    "at " + url + " there is certificate " + chain.serialNumber() + ", not " + entry.serial()));
        }
        var refusal = refusal(chain, names);
        if (refusal.isPresent()) {
            return refusal;
        }
        issuer.revoke(former, reason.code());
        return Optional.empty();
    }

    private Optional<AcmeAccount> open(CaaSAccount account, IssuedCertificate entry) {
        return Optional.ofNullable(entry.accountUrl()).flatMap(url -> accounts.open(account, url));
    }

    private static Optional<URL> url(@Nullable String text) {
        try {
            return text == null
                    ? Optional.empty()
                    : Optional.of(URI.create(text).toURL());
        } catch (MalformedURLException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
