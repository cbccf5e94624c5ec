package dev.caas.certificate;

import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When a certificate is due for renewal. What the CA suggests goes first: a uniformly random moment of its window (RFC
 * 9773 section 4.2). Without that it is when a third of the lifetime is left, moved earlier by up to a thirtieth so that
 * certificates issued together are not renewed together. What is declared can make it sooner, and renewal windows can
 * make it wait, but never close to the expiry. The random part depends on the certificate alone, so every look, by whatever
 * process, gives the same time. Pure.
 *
 * @param info what the CA suggests, if it does
 */
record Renewal(Life life, ManagedCertificateSpec spec, Optional<RenewalInfo> info) {
    private static final double LEFT_UNLESS_DECLARED = 1.0 / 3;
    private static final double SPREAD = 0.05;

    static Instant due(KeptCertificate kept, ManagedCertificateSpec spec, Optional<RenewalInfo> info, Instant now) {
        return new Renewal(Life.of(kept), spec, info).due(now);
    }

    /** To the second; in the past if it is due already. */
    Instant due(Instant now) {
        var planned = planned(now);
        return asked().filter(planned::isAfter).orElse(planned).truncatedTo(ChronoUnit.SECONDS);
    }

    /** The time for which a person asked to have a certificate of this age replaced, once. */
    private Optional<Instant> asked() {
        return Stream.of(
                        Optional.ofNullable(spec.renewIssuedBefore()),
                        Optional.ofNullable(spec.revocation())
                                .filter(ManagedCertificateSpec.Revocation::replaces)
                                .map(ManagedCertificateSpec.Revocation::issuedBefore))
                .flatMap(Optional::stream)
                .map(time -> time.truncatedTo(ChronoUnit.SECONDS))
                .filter(life.issuedAt()::isBefore)
                .min(Instant::compareTo);
    }

    private Instant planned(Instant now) {
        var wanted = Stream.concat(suggested().stream(), declared().stream())
                .min(Instant::compareTo)
                .orElseGet(() -> whenLeft(LEFT_UNLESS_DECLARED));
        var latest = latest();
        if (!wanted.isBefore(latest)) {
            return latest;
        }
        var welcome = welcome(wanted, now).orElse(latest);
        return Stream.of(latest, hurried(wanted))
                .filter(welcome::isAfter)
                .min(Instant::compareTo)
                .orElse(welcome);
    }

    /** The first welcome time; once that has passed in vain and its window is closed, the next. */
    private Optional<Instant> welcome(Instant wanted, Instant now) {
        var windows = windows();
        var first = windows.next(wanted, life.share());
        return first.filter(now::isAfter).isPresent()
                ? windows.next(now, life.share()).filter(now::isBefore).or(() -> first)
                : first;
    }

    /** The end of a window that is sooner than usual: the CA has a reason, and is not kept waiting. */
    private Instant hurried(Instant wanted) {
        var usual = whenLeft(LEFT_UNLESS_DECLARED);
        return info.map(RenewalInfo::windowEnd)
                .filter(usual::isAfter)
                .map(end -> end.isBefore(wanted) ? wanted : end)
                .orElse(Instant.MAX);
    }

    private Optional<Instant> suggested() {
        return info.map(window -> {
            var length = Duration.between(window.windowStart(), window.windowEnd());
            var moment = window.windowStart().plusMillis((long) (length.toMillis() * life.share()));
            // A CA that suggests to replace the replacement at once, too, would keep us busy without end.
            return life.replacedEarly() ? notTooSoon(moment) : moment;
        });
    }

    private Optional<Instant> declared() {
        if (spec.renewBeforePercentage() != null) {
            return Optional.of(whenLeft(spec.renewBeforePercentage() / 100.0));
        }
        return renewBefore()
                // A certificate that does not live that long: there is nothing to go by.
                .filter(left -> left.compareTo(life.lifetime()) < 0)
                .map(left -> whenLeft((double) left.toMillis() / life.lifetime().toMillis()));
    }

    private Optional<Duration> renewBefore() {
        try {
            return spec.renewBefore() == null
                    ? Optional.empty()
                    : Optional.of(GoDuration.parse(spec.renewBefore())).filter(d -> !d.isZero());
        } catch (InvalidDurationException e) {
            throw new IllegalStateException("the schema lets no other through", e);
        }
    }

    /** @param left part of the lifetime, from 0 to 1 */
    private Instant whenLeft(double left) {
        double elapsed = Math.max(0, 1 - left - SPREAD * life.share() * (1 - left));
        return notTooSoon(life.notBefore().plusMillis((long) (life.lifetime().toMillis() * elapsed)));
    }

    /** A declaration that wants nearly all of the lifetime left would otherwise renew without end. */
    private Instant notTooSoon(Instant moment) {
        var soonest = life.issuedAt().plus(life.leastUse());
        return moment.isBefore(soonest) ? soonest : moment;
    }

    /** What nobody declared leaves time enough to outlast a CA that is away for a day. */
    private Instant latest() {
        var latest = life.comfortableUntil();
        return declared().filter(latest::isBefore).orElse(latest);
    }

    private RenewalWindows windows() {
        try {
            return RenewalWindows.of(spec.renewalWindows());
        } catch (InvalidWindowException e) {
            // The status says so; until it is mended, the certificate is kept valid.
            return RenewalWindows.NONE;
        }
    }
}
