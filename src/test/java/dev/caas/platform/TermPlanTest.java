package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSAccountStatus.TermStatus.State;
import dev.caas.entitlement.InvalidDurationException;
import dev.caas.platform.TermPlan.Warning;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.time.api.constraints.DateTimeRange;
import net.jqwik.time.api.constraints.InstantRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermPlanTest {
    private static final Instant END = Instant.parse("2028-02-29T23:59:59Z");
    private static final Term TERM = new Term(Instant.parse("2027-03-01T12:00:00Z"), END);
    private static final LocalDate LATER = LocalDate.of(2028, 3, 1);
    private static final LocalDate EARLIER = LocalDate.of(2028, 2, 29);

    @Test
    void nothingDeclaredExtendsNothing() throws InvalidDurationException {
        assertThat(TermPlan.of(TERM, null).extendsAt()).isEmpty();
        assertThat(TermPlan.of(TERM, new CaaSAccountSpec.Term(1, null, false, "720h"))
                        .extendsAt())
                .isEmpty();
    }

    @Test
    void whatIsPaidThroughALaterDayIsExtendedWhenTheWindowOpens() throws InvalidDurationException {
        var plan = TermPlan.of(TERM, new CaaSAccountSpec.Term(1, "2028-03-01", true, "720h"));

        assertThat(plan.extendsAt()).contains(TERM.window().opensAt());
        assertThat(new TermPlan(TERM, EARLIER, null).extendsAt()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "720h, 2028-01-30T23:59:59Z",
        "0s, 2028-02-29T23:59:59Z",
        "2400h, 2027-11-21T23:59:59Z",
        "9000h, 2027-11-21T23:59:59Z"
    })
    void anAutomaticExtensionIsDueThatLongBeforeTheEndWithinTheWindow(String before, Instant at)
            throws InvalidDurationException {
        var plan = TermPlan.of(TERM, new CaaSAccountSpec.Term(1, null, true, before));

        assertThat(plan.extendsAt()).contains(at);
        assertThat(plan.at(at.minusMillis(1)).due()).isFalse();
        assertThat(plan.at(at).due()).isTrue();
        assertThat(plan.at(TERM.window().closesAt()).due()).isTrue();
        assertThat(plan.at(TERM.window().closesAt().plusMillis(1)).due()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "61, 0", "60, 60", "31, 60", "30, 30", "8, 30", "7, 7", "2, 7", "1, 1", "0, 0", "-1, 0", "-31, 0",
    })
    void anEndThatNothingMovesIsWarnedOf60And30And7And1DaysBefore(int daysBefore, int warned) {
        assertThat(new TermPlan(TERM, EARLIER, null)
                        .at(END.minus(Duration.ofDays(daysBefore)))
                        .warning())
                .isEqualTo(warned == 0 ? null : new Warning(Warning.Kind.END, warned, END));
    }

    @ParameterizedTest
    @CsvSource({"61, 0", "60, 30", "38, 30", "37, 7", "31, 1"})
    void anExtensionIsWarnedOfBeforeItIsCharged(int daysBefore, int warned) {
        var plan = new TermPlan(TERM, null, Duration.ofDays(30));

        assertThat(plan.at(END.minus(Duration.ofDays(daysBefore))).warning())
                .isEqualTo(
                        warned == 0
                                ? null
                                : new Warning(Warning.Kind.EXTENSION, warned, END.minus(Duration.ofDays(30))));
    }

    /** Two clusters that share a binding plan the same: one has to see what the other one bought. */
    @Test
    void plansOfDifferentAccountsAreDueSomeMinutesApartAndBeforeTheEnd() {
        var uids =
                Stream.generate(() -> UUID.randomUUID().toString()).limit(100).toList();
        var plan = new TermPlan(TERM, LATER, null);
        var opens = TERM.window().opensAt();

        assertThat(uids)
                .extracting(uid -> plan.spread(uid).extendsAt().orElseThrow())
                .allSatisfy(at -> assertThat(at).isBetween(opens, opens.plus(Duration.ofMinutes(10))))
                .satisfies(all -> assertThat(Set.copyOf(all)).hasSizeGreaterThan(50));
        assertThat(uids).allSatisfy(uid -> {
            assertThat(plan.spread(uid)).isEqualTo(plan.spread(uid));
            assertThat(new TermPlan(TERM, null, Duration.ofSeconds(10))
                            .spread(uid)
                            .extendsAt()
                            .orElseThrow())
                    .isBetween(END.minusSeconds(10), END.minusSeconds(5));
        });
    }

    @Test
    void anExtensionThatIsDueAndDoesNotHappenIsAnEndToWarnOf() {
        var plan = new TermPlan(TERM, LATER, null);

        assertThat(plan.at(END.minus(Duration.ofDays(7))))
                .isEqualTo(new TermPlan.Outlook(State.Active, true, new Warning(Warning.Kind.END, 7, END)));
    }

    @ParameterizedTest
    @CsvSource({
        "2027-11-21T23:59:58Z, 2029-01-01, false",
        "2027-11-21T23:59:59Z, 2029-01-01, true",
        "2028-03-30T23:59:59Z, 2029-01-01, true",
        "2028-03-30T23:59:59.000000001Z, 2029-01-01, false",
        "2028-01-01T00:00:00Z, 2028-03-01, true",
        "2028-01-01T00:00:00Z, 2028-02-29, false",
        "2028-01-01T00:00:00Z, 2026-06-01, false"
    })
    void aTermIsExtendedInItsWindowWhileItEndsBeforeTheDayPaidThrough(Instant now, LocalDate paidThrough, boolean due) {
        assertThat(new TermPlan(TERM, paidThrough, null).at(now).due()).isEqualTo(due);
    }

    /** The last moment of the window is in it, and the look after it is at the very next one. */
    @Test
    void theWindowClosesAfterItsLastMoment() {
        var plan = new TermPlan(TERM, null, null);
        var last = TERM.window().closesAt();

        assertThat(plan.at(last).state()).isEqualTo(State.Grace);
        assertThat(plan.nextLook(last)).contains(last.plusNanos(1));
        assertThat(plan.at(last.plusNanos(1)).state()).isEqualTo(State.Expired);
        assertThat(plan.nextLook(last.plusNanos(1))).isEmpty();
    }

    @Test
    void graceIsForExtending() {
        assertThat(new TermPlan(TERM, LATER, null).at(END)).isEqualTo(new TermPlan.Outlook(State.Grace, true, null));
    }

    /** However often it is asked, and whatever crashed between: the reason is gone with what it led to. */
    @Property
    void aReplayExtendsNothing(@ForAll("plans") TermPlan plan, @ForAll @LongRange(min = -1200, max = 40) long days) {
        var now = plan.term().expiresAt().plus(Duration.ofDays(days));

        var after = followed(plan, now);

        assertThat(after.at(now).due()).isFalse();
        assertThat(followed(after, now)).isEqualTo(after);
    }

    @Property
    void aTermIsNeverShortenedAndExtendedOnlyInItsWindow(
            @ForAll("plans") TermPlan plan, @ForAll @LongRange(min = -1200, max = 40) long days) {
        var now = plan.term().expiresAt().plus(Duration.ofDays(days));

        var after = followed(plan, now).term();

        assertThat(after.startedAt()).isEqualTo(plan.term().startedAt());
        assertThat(after.expiresAt())
                .isIn(plan.term().expiresAt(), plan.term().expiresAt().plus(Term.YEAR));
        if (!after.equals(plan.term())) {
            assertThat(now)
                    .isBetween(
                            plan.term().window().opensAt(), plan.term().window().closesAt());
        }
    }

    /** Whoever follows the plan for years looks at the right moments, pays each year once and never lets it end. */
    @Property(tries = 200)
    void whatExtendsByItselfNeverEnds(
            @ForAll @InstantRange(min = "2020-01-01T00:00:00Z", max = "2100-12-31T23:59:59Z") Instant start,
            @ForAll @IntRange(min = 1, max = 3) int years,
            @ForAll @LongRange(min = 0, max = 200 * 24) long hoursBefore) {
        var plan = new TermPlan(Term.start(start, years), null, Duration.ofHours(hoursBefore));
        var now = start;
        int extensions = 0;

        while (extensions < 10) {
            now = plan.nextLook(now).orElseThrow();
            if (plan.at(now).due()) {
                assertThat(now).isBeforeOrEqualTo(plan.term().expiresAt());
                plan = followed(plan, now);
                extensions++;
            }
        }

        assertThat(plan.term().expiresAt())
                .isEqualTo(Term.start(start, years).expiresAt().plus(Term.YEAR.multipliedBy(10)));
    }

    /** A look may be late by any time: as long as the window is open, the same is paid. */
    @Property(tries = 200)
    void paidThroughIsReachedAndNotAYearMore(
            @ForAll @InstantRange(min = "2020-01-01T00:00:00Z", max = "2100-12-31T23:59:59Z") Instant start,
            @ForAll @IntRange(min = 1, max = 3) int years,
            @ForAll @IntRange(min = 0, max = 4000) int days,
            @ForAll @IntRange(min = 0, max = 129) int late) {
        var paidThrough = LocalDate.ofInstant(start, ZoneOffset.UTC).plusDays(days);
        var plan = new TermPlan(Term.start(start, years), paidThrough, null);

        while (plan.extendsAt().isPresent()) {
            var now = plan.extendsAt().get().plus(Duration.ofDays(late));
            assertThat(plan.at(now).due()).isTrue();
            plan = followed(plan, now);
        }

        var lastDay = LocalDate.ofInstant(plan.term().expiresAt(), ZoneOffset.UTC);
        assertThat(lastDay).isAfterOrEqualTo(paidThrough);
        if (!plan.term().equals(Term.start(start, years))) {
            assertThat(lastDay).isBefore(paidThrough.plusDays(365));
        }
    }

    @Property
    void nothingChangesBeforeTheNextLookAndSomethingDoesThen(
            @ForAll("plans") TermPlan plan, @ForAll @LongRange(min = -400 * 24, max = 40 * 24) long hours) {
        var now = plan.term().expiresAt().plus(Duration.ofHours(hours));

        plan.nextLook(now)
                .ifPresentOrElse(
                        next -> {
                            assertThat(next).isAfter(now);
                            assertThat(plan.at(next)).isNotEqualTo(plan.at(now));
                            assertThat(plan.at(next.minusNanos(1))).isEqualTo(plan.at(now));
                            assertThat(plan.at(
                                            now.plus(Duration.between(now, next).dividedBy(2))))
                                    .isEqualTo(plan.at(now));
                        },
                        () -> assertThat(plan.at(now)).isEqualTo(new TermPlan.Outlook(State.Expired, false, null)));
    }

    /** The zone that a clock shows its time in makes no difference; days are those of UTC. */
    @Property
    void theTimeZoneOfAClockMakesNoDifference(
            @ForAll @DateTimeRange(min = "2026-12-01T00:00:00", max = "2028-06-01T00:00:00") LocalDateTime local,
            @ForAll ZoneId zone,
            @ForAll ZoneId other) {
        var now = local.atZone(zone);
        var elsewhere = now.withZoneSameInstant(other);
        var plan = new TermPlan(TERM, LATER, null);

        assertThat(plan.at(elsewhere.toInstant())).isEqualTo(plan.at(now.toInstant()));
        assertThat(Term.start(elsewhere.toInstant(), 1)).isEqualTo(Term.start(now.toInstant(), 1));
        assertThat(plan.at(now.toInstant()).due())
                .isEqualTo(!now.isBefore(TERM.window().opensAt().atZone(zone))
                        && !now.isAfter(TERM.window().closesAt().atZone(other)));
    }

    @Provide
    Arbitrary<TermPlan> plans() {
        var starts = Arbitraries.longs()
                .between(0, 80L * 366 * 24 * 60)
                .map(minutes -> Instant.parse("2020-01-01T00:00:00Z").plus(Duration.ofMinutes(minutes)));
        var terms = Combinators.combine(starts, Arbitraries.integers().between(1, 3))
                .as(Term::start);
        Arbitrary<@Nullable Duration> before =
                Arbitraries.longs().between(0, 200 * 24).map(Duration::ofHours).injectNull(0.3);
        Arbitrary<@Nullable Integer> paid =
                Arbitraries.integers().between(-400, 1500).injectNull(0.3);
        return Combinators.combine(terms, paid, before)
                .as((term, days, hours) -> new TermPlan(
                        term,
                        days == null
                                ? null
                                : LocalDate.ofInstant(term.expiresAt(), ZoneOffset.UTC)
                                        .plusDays(days),
                        hours));
    }

    /** The plan after what is due was done. */
    private static TermPlan followed(TermPlan plan, Instant now) {
        return Optional.of(plan)
                .filter(p -> p.at(now).due())
                .map(p -> new TermPlan(p.term().oneYearLonger(), p.paidThrough(), p.autoExtendBefore()))
                .orElse(plan);
    }
}
