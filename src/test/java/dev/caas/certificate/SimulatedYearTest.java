package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.Standstill;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.api.Reason;
import dev.caas.entitlement.Granted;
import dev.caas.kit.Specs;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A year of 10,000 certificates of one account, all applied within two days, on the operator's own decision function
 * ({@link Step}, {@link Renewal}, {@link Setback}) and an injected clock: certificates of 6, 47, 90 and 398 days, with and
 * without a window from the CA, with and without windows of their own, at a CA that takes 300 orders in three hours, fails
 * now and then, and is away for a day. The operator's clock jumps twice.
 */
class SimulatedYearTest {
    private static final int CERTIFICATES = 10_000;
    private static final Instant START = Instant.parse("2027-01-01T00:00:00Z");
    private static final Instant END = START.plus(Duration.ofDays(365));
    private static final Duration LIMIT_PERIOD = Duration.ofHours(3);
    private static final int LIMIT = 300;
    private static final Instant AWAY_FROM = START.plus(Duration.ofDays(150));
    private static final Instant AWAY_TO = AWAY_FROM.plus(Duration.ofDays(1));
    private static final long SEED = 20_270_101;
    private static final Granted GRANTED = new Granted(new CaaSAccount(), Map.of());
    private static final KeptCertificate KEPT = SelfSigned.kept(START, END, 1);

    private final Random random = new Random(SEED);
    private final ArrayDeque<Instant> accepted = new ArrayDeque<>();
    private final List<Instant> renewals = new ArrayList<>();
    private @Nullable Instant accountWaitsUntil;
    private int refused;
    private int failed;
    private int expired;

    @Test
    void noCertificateEverExpiresAndTheCasLimitIsKept() {
        // Of those whose turn it is, those that expire soon go first, as IssuanceQueue lets them.
        var looks = new PriorityQueue<Look>(Comparator.comparing(Look::at)
                .thenComparing(look -> look.at.isBefore(look.certificate.life.comfortableUntil())));
        for (int i = 0; i < CERTIFICATES; i++) {
            var certificate = new Simulated(i);
            looks.add(new Look(certificate.life.issuedAt(), certificate));
        }

        while (looks.element().at.isBefore(END)) {
            var look = looks.remove();
            looks.add(new Look(look.certificate.reconcile(look.at), look.certificate));
        }

        report();
        assertThat(expired).as("certificates that expired").isZero();
        assertThat(renewals).as("everything was renewed").hasSizeGreaterThan(CERTIFICATES * 5);
        assertThat(refused).as("the account learns from one refusal").isLessThan(renewals.size() / 100);
    }

    private record Look(Instant at, Simulated certificate) {}

    /** The operator's clock is an hour ahead on day 80, and a day behind on day 200, for some hours each. */
    private static Instant seen(Instant at) {
        if (isIn(at, 80, Duration.ofHours(6))) {
            return at.plus(Duration.ofHours(1));
        }
        return isIn(at, 200, Duration.ofHours(12)) ? at.minus(Duration.ofDays(1)) : at;
    }

    private static boolean isIn(Instant at, int day, Duration length) {
        var from = START.plus(Duration.ofDays(day));
        return !at.isBefore(from) && at.isBefore(from.plus(length));
    }

    private final class Simulated {
        private final ManagedCertificateSpec spec;
        private final int days;
        private final boolean hasRenewalInfo;
        private Life life;
        private final ManagedCertificate certificate = new ManagedCertificate();
        private @Nullable Instant due;
        private int attempts;

        Simulated(int i) {
            days = i % 10 == 0 ? 6 : i % 10 == 1 ? 398 : i % 10 < 5 ? 47 : 90;
            hasRenewalInfo = i % 2 == 0;
            spec = Specs.certificate("secretName: s\ndnsNames: [www.example.com]\n"
                    + (i % 7 == 0
                            ? "renewalWindows: [{cron: '0 1 * * *', timeZone: Europe/Berlin, duration: 5h}]"
                            : ""));
            life = issuedAt(START.plusSeconds(random.nextInt(2 * 86_400)));
            certificate.setMetadata(new ObjectMetaBuilder().withGeneration(1L).build());
            certificate.setSpec(spec);
        }

        private Life issuedAt(Instant at) {
            return new Life(at, at.plus(Duration.ofDays(days)), at, random.nextDouble(), false);
        }

