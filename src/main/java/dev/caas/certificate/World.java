package dev.caas.certificate;

import dev.caas.account.Standstill;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.entitlement.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a reconcile sees of one certificate.
 *
 * @param verdict whether it may be ordered, on current caches
 * @param kept what its Secret holds, if there is something usable in it
 * @param shortcomings in what the kept certificate does not satisfy the declaration; empty if it does
 * @param hasForms whether its Secret has just what is declared around certificate and key
 * @param hindrance what keeps its Secret from being made just what is declared
 * @param renewalDue when the kept certificate is due for renewal
 * @param renewalInfo what the CA said about when to renew the kept certificate
 * @param nextQuestion when to ask the CA about that again; empty if it is not to be asked
 * @param toRevoke certificates that the declaration wants revoked and that are not yet
 * @param revocationRest until when no revocation is tried, since the last one failed
 * @param hasCheckpoint whether an order is kept
 * @param movedFrom whether its Secret is there under another name
 * @param foreign the Secret of somebody else that is to be adopted
 * @param rival an older certificate that names the same Secret, or owns it
 * @param standstill why the orders of its account stand still, if they do
 * @param accountChanged whether the account is declared otherwise than when the last attempt failed
 * @param hasLostProofs whether the CA may be looking at proofs that are not in place any more
 */
record World(
        ManagedCertificate certificate,
        Verdict verdict,
        Optional<KeptCertificate> kept,
        List<String> shortcomings,
        boolean hasForms,
        Optional<Hindrance> hindrance,
        Optional<Instant> renewalDue,
        Optional<RenewalInfo> renewalInfo,
        Optional<Instant> nextQuestion,
        List<IssuedCertificate> toRevoke,
        Optional<Instant> revocationRest,
        boolean hasCheckpoint,
        Optional<KeptCertificate> movedFrom,
        Optional<ForeignSecret> foreign,
        Optional<ManagedCertificate> rival,
        Optional<Standstill> standstill,
        boolean accountChanged,
        boolean hasLostProofs,
        Instant now) {

    /** Whether the Secret holds what is declared, so that it can be served. */
    boolean isSatisfied() {
        return kept.isPresent() && shortcomings.isEmpty();
    }

    /** The same after something was done: the declaration with the status it has now, at a later time. */
    World after(ManagedCertificate written, Instant later) {
        return new World(
                written,
                verdict,
                kept,
                shortcomings,
                hasForms,
                hindrance,
                renewalDue,
                renewalInfo,
                nextQuestion,
                toRevoke,
                revocationRest,
                hasCheckpoint,
                movedFrom,
                foreign,
                rival,
                standstill,
                accountChanged,
                hasLostProofs,
                later);
    }
}
