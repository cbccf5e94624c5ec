package dev.caas.certificate;

import dev.caas.account.Standstill;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateSpec.RevocationReason;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.Reason;
import dev.caas.entitlement.Denied;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kube.Conditions;
import dev.caas.pki.GivenRequest;
import dev.caas.pki.InvalidRequestException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What to do next for a certificate, decided from what was seen. Pure. */
sealed interface Step {

    /** All is well until renewal is due. */
    record Settled(KeptCertificate kept, Instant until) implements Step {}

    /** The CA is asked when to renew what is kept. */
    record Ask(KeptCertificate kept) implements Step {}

    /** What was declared to be revoked is revoked; it is not in use any more, or no other is to take its place. */
    record Revoke(KeptCertificate kept, List<IssuedCertificate> certificates) implements Step {}

    /** The Secret has not just what is declared around its certificate: that is put right, and nothing ordered. */
    record Repair(KeptCertificate kept) implements Step {}

    /** The Secret of somebody else holds what is declared: it is taken over as it is. */
    record Adopt(ForeignSecret foreign, KeptCertificate kept) implements Step {}

    /** The Secret has another name now: certificate and key move there. */
    record Move(KeptCertificate kept) implements Step {}

    /** Nothing is ordered until somebody changes something. */
    record Blocked(Reason reason, String message) implements Step {}

    /** Nothing is ordered, because it is not entitled. */
    record NotEntitled(Denied denied) implements Step {}

    /** An attempt failed or the CA is at work: nothing is done until then. */
    record Wait(Instant until) implements Step {}

    /** The account's orders stand still: nothing is done until its CA may be asked again. */
    record StandStill(Standstill why) implements Step {}

    /** Order a certificate, or go on with the order there is. */
    record Issue(Granted granted) implements Step {}

    static Step next(World world) {
        var certificate = world.certificate();
        if (world.rival().isPresent()) {
            return new Blocked(
                    Reason.SecretConflict,
                    "ManagedCertificate '" + world.rival().get().getMetadata().getName()
                            + "' keeps its certificate in Secret '"
                            + certificate.getSpec().secretName() + "'; choose another spec.secretName");
        }
        var conflict = world.hindrance().filter(Hindrance::isConflict);
        if (conflict.isPresent()) {
            return new Blocked(conflict.get().reason(), conflict.get().message());
        }
        var revocation = revocation(world);
        if (revocation.isPresent()) {
            return revocation.get();
        }
        if (world.isSatisfied() && !world.hasForms()) {
            return new Repair(world.kept().orElseThrow());
        }
        if (isEnough(world)) {
            return inUse(world, world.kept().orElseThrow());
        }
        if (isRevokedForGood(world)) {
            return new Blocked(
                    Reason.Revoked,
                    "The certificate was revoked, and spec.revocation.replace is false; set it to true, or remove"
                            + " spec.revocation, to get another");
        }
        if (world.foreign().isPresent()) {
            var obstacle = world.foreign().get().obstacle();
            if (obstacle.isPresent()) {
                return new Blocked(Reason.SecretConflict, obstacle.get());
            }
            var usable = world.foreign().get().usable();
            if (usable.isPresent()) {
                return new Adopt(world.foreign().get(), usable.get());
            }
        }
        if (world.kept().isEmpty() && world.movedFrom().isPresent()) {
            return new Move(world.movedFrom().get());
        }
        if (certificate.getSpec().suspend()) {
            return new Blocked(Reason.Suspended, "spec.suspend is true: nothing is ordered");
        }
        return switch (world.verdict()) {
            case Denied denied -> new NotEntitled(denied);
            case Granted granted -> ordering(world, granted);
        };
    }

    /** Whether what is kept is as declared, and not due. */
    private static boolean isEnough(World world) {
        return world.isSatisfied()
                && world.renewalDue().filter(at -> !world.now().isBefore(at)).isEmpty();
    }

    /** What is to be revoked without another in its place is not made to wait for anything but the last attempt. */
    private static Optional<Step> revocation(World world) {
        if (world.toRevoke().isEmpty() || world.kept().isEmpty() || replaces(world)) {
            return Optional.empty();
        }
        var rest = revocationRest(world);
        if (rest.isEmpty()) {
            return Optional.of(new Revoke(world.kept().get(), world.toRevoke()));
        }
        var current = world.kept().get().chain().serialNumber();
        boolean isLast = world.toRevoke().stream().anyMatch(e -> e.serial().equals(current));
        return isLast && !isEnough(world) ? rest.map(Wait::new) : Optional.empty();
    }

