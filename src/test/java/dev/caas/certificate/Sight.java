package dev.caas.certificate;

import dev.caas.account.Standstill;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.entitlement.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Builds what a reconcile sees: nothing but the declaration and the verdict, unless a test says otherwise. */
final class Sight {
    private final ManagedCertificate certificate;
    private final Verdict verdict;
    private final Instant now;
    private Optional<KeptCertificate> kept = Optional.empty();
    private List<String> shortcomings = List.of();
    private boolean hasForms;
    private Optional<Hindrance> hindrance = Optional.empty();
    private Optional<Instant> renewalDue = Optional.empty();
    private Optional<Instant> nextQuestion = Optional.empty();
    private List<IssuedCertificate> toRevoke = List.of();
    private Optional<Instant> revocationRest = Optional.empty();
    private Optional<KeptCertificate> movedFrom = Optional.empty();
    private Optional<ForeignSecret> foreign = Optional.empty();
    private Optional<ManagedCertificate> rival = Optional.empty();
    private Optional<Standstill> standstill = Optional.empty();

    private boolean accountChanged;

    Sight(ManagedCertificate certificate, Verdict verdict, Instant now) {
        this.certificate = certificate;
        this.verdict = verdict;
        this.now = now;
    }

    Sight keeping(KeptCertificate certificate, Instant due) {
        kept = Optional.of(certificate);
        hasForms = true;
        renewalDue = Optional.of(due);
        return this;
    }

    Sight fallingShort(List<String> in) {
        shortcomings = in;
        return this;
    }

    Sight withoutForms() {
        hasForms = false;
        return this;
    }

    Sight hinderedBy(Hindrance by) {
        hindrance = Optional.of(by);
        return this;
    }

    Sight toAskAt(Instant question) {
        nextQuestion = Optional.of(question);
        return this;
    }

    Sight toRevoke(IssuedCertificate... certificates) {
        toRevoke = List.of(certificates);
        return this;
    }

    Sight revokingNothingUntil(Instant rest) {
        revocationRest = Optional.of(rest);
        return this;
    }

    Sight movedFrom(KeptCertificate elsewhere) {
        movedFrom = Optional.of(elsewhere);
        return this;
    }

    Sight found(ForeignSecret secret) {
        foreign = Optional.of(secret);
        return this;
    }

    Sight rivalledBy(ManagedCertificate other) {
        rival = Optional.of(other);
        return this;
    }

    Sight standingStill(Standstill why) {
        standstill = Optional.of(why);
        return this;
    }

    Sight accountChanged() {
        accountChanged = true;
        return this;
    }

    World world() {
        return new World(
                certificate,
                verdict,
                kept,
                shortcomings,
                hasForms,
                hindrance,
                renewalDue,
                Optional.empty(),
                nextQuestion,
                toRevoke,
                revocationRest,
                false,
                movedFrom,
                foreign,
                rival,
                standstill,
                accountChanged,
                false,
                now);
    }
}
