package dev.caas.certificate;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.kube.Doubling;
import dev.caas.kube.ObjectName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What CAs say about when to renew (ARI, RFC 9773), and when to ask again. The window is kept in the status, which is
 * written only when it changes; when to ask is only remembered: a start spreads its questions over the usual interval.
 */
final class RenewalInfos {
    private static final Logger LOG = Logger.getLogger(RenewalInfos.class);

    /** Where the CA names no time, and what certificates that nobody asked about yet are spread over. */
    private static final Duration USUAL = Duration.ofHours(6);

    private static final Duration SOONEST = Duration.ofMinutes(1);
    private static final Duration LATEST = Duration.ofDays(1);

    private static final Doubling FAILED = new Doubling(Duration.ofSeconds(10), USUAL);

    private final Clock clock;
    private final RandomGenerator random;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /**
     * The last answer about a certificate.
     *
     * @param window null where the CA has never given one
     * @param failures in a row
     */
    private record Answer(String fingerprint, @Nullable RenewalInfo window, Instant next, int failures) {
        /** When to ask; at once if the clock was ahead when that was decided. */
        Instant soonest(Instant now) {
            return next.isAfter(now.plus(LATEST.multipliedBy(2))) ? now : next;
        }
    }

    RenewalInfos(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** What the CA said of this certificate last. */
    Optional<RenewalInfo> known(ManagedCertificate certificate, KeptCertificate kept) {
        return answer(certificate, kept)
                .map(answer -> Optional.ofNullable(answer.window))
                .orElseGet(() -> Optional.ofNullable(certificate.getStatus())
                        .filter(status -> kept.chain().fingerprint().equals(status.fingerprint()))
                        .map(status -> status.renewalInfo()));
    }

    /** When to ask about this certificate. The first question after a start has a time of its own in the usual interval. */
    Instant next(ManagedCertificate certificate, KeptCertificate kept, Instant now) {
        return answer(certificate, kept)
                .orElseGet(() -> remember(
                        certificate,
                        new Answer(
                                kept.chain().fingerprint(),
                                known(certificate, kept).orElse(null),
                                now.plusMillis((long) (USUAL.toMillis() * random.nextDouble())),
                                0)))
                .soonest(now);
    }

    /** Asks the CA. One that does not answer leaves what is known as it is; it is asked again later. */
    Optional<RenewalInfo> ask(ManagedCertificate certificate, KeptCertificate kept, AcmeAccount account) {
        var before = answer(certificate, kept);
        var known = known(certificate, kept);
        Answer after;
        try {
            var info = account.renewalInfo(kept.chain().leaf());
            var now = clock.instant();
            after = new Answer(
                    kept.chain().fingerprint(),
                    info.map(RenewalInfos::shown).orElse(null),
                    info.flatMap(dev.caas.acme.RenewalInfo::askAgain)
                            .map(asked -> bounded(asked, now))
                            .orElse(now.plus(info.isPresent() ? USUAL : LATEST)),
                    0);
        } catch (AcmeFailure e) {
            var now = clock.instant();
            int failures = before.map(Answer::failures).orElse(0) + 1;
            LOG.infof("The CA was asked in vain when to renew %s: %s", ObjectName.of(certificate), e.getMessage());
            after = new Answer(
                    kept.chain().fingerprint(),
                    known.orElse(null),
                    e.retryAfter().map(asked -> bounded(asked, now)).orElse(now.plus(backoff(failures))),
                    failures);
        }
        return Optional.ofNullable(remember(certificate, after).window);
    }

    /** What is not looked after any more is forgotten. */
    void forget(ManagedCertificate certificate) {
        answers.remove(certificate.getMetadata().getUid());
    }

    private Optional<Answer> answer(ManagedCertificate certificate, KeptCertificate kept) {
        return Optional.ofNullable(answers.get(certificate.getMetadata().getUid()))
                .filter(answer -> answer.fingerprint.equals(kept.chain().fingerprint()));
    }

    private Answer remember(ManagedCertificate certificate, Answer answer) {
        answers.put(certificate.getMetadata().getUid(), answer);
        return answer;
    }

    private static RenewalInfo shown(dev.caas.acme.RenewalInfo info) {
        return new RenewalInfo(
                info.windowStart().truncatedTo(ChronoUnit.SECONDS),
                info.windowEnd().truncatedTo(ChronoUnit.SECONDS),
                info.explanation().map(Object::toString).orElse(null));
    }

    private static Instant bounded(Instant asked, Instant now) {
        var soonest = now.plus(SOONEST);
        var latest = now.plus(LATEST);
        return asked.isBefore(soonest) ? soonest : asked.isAfter(latest) ? latest : asked;
    }

    /** With up to a tenth more, so that those who failed together do not come back together. */
    private Duration backoff(int failures) {
        var wait = FAILED.after(failures);
        return wait.plusMillis((long) (wait.toMillis() * random.nextDouble() / 10));
    }
}