        /** Returns when to look again, as the reconciler would be called. */
        Instant reconcile(Instant at) {
            var now = seen(at);
            if (at.isAfter(life.notAfter())) {
                expired++;
            }
            // Until it has come, every look gives the same time (RenewalTest).
            if (due == null || !now.isBefore(due)) {
                due = new Renewal(life, spec, window()).due(now);
            }
            var sight = new Sight(certificate, GRANTED, now).keeping(KEPT, due);
            if (accountWaitsUntil != null && now.isBefore(accountWaitsUntil)) {
                sight.standingStill(new Standstill(Reason.RateLimited, "", accountWaitsUntil, 1));
            }
            return switch (Step.next(sight.world())) {
                case Step.Settled settled -> later(at, now, settled.until());
                case Step.Wait wait -> later(at, now, wait.until());
                case Step.StandStill still -> later(at, now, still.why().until());
                case Step.Issue _ -> order(at, now);
                case Step other -> throw new AssertionError(other);
            };
        }

        /** At the latest after six hours, as the reconciler does it. */
        private Instant later(Instant at, Instant now, Instant until) {
            var wait = Duration.between(now, until).plusMillis(1);
            return at.plus(wait.compareTo(Duration.ofHours(6)) > 0 ? Duration.ofHours(6) : wait);
        }

        private Instant order(Instant at, Instant now) {
            var setback = answer(at, now);
            if (setback.isEmpty()) {
                renewals.add(at);
                life = issuedAt(at);
                due = null;
                attempts = 0;
                certificate.setStatus(null);
                return at;
            }
            attempts++;
            var nextAttempt = setback.get().nextAttempt(attempts, now, random);
            certificate.setStatus(status(nextAttempt));
            if (setback.get().pace() == Setback.Pace.ACCOUNT) {
                accountWaitsUntil = nextAttempt;
            }
            return later(at, now, nextAttempt);
        }

        private Optional<Setback> answer(Instant at, Instant now) {
            if (!at.isBefore(AWAY_FROM) && at.isBefore(AWAY_TO)) {
                failed++;
                return Optional.of(setback(Reason.Failed, Setback.Pace.SOON, null));
            }
            while (!accepted.isEmpty() && accepted.element().isBefore(at.minus(LIMIT_PERIOD))) {
                accepted.remove();
            }
            if (accepted.size() == LIMIT) {
                refused++;
                var free = Duration.between(at, accepted.element().plus(LIMIT_PERIOD));
                return Optional.of(setback(Reason.RateLimited, Setback.Pace.ACCOUNT, now.plus(free)));
            }
            accepted.add(at);
            if (random.nextInt(200) == 0) {
                failed++;
                return Optional.of(setback(Reason.ChallengeFailed, Setback.Pace.PROOF, null));
            }
            return Optional.empty();
        }

        private static Setback setback(Reason reason, Setback.Pace pace, @Nullable Instant until) {
            return new Setback(reason, pace, "newOrder", "about:blank", "", List.of(), until);
        }

        /** As CAs compute it: two days around two thirds of the lifetime. */
        private Optional<RenewalInfo> window() {
            if (!hasRenewalInfo) {
                return Optional.empty();
            }
            var ideal = life.notAfter().minus(life.lifetime().dividedBy(3));
            return Optional.of(new RenewalInfo(ideal.minus(Duration.ofDays(1)), ideal.plus(Duration.ofDays(1)), null));
        }

        private ManagedCertificateStatus status(Instant nextAttempt) {
            return new ManagedCertificateStatus(
                    1L,
                    List.of(),
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
                    null,
                    List.of());
        }
    }

    private void report() {
        var perDay = new int[365];
        var perHour = new int[365 * 24];
        for (var renewal : renewals) {
            int hour = (int) Duration.between(START, renewal).toHours();
            perDay[hour / 24]++;
            perHour[hour]++;
        }
        System.out.printf(
                "A simulated year of %,d certificates (seed %d): %,d renewals, %d orders refused for the limit, %d failed,"
                        + " %d certificates expired; at most %d in an hour%n",
                CERTIFICATES,
                SEED,
                renewals.size(),
                refused,
                failed,
                expired,
                java.util.Arrays.stream(perHour).max().orElse(0));
        System.out.println("Renewals a day, a line a fortnight (# is 50):");
        for (int day = 0; day + 14 <= 365; day += 14) {
            var fortnight = java.util.Arrays.stream(perDay, day, day + 14).summaryStatistics();
            System.out.printf(
                    "  day %3d to %3d: least %4d, most %4d  %s%n",
                    day, day + 13, fortnight.getMin(), fortnight.getMax(), "#".repeat((int)
                                    (fortnight.getAverage() / 50)));
        }
    }
}
