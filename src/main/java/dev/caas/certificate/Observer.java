package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.acme.AcmeAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.challenge.Proofs;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.entitlement.Verdict;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import dev.caas.pki.InvalidRequestException;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Sees all that decides about a certificate, in caches and in what is remembered. Changes nothing. */
final class Observer {
    static final String BY_SECRET = "secret";

    private static final Comparator<ManagedCertificate> OLDEST_FIRST = Comparator.<ManagedCertificate, String>comparing(
                    c -> c.getMetadata().getCreationTimestamp())
            .thenComparing(c -> c.getMetadata().getUid());

    private final IndexedResourceCache<ManagedCertificate> certificates;
    private final Contracts contracts;
    private final Accounts accounts;
    private final CertificateSecrets secrets;
    private final Checkpoints checkpoints;
    private final Adoption adoption;
    private final Repairs repairs;
    private final RenewalInfos renewalInfos;
    private final TriedUnder tried;
    private final Unrevoked unrevoked;
    private final Proofs proofs;
    private final Clock clock;

    Observer(
            IndexedResourceCache<ManagedCertificate> certificates,
            Contracts contracts,
            Accounts accounts,
            CertificateSecrets secrets,
            Checkpoints checkpoints,
            Adoption adoption,
            Repairs repairs,
            RenewalInfos renewalInfos,
            TriedUnder tried,
            Unrevoked unrevoked,
            Proofs proofs,
            Clock clock) {
        this.certificates = certificates;
        this.contracts = contracts;
        this.accounts = accounts;
        this.secrets = secrets;
        this.checkpoints = checkpoints;
        this.adoption = adoption;
        this.repairs = repairs;
        this.renewalInfos = renewalInfos;
        this.tried = tried;
        this.unrevoked = unrevoked;
        this.proofs = proofs;
        this.clock = clock;
    }

    /** The index: certificates by the Secret that they name. */
    static List<String> secretOf(ManagedCertificate certificate) {
        return List.of(certificate.getMetadata().getNamespace() + "/"
                + certificate.getSpec().secretName());
    }

    World see(ManagedCertificate certificate) {
        var now = clock.instant();
        var verdict = contracts.verdict(certificate);
        var secret = secrets.secret(certificate);
        var kept = kept(certificate, now);
        var renewalInfo = kept.flatMap(k -> renewalInfos.known(certificate, k));
        var rival = rival(certificate);
        var elsewhere = kept.isPresent()
                ? Optional.<KeptCertificate>empty()
                : secrets.elsewhere(certificate).stream()
                        .flatMap(s -> KeptCertificate.from(s).stream())
                        .filter(k -> shortcomings(certificate, k, now).isEmpty())
                        .findFirst();
        return new World(
                certificate,
                verdict,
                kept,
                kept.map(k -> shortcomings(certificate, k, now)).orElse(List.of()),
                kept.map(k -> repairs.restUntil(certificate).isPresent()
                                || secrets.isComplete(certificate, secret.orElseThrow(), k))
                        .orElse(false),
                hindrance(certificate),
                kept.map(k -> Renewal.due(k, certificate.getSpec(), renewalInfo, now)),
                renewalInfo,
                kept.filter(k -> teller(certificate, k, verdict).isPresent())
                        .map(k -> renewalInfos.next(certificate, k, now)),
                kept.map(k -> Revocations.pending(certificate, k, now)).orElse(List.of()),
                unrevoked.restUntil(certificate),
                checkpoints.secret(certificate).isPresent(),
                elsewhere,
                secret.isPresent() || rival.isPresent()
                        ? Optional.empty()
                        : adoption.see(certificate, certificates, now),
                rival,
                verdict instanceof Granted granted ? accounts.standstill(granted.account()) : Optional.empty(),
                verdict instanceof Granted granted && tried.isOver(ObjectName.of(certificate), granted.account()),
                hasLostProofs(certificate),
                now);
    }

    /** What the Secret holds, with all that is known of what was before it. */
    Optional<KeptCertificate> kept(ManagedCertificate certificate, Instant now) {
        var status = Optional.ofNullable(certificate.getStatus());
        return secrets.secret(certificate)
                .flatMap(KeptCertificate::from)
                .map(k -> status.map(k::completedBy).orElse(k))
                .map(k -> k.with(History.of(k, status, now)));
    }

    /** What keeps it from being just what is declared: first what concerns its Secret, then windows that cannot be read. */
    private Optional<Hindrance> hindrance(ManagedCertificate certificate) {
        return secrets.hindrance(certificate).or(() -> {
            try {
                RenewalWindows.of(certificate.getSpec().renewalWindows());
                return Optional.empty();
            } catch (InvalidWindowException e) {
                return Optional.of(new Hindrance(
                        Reason.InvalidSpec, e.getMessage() + ". Until then it is renewed without regard to windows."));
            }
        });
    }

    /** By whom to ask the CA when to renew: nobody asks for what is suspended, or at a CA that has not issued it. */
    Optional<AcmeAccount> teller(ManagedCertificate certificate, KeptCertificate kept, Verdict verdict) {
        return verdict instanceof Granted granted
                        && !certificate.getSpec().suspend()
                        && accounts.waitsUntil(granted.account()).isEmpty()
                ? Optional.ofNullable(kept.accountUrl()).flatMap(url -> accounts.open(granted.account(), url))
                : Optional.empty();
    }

    /** In what a certificate falls short of a declaration; empty if it satisfies it. */
    static List<String> shortcomings(ManagedCertificate certificate, KeptCertificate kept, Instant now) {
        try {
            return Stream.concat(
                            kept.shortcomings(Ordered.wanted(certificate.getSpec()), now).stream(),
                            kept.profileShortcoming(certificate.getSpec().profile()).stream())
                    .toList();
        } catch (InvalidNameException | InvalidRequestException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /** The CA may still look at what another process had put in place. */
    private boolean hasLostProofs(ManagedCertificate certificate) {
        return Optional.ofNullable(certificate.getStatus())
                        .filter(status -> new Conditions(status.conditions()).isTrue(Conditions.ISSUING))
                        .isPresent()
                && !proofs.isOpen(certificate);
    }

    /** Of several that name one Secret, the one that owns it may; if none does yet, the oldest. */
    private Optional<ManagedCertificate> rival(ManagedCertificate certificate) {
        if (secrets.secret(certificate).isPresent()) {
            return Optional.empty();
        }
        var meta = certificate.getMetadata();
        return certificates.byIndex(BY_SECRET, secretOf(certificate).getFirst()).stream()
                .filter(c -> !c.getMetadata().getUid().equals(meta.getUid()))
                .filter(c -> c.getMetadata().getDeletionTimestamp() == null)
                .filter(c -> secrets.secret(c).isPresent() || OLDEST_FIRST.compare(c, certificate) < 0)
                .min(OLDEST_FIRST);
    }
}
