package dev.caas.certificate;

import dev.caas.account.Standstill;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.api.Reason;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Computes a certificate's status from what is kept and what happened. While a valid certificate is kept, Ready stays
 * True whatever happens to the next one; that shows in Stalled or Reconciling. Pure.
 *
 * @param kept what the Secret holds; empty if nothing that satisfies the declaration
 * @param renewalInfo what the CA said about when to renew that
 */
record StatusLine(
        ManagedCertificate certificate,
        Optional<KeptCertificate> kept,
        Optional<RenewalInfo> renewalInfo,
        Instant now) {

    /** Of what was seen. */
    static StatusLine of(World world) {
        return new StatusLine(
                world.certificate(),
                world.isSatisfied() ? world.kept() : Optional.empty(),
                world.renewalInfo(),
                world.now());
    }

    /** The same, once something else is kept. */
    StatusLine keeping(KeptCertificate another, Optional<RenewalInfo> itsRenewalInfo) {
        return new StatusLine(certificate, Optional.of(another), itsRenewalInfo, now);
    }

    /** The same, once more is known of what is kept; one that was revoked is not kept any more. */
    StatusLine knowing(KeptCertificate more) {
        return new StatusLine(
                certificate, kept.filter(_ -> more.revokedAt().isEmpty()).map(_ -> more), renewalInfo, now);
    }

    /** The same after something was done: the declaration with the status it has now, at a later time. */
    StatusLine after(ManagedCertificate written, Instant later) {
        return new StatusLine(written, kept, renewalInfo, later);
    }

    /** Issued and not due. */
    ManagedCertificateStatus settled() {
        return settled(ready());
    }

    /** Issued, with nothing to try again. */
    private ManagedCertificateStatus settled(Conditions conditions) {
        return status(kept, conditions, null, null, null);
    }

    /** Issued and not due; what is to be revoked is not yet, which tells itself. */
    ManagedCertificateStatus settledButNotRevoked() {
        return waitingOn(false).orElseGet(this::settled);
    }

    /** Issued and in use, but a next one could not be ordered. */
    ManagedCertificateStatus settledButNotEntitled(Reason reason, String why) {
        return settled(
                readyBut(Conditions.STALLED, reason, "The certificate stays in use but cannot be renewed. " + why));
    }

    /** Issued and in use, but not in all forms declared. */
    ManagedCertificateStatus settledBut(Hindrance hindrance) {
        return settled(readyBut(
                Conditions.STALLED,
                hindrance.reason(),
                "The certificate is in use, but not all that is declared can be done. " + hindrance.message()));
    }

    /** Being ordered. */
    ManagedCertificateStatus issuing() {
        var message = "The certificate is being ordered";
        var conditions = kept.isPresent()
                ? ready()
                : before().with(Conditions.READY, false, Reason.Issuing, message, generation(), now);
        return status(
                kept,
                conditions
                        .with(Conditions.ISSUING, true, Reason.Issuing, message, generation(), now)
                        .with(Conditions.RECONCILING, true, Reason.Issuing, message, generation(), now)
                        .without(Conditions.STALLED),
                attempts(),
                null,
                lastFailure());
    }

    /** Not ordered until something changes. */
    ManagedCertificateStatus blocked(Reason reason, String message) {
        return status(kept, notNow(reason, message, false), attempts(), null, lastFailure());
    }

    /** Not ordered until then, when it may be. */
    ManagedCertificateStatus waitingUntil(Instant next, Reason reason, String message) {
        return status(kept, notNow(reason, message, true), attempts(), next, lastFailure());
    }

    /** Not ordered until something that is on its way is there. */
    ManagedCertificateStatus pending(Reason reason, String message) {
        return status(kept, notNow(reason, message, true), attempts(), null, lastFailure());
    }

    /**
     * The orders of the account stand still. The time is told only at first: what comes after is told by the account, so
     * that an outage costs each certificate one or two writes however long it lasts.
     */
    ManagedCertificateStatus standingStill(ObjectName account, Standstill standstill, boolean proving) {
        boolean asked = standstill.reason() == Reason.RateLimited;
        var message = (asked ? "The CA asked this account to wait" : "The CA does not answer")
                + ": see status.retryAfter of CaaSAccount " + account;
        return status(
                kept,
                proving(notNow(standstill.reason(), message, true), proving),
                attempts(),
                asked && standstill.inARow() == 1 ? standstill.until() : null,
                lastFailure());
    }

    /** Waiting on for what the status tells already; only what is kept may be another now, or expired. */
    Optional<ManagedCertificateStatus> waitingOn(boolean proving) {
        boolean passing = before().isTrue(Conditions.RECONCILING);
        return before().get(passing ? Conditions.RECONCILING : Conditions.STALLED)
                .flatMap(why -> Stream.of(Reason.values())
                        .filter(reason -> reason.name().equals(why.getReason()))
                        .findFirst()
                        .map(reason -> status(
                                kept,
                                proving(notNow(reason, why.getMessage(), passing), proving),
                                attempts(),
                                status().map(ManagedCertificateStatus::nextAttempt)
                                        .orElse(null),
                                lastFailure())));
    }

    /** Issuing stays True as long as the responder has to answer, by which every replica knows that it has to. */
    private Conditions proving(Conditions conditions, boolean proving) {
        var issuing = before().get(Conditions.ISSUING);
        return proving && issuing.isPresent()
                ? new Conditions(Stream.concat(conditions.all().stream(), issuing.stream())
                        .toList())
                : conditions;
    }

    /**
     * An attempt did not get through.
     *
     * @param proving whether the CA may still look at the proofs
     */
    ManagedCertificateStatus setBack(Setback setback, int attempts, Instant next, boolean proving) {
        var before = Setback.isOfRevocation(lastFailure()) ? null : lastFailure();
        return status(
                kept,
                told(setback, proving),
                attempts == 0 ? null : attempts,
                next,
                setback.isFailure() ? failure(setback) : before);
    }

    /** Something is not revoked. What is told of an order that failed stays: the next one goes by that. */
    ManagedCertificateStatus notRevoked(Setback setback, int attempts, Instant next, boolean proving) {
        var conditions = told(setback, proving);
        return attempts() == null || Setback.isOfRevocation(lastFailure())
                ? status(kept, conditions, attempts, next, failure(setback))
                : status(
                        kept,
                        conditions,
                        attempts(),
                        status().map(ManagedCertificateStatus::nextAttempt).orElse(null),
                        lastFailure());
    }

    private Conditions told(Setback setback, boolean proving) {
        return proving(notNow(setback.reason(), setback.message(), setback.passing()), proving);
    }

    private ManagedCertificateStatus.Failure failure(Setback setback) {
        return new ManagedCertificateStatus.Failure(
                now.truncatedTo(ChronoUnit.SECONDS),
                setback.step(),
                setback.type(),
                setback.detail(),
                setback.subproblems());
    }

    /** Orders that failed in a row so far; a failed revocation is none of them. */
    int failedAttempts() {
        return Setback.isOfRevocation(lastFailure())
                ? 0
                : Optional.ofNullable(attempts()).orElse(0);
    }

    private Conditions ready() {
        return before().ready(
                        Reason.Issued,
                        "The certificate is issued and kept in Secret '"
                                + certificate.getSpec().secretName() + "'",
                        generation(),
                        now);
    }

    private Conditions notNow(Reason reason, String message, boolean passing) {
        if (kept.isEmpty()) {
            return passing
                    ? before().reconciling(reason, message, generation(), now)
                    : before().stalled(reason, message, generation(), now);
        }
        return readyBut(passing ? Conditions.RECONCILING : Conditions.STALLED, reason, message);
    }

    /** In use, but not all is well. What was not well before keeps the time since when it is not. */
    private Conditions readyBut(String type, Reason reason, String message) {
        var since = before().get(type);
        var ready = since.isPresent()
                ? new Conditions(
                        Stream.concat(ready().all().stream(), since.stream()).toList())
                : ready();
        return ready.with(type, true, reason, message, generation(), now);
    }

    private Conditions before() {
        return new Conditions(status().map(ManagedCertificateStatus::conditions).orElse(List.of()));
    }

    private @Nullable Integer attempts() {
        return status().map(ManagedCertificateStatus::attempts).orElse(null);
    }

    private ManagedCertificateStatus.@Nullable Failure lastFailure() {
        return status().map(ManagedCertificateStatus::lastFailure).orElse(null);
    }

    private Optional<ManagedCertificateStatus> status() {
        return Optional.ofNullable(certificate.getStatus());
    }

    private long generation() {
        return certificate.getMetadata().getGeneration();
    }

    private ManagedCertificateStatus status(
            Optional<KeptCertificate> kept,
            Conditions conditions,
            @Nullable Integer attempts,
            @Nullable Instant nextAttempt,
            ManagedCertificateStatus.@Nullable Failure lastFailure) {
        if (kept.isEmpty()) {
            return new ManagedCertificateStatus(
                    generation(),
                    conditions.all(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    List.of(),
                    null,
                    attempts,
                    nextAttempt,
                    lastFailure,
                    status().map(before -> History.of(before, now)).orElse(List.of()));
        }
        var chain = kept.get().chain();
        return new ManagedCertificateStatus(
                generation(),
                conditions.all(),
                chain.serialNumber(),
                chain.fingerprint(),
                chain.issuer(),
                kept.get().issuedAt(),
                chain.notBefore(),
                chain.notAfter(),
                Renewal.due(kept.get(), certificate.getSpec(), renewalInfo, now),
                renewalInfo.orElse(null),
                kept.get().accountUrl(),
                kept.get().certificateUrl(),
                kept.get().subscriptions(),
                kept.get().validationType(),
                attempts,
                nextAttempt,
                lastFailure,
                kept.get().history());
    }
}