    /** Revocations wait for revocations only, as orders wait for orders. */
    private static Optional<Instant> revocationRest(World world) {
        return world.accountChanged() ? Optional.empty() : world.revocationRest();
    }

    private static Step inUse(World world, KeptCertificate kept) {
        if (!world.toRevoke().isEmpty() && revocationRest(world).isEmpty()) {
            return new Revoke(kept, world.toRevoke());
        }
        var question = world.nextQuestion();
        if (question.filter(at -> !world.now().isBefore(at)).isPresent()) {
            return new Ask(kept);
        }
        return new Settled(
                kept,
                Stream.of(
                                world.renewalDue(),
                                question,
                                Optional.ofNullable(
                                                world.certificate().getSpec().revocation())
                                        .map(ManagedCertificateSpec.Revocation::issuedBefore)
                                        .filter(world.now()::isBefore),
                                world.toRevoke().isEmpty() ? Optional.<Instant>empty() : revocationRest(world))
                        .flatMap(Optional::stream)
                        .min(Comparator.naturalOrder())
                        .orElseThrow());
    }

    private static boolean isRevokedForGood(World world) {
        return world.kept().flatMap(KeptCertificate::revokedAt).isPresent() && !replaces(world);
    }

    private static boolean replaces(World world) {
        var revocation = world.certificate().getSpec().revocation();
        return revocation == null || revocation.replaces();
    }

    private static Step ordering(World world, Granted granted) {
        if (wantsCompromisedKey(world)) {
            return new Blocked(
                    Reason.InvalidSpec,
                    "spec.csr is for the key of the certificate in use, which spec.revocation says is compromised."
                            + " Replace it by a request for another key");
        }
        // Whichever is later: neither is asked for what was refused, nor a CA that wants to be left alone.
        var nextAttempt = nextAttempt(world);
        var standstill = world.standstill()
                .filter(s -> nextAttempt.filter(at -> !at.isBefore(s.until())).isEmpty());
        if (standstill.isPresent()) {
            return new StandStill(standstill.get());
        }
        if (nextAttempt.isPresent()) {
            return new Wait(nextAttempt.get());
        }
        return new Issue(granted);
    }

    /** A key that others may have is not certified again; where its holder keeps it, no other can be chosen here. */
    private static boolean wantsCompromisedKey(World world) {
        var spec = world.certificate().getSpec();
        var wish = spec.revocation();
        if (spec.csr() == null || wish == null || wish.reason() != RevocationReason.KeyCompromise) {
            return false;
        }
        try {
            var key = DeclaredRequest.of(spec).map(GivenRequest::keyFingerprint);
            return world.kept()
                    .filter(kept -> kept.entry().issuedAt().isBefore(wish.issuedBefore()))
                    .filter(kept ->
                            key.filter(kept.chain().keyFingerprint()::equals).isPresent())
                    .isPresent();
        } catch (InvalidNameException | InvalidRequestException e) {
            // The verdict would have said so.
            return false;
        }
    }

    /**
     * When the last order failed, the next one waits; but a changed declaration, the account's included, is tried at
     * once, and so is one whose proofs have to be put in place again.
     */
    private static Optional<Instant> nextAttempt(World world) {
        var status = Optional.ofNullable(world.certificate().getStatus());
        boolean changed = status.map(ManagedCertificateStatus::observedGeneration)
                .filter(g -> g.equals(world.certificate().getMetadata().getGeneration()))
                .isEmpty();
        // A limit may be raised, or leave room again: that is seen by looking, which costs nothing.
        boolean limited = status.map(s -> new Conditions(s.conditions()))
                .filter(c -> c.hasReason(Conditions.RECONCILING, Reason.LimitReached))
                .isPresent();
        boolean ofRevocation = Setback.isOfRevocation(
                status.map(ManagedCertificateStatus::lastFailure).orElse(null));
        return changed || limited || ofRevocation || world.accountChanged() || world.hasLostProofs()
                ? Optional.empty()
                : status.map(ManagedCertificateStatus::nextAttempt)
                        .filter(world.now()::isBefore)
                        // Written while the clock was ahead: nobody waits for longer.
                        .filter(world.now().plus(Setback.LONGEST_WAIT_WITH_JITTER)::isAfter);
    }
}
