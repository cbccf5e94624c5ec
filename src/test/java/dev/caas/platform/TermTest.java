package dev.caas.platform;

import static dev.caas.api.CaaSAccountStatus.TermStatus.State.Active;
import static dev.caas.api.CaaSAccountStatus.TermStatus.State.Expired;
import static dev.caas.api.CaaSAccountStatus.TermStatus.State.Grace;
import static java.time.ZoneOffset.UTC;
import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.time.api.constraints.DateRange;
import net.jqwik.time.api.constraints.InstantRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermTest {
    private static final String FROM = "2020-01-01T00:00:00Z";
    private static final String TO = "2100-12-31T23:59:59Z";
    private static final Instant END = Instant.parse("2027-01-10T23:59:59Z");
    private static final Term TERM = new Term(Instant.parse("2026-01-10T12:00:00Z"), END);

    @ParameterizedTest
    @CsvSource({
        "2026-01-10T12:00:00Z, 1, 2027-01-10T23:59:59Z",
        "2026-01-10T00:00:00Z, 1, 2027-01-10T23:59:59Z",
        "2026-01-10T23:59:59.999Z, 1, 2027-01-10T23:59:59Z",
        "2026-01-10T12:00:00Z, 2, 2028-01-10T23:59:59Z",
        "2026-01-10T12:00:00Z, 3, 2029-01-09T23:59:59Z",
        "2028-02-28T12:00:00Z, 1, 2029-02-27T23:59:59Z",
        "2028-02-29T12:00:00Z, 1, 2029-02-28T23:59:59Z",
        "2027-12-31T12:00:00Z, 1, 2028-12-30T23:59:59Z"
    })
    void aTermEndsWithTheLastSecondOfItsLastDay(Instant now, int years, Instant end) {
        assertThat(Term.start(now, years)).isEqualTo(new Term(now, end));
    }

    @Property
    void aTermHas365DaysAYearFromTomorrow(
            @ForAll @InstantRange(min = FROM, max = TO) Instant now, @ForAll @IntRange(min = 1, max = 3) int years) {
        Term term = Term.start(now, years);

        LocalDate tomorrow = LocalDate.ofInstant(now, UTC).plusDays(1);
        LocalDate lastDay = LocalDate.ofInstant(term.expiresAt(), UTC);
        assertThat(DAYS.between(tomorrow, lastDay.plusDays(1))).isEqualTo(365L * years);
        assertThat(LocalTime.ofInstant(term.expiresAt(), UTC)).isEqualTo(LocalTime.of(23, 59, 59));
        assertThat(term.state(now)).isEqualTo(Active);
    }

    @Test
    void aFirstTermHasOneToThreeYears() {
        assertThatThrownBy(() -> Term.start(END, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Term.start(END, 4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTermEndsAfterItStarts() {
        assertThatThrownBy(() -> new Term(END, END)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theWindowOpens100DaysBeforeAndCloses30DaysAfterTheEnd() {
        assertThat(TERM.window().opensAt()).isEqualTo("2026-10-02T23:59:59Z");
        assertThat(TERM.window().closesAt()).isEqualTo("2027-02-09T23:59:59Z");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-10-02T23:59:58Z, 2028-01-01, false",
        "2026-10-02T23:59:59Z, 2028-01-01, true",
        "2027-02-09T23:59:59Z, 2028-01-01, true",
        "2027-02-09T23:59:59.001Z, 2028-01-01, false",
        "2026-12-01T00:00:00Z, 2027-01-11, true",
        "2026-12-01T00:00:00Z, 2027-01-10, false",
        "2026-12-01T00:00:00Z, 2026-06-01, false"
    })
    void aTermIsExtendedInItsWindowWhileItEndsBeforeTheDayPaidThrough(Instant now, LocalDate paidThrough, boolean due) {
        assertThat(TERM.extended(now, paidThrough))
                .isEqualTo(due ? Optional.of(new Term(TERM.startedAt(), END.plus(365, DAYS))) : Optional.empty());
    }

    @Property
    void askingAgainAtTheSameMomentExtendsNothing(
            @ForAll @LongRange(min = -101, max = 31) long days,
            @ForAll @DateRange(min = "2020-01-01", max = "2100-12-31") LocalDate paidThrough) {
        Instant now = END.plus(days, DAYS);

        assertThat(TERM.extended(now, paidThrough).flatMap(term -> term.extended(now, paidThrough)))
                .isEmpty();
    }

    @Property
    void aTermIsNeverExtendedFurtherThanPaidThroughNeeds(
            @ForAll @InstantRange(min = FROM, max = TO) Instant now,
            @ForAll @IntRange(min = 1, max = 3) int years,
            @ForAll @DateRange(min = "2020-01-01", max = "2130-12-31") LocalDate paidThrough) {
        Term first = Term.start(now, years);

        Term last = followed(first, now, paidThrough);

        LocalDate end = LocalDate.ofInstant(last.expiresAt(), UTC);
        assertThat(end).isAfterOrEqualTo(paidThrough);
        assertThat(last.startedAt()).isEqualTo(first.startedAt());
        if (!last.equals(first)) {
            assertThat(end).isBefore(paidThrough.plusDays(365));
        }
    }

    /** Looks again whenever the term says so, and extends whenever it can, until nothing is owed. */
    private static Term followed(Term term, Instant start, LocalDate paidThrough) {
        Instant now = start;
        Term current = term;
        while (LocalDate.ofInstant(current.expiresAt(), UTC).isBefore(paidThrough)) {
            now = current.nextChange(now, Optional.of(paidThrough)).orElseThrow();
            current = current.extended(now, paidThrough).orElseThrow();
        }
        return current;
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-10T12:00:00Z, Active",
        "2027-01-10T23:59:58.999Z, Active",
        "2027-01-10T23:59:59Z, Grace",
        "2027-02-09T23:59:59Z, Grace",
        "2027-02-09T23:59:59.001Z, Expired"
    })
    void aTermIsActiveThenInGraceThenExpired(Instant now, String state) {
        assertThat(TERM.state(now).name()).isEqualTo(state);
    }

    @Test
    void theNextLookIsAtTheNextChange() {
        Instant closes = TERM.window().closesAt();

        assertThat(TERM.nextChange(TERM.startedAt(), Optional.empty())).contains(END);
        assertThat(TERM.nextChange(END, Optional.empty())).contains(closes.plusMillis(1));
        assertThat(TERM.nextChange(closes.plusMillis(1), Optional.empty())).isEmpty();
    }

    @Test
    void anExtensionThatIsOwedIsLookedForWhenTheWindowOpens() {
        Optional<LocalDate> owed = Optional.of(LocalDate.of(2028, 1, 1));
        Instant opens = TERM.window().opensAt();

        assertThat(TERM.nextChange(TERM.startedAt(), owed)).contains(opens);
        assertThat(TERM.nextChange(opens, owed)).contains(opens);
        assertThat(TERM.nextChange(TERM.startedAt(), Optional.of(LocalDate.of(2027, 1, 10))))
                .contains(END);
        assertThat(TERM.nextChange(TERM.window().closesAt().plusMillis(1), owed))
                .isEmpty();
    }

    @Property
    void nothingChangesBeforeTheNextLookAndSomethingDoesThen(
            @ForAll @LongRange(min = -365 * 24, max = 40 * 24) long hours, @ForAll boolean owed) {
        Instant now = END.plus(Duration.ofHours(hours));
        Optional<LocalDate> paidThrough = Optional.of(LocalDate.of(owed ? 2028 : 2026, 1, 1));

        TERM.nextChange(now, paidThrough)
                .ifPresentOrElse(
                        next -> {
                            assertThat(next).isAfterOrEqualTo(now);
                            assertThat(answer(next, paidThrough.get()))
                                    .isNotEqualTo(answer(next.equals(now) ? Instant.EPOCH : now, paidThrough.get()));
                            if (next.isAfter(now)) {
                                assertThat(answer(next.minusMillis(1), paidThrough.get()))
                                        .isEqualTo(answer(now, paidThrough.get()));
                            }
                        },
                        () -> assertThat(TERM.state(now)).isEqualTo(Expired));
    }

    private static String answer(Instant now, LocalDate paidThrough) {
        return TERM.state(now) + " " + TERM.extended(now, paidThrough);
    }

    @Test
    void graceIsForExtendingNotForIssuing() {
        assertThat(TERM.state(END)).isEqualTo(Grace);
        assertThat(TERM.extended(END, LocalDate.of(2028, 1, 1))).isPresent();
    }
}
