package dev.caas.platform;

import static dev.caas.api.CaaSAccountStatus.TermStatus.State.Active;
import static java.time.ZoneOffset.UTC;
import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
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
        "2026-01-10T12:00:00Z, Active",
        "2027-01-10T23:59:58.999Z, Active",
        "2027-01-10T23:59:59Z, Grace",
        "2027-02-09T23:59:59Z, Grace",
        "2027-02-09T23:59:59.001Z, Expired"
    })
    void aTermIsActiveThenInGraceThenExpired(Instant now, String state) {
        assertThat(TERM.state(now).name()).isEqualTo(state);
    }
}
