package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.kit.Specs;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RenewalTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant END = START.plus(Duration.ofDays(90));

    @Test
    void aThirdIsLeftUnlessSaidOtherwise() {
        assertThat(due("", life(90, 0), null)).isEqualTo(START.plus(Duration.ofDays(60)));
        assertThat(due("", life(90, 1), null)).isBetween(day(56), day(57));
    }

    @Test
    void theFingerprintIsTheDice() {
        var times = IntStream.range(1, 50)
                .mapToObj(i -> Renewal.due(SelfSigned.kept(START, END, i), spec(""), Optional.empty(), START))
                .distinct();

        assertThat(times).as("those issued together are not renewed together").hasSizeGreaterThan(40);
    }

    @Test
    void whatTheCaSuggestsIsTakenAtAMomentOfItsWindow() {
        var window = window(day(20), day(22));

        assertThat(due("", life(90, 0), window)).isEqualTo(day(20));
        assertThat(due("", life(90, 0.5), window)).isEqualTo(day(21));
        assertThat(due("", life(90, 1), window)).isEqualTo(day(22));
    }

    @Test
    void momentsInTheWindowAreUniform() {
        var window = window(day(20), day(30));

        var hours = DoubleStream.iterate(0, s -> s + 0.01)
                .limit(100)
                .map(s -> ChronoUnit.HOURS.between(day(20), due("", life(90, s), window)))
                .summaryStatistics();

        assertThat(hours.getAverage()).isCloseTo(119, within(2.0));
        assertThat(hours.getMin()).isZero();
        assertThat(hours.getMax()).isBetween(235.0, 240.0);
    }

    @Test
    void aWindowThatIsPastMeansAtOnceEvenForACertificateOfToday() {
        var past = window(START.minusSeconds(3600), START.minusSeconds(3599));

        assertThat(due("", life(90, 0.5), past)).isBefore(START);
    }

    @Test
    void aReplacementThatIsToBeReplacedAtOnceTooIsUsedForAWhile() {
        var past = window(START.minusSeconds(3600), START.minusSeconds(3599));

        assertThat(due("", new Life(START, END, START, 0.5, true), past)).isEqualTo(START.plus(Duration.ofHours(108)));
    }

    @Test
    void aWindowThatIsTooLateLeavesTimeToTryAgain() {
        assertThat(due("", life(90, 0.5), window(END.plusSeconds(1), day(100)))).isEqualTo(day(87));
    }

    @Test
    void whatIsDeclaredCanMakeItSoonerThanTheCaSuggestsButNotLater() {
        var window = window(day(50), day(52));

        assertThat(due("renewBefore: 1440h", life(90, 0), window)).isEqualTo(day(30));
        assertThat(due("renewBeforePercentage: 50", life(90, 0), window)).isEqualTo(day(45));
        assertThat(due("renewBefore: 24h", life(90, 0), window)).isEqualTo(day(50));
    }

    @Test
    void aRenewBeforeThatTheCertificateDoesNotLiveHasNoEffect() {
        assertThat(due("renewBefore: 720h", life(6, 0), null)).isEqualTo(day(4));
    }

    @Test
    void renewalWithoutEndIsNotPossible() {
        assertThat(due("renewBeforePercentage: 99", life(100, 1), null)).isEqualTo(day(5));
        assertThat(due("renewBefore: 143h", life(6, 0), null))
                .isEqualTo(START.plus(Duration.ofHours(7).plusMinutes(12)));
    }

    @Test
    void aCertificateOfBeforeTheNamedTimeIsRenewedAtThatTimeOnce() {
        var wish = "renewIssuedBefore: '%s'".formatted(day(3));

        assertThat(due(wish, life(90, 0), null)).isEqualTo(day(3));
        assertThat(due(wish, new Life(day(3), day(93), day(3), 0, true), null))
                .as("the one that took its place")
                .isEqualTo(day(63));
    }

    @Test
    void whatIsToBeRevokedIsReplacedFirstUnlessNothingIsToTakeItsPlace() {
        var wish = "revocation: {issuedBefore: '%s', reason: KeyCompromise".formatted(day(3));

        assertThat(due(wish + "}", life(90, 0), null)).isEqualTo(day(3));
        assertThat(due(wish + ", replace: false}", life(90, 0), null)).isEqualTo(day(60));
    }

    @Test
    void renewalsWaitForTheirWindowAndSpreadOverIt() {
        var saturdays = "renewalWindows: [{cron: '0 2 * * 6', timeZone: Europe/Berlin, duration: 4h}]";
        var berlin = ZoneId.of("Europe/Berlin");

        var opening = due(saturdays, life(90, 0), null).atZone(berlin);
        var later = due(saturdays, life(90, 0.5), null).atZone(berlin);

        assertThat(opening.toString()).startsWith("2026-05-02T02:00");
        assertThat(later.toLocalTime()).hasToString("04:00");
    }

    @Test
    void aTimeInsideAWindowIsKept() {
        var daily = "renewalWindows: [{cron: '0 10 * * *', duration: 4h}]";

        assertThat(due(daily, life(90, 0), null)).isEqualTo(day(60));
    }

    @Test
    void aWindowThatHasPassedInVainIsFollowedByTheNext() {
        var nightly =
                new Renewal(life(90, 0), spec("renewalWindows: [{cron: '0 2 * * *', duration: 1h}]"), Optional.empty());
        var first = nightly.due(START);

        assertThat(first).isEqualTo(day(60).plus(Duration.ofHours(14)));
        assertThat(nightly.due(first.plusSeconds(600))).as("still open").isEqualTo(first);
        assertThat(nightly.due(first.plusSeconds(3600))).isEqualTo(first.plus(Duration.ofDays(1)));
    }

    @Test
    void noWindowMakesACertificateExpire() {
        var yearly = "renewalWindows: [{cron: '0 2 1 1 *', duration: 1h}]";

        assertThat(due(yearly, life(90, 0), null)).isEqualTo(day(87));
    }

    @Test
    void aCaThatHasAReasonToHurryIsNotKeptWaitingForAWindow() {
        var yearly = "renewalWindows: [{cron: '0 2 1 1 *', duration: 1h}]";

        assertThat(due(yearly, life(90, 0), window(day(1), day(2)))).isEqualTo(day(2));
    }

    @Property(tries = 500)
    void renewalLeavesAtLeastThePartThatIsWanted(
            @ForAll @IntRange(min = 5, max = 90) int percentage,
            @ForAll @IntRange(min = 20, max = 400 * 86_400) int lifetimeSeconds,
            @ForAll @DoubleRange(min = 0, max = 1) double share) {
        var end = START.plusSeconds(lifetimeSeconds);
        var due = due("renewBeforePercentage: " + percentage, new Life(START, end, START, share, false), null);

        assertThat(due).isAfterOrEqualTo(START);
        assertThat(Duration.between(due, end).toMillis())
                .isGreaterThanOrEqualTo(lifetimeSeconds * 1000L * percentage / 100);
    }

    /** Whatever a CA suggests and whatever windows there are: it is before the end, and every look says the same. */
    @Property(tries = 1000)
    void aCertificateIsAlwaysDueBeforeItExpires(
            @ForAll @IntRange(min = 6, max = 398) int days,
            @ForAll @IntRange(min = -500, max = 500) int windowStart,
            @ForAll @IntRange(min = 1, max = 100) int windowDays,
            @ForAll @IntRange(min = 0, max = 6) int weekday,
            @ForAll @DoubleRange(min = 0, max = 1) double share) {
        var life = life(days, share);
        var spec = spec("renewalWindows: [{cron: '0 2 * * %d', duration: 2h}]".formatted(weekday));
        var info = window(day(windowStart), day(windowStart + windowDays));
        var due = new Renewal(life, spec, Optional.of(info)).due(START);

        assertThat(due).isBefore(life.notAfter().minus(Duration.ofDays(1)));
        assertThat(new Renewal(life, spec, Optional.of(info)).due(START)).isEqualTo(due);
    }

    private static Instant day(int day) {
        return START.plus(Duration.ofDays(day));
    }

    private static Life life(int days, double share) {
        return new Life(START, START.plus(Duration.ofDays(days)), START, share, false);
    }

    private static RenewalInfo window(Instant start, Instant end) {
        return new RenewalInfo(start, end, null);
    }

    private static Instant due(String spec, Life life, @Nullable RenewalInfo info) {
        return new Renewal(life, spec(spec), Optional.ofNullable(info)).due(START);
    }

    private static ManagedCertificateSpec spec(String more) {
        return Specs.certificate("secretName: www-tls\ndnsNames: [www.example.com]\n" + more);
    }
}
