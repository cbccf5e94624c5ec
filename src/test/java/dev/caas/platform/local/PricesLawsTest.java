package dev.caas.platform.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSPlatformSpec.Pricing;
import dev.caas.platform.Term;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
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

/** Sums by the calendar, each checked against one that is done another way. */
class PricesLawsTest {
    private static final String FROM = "2020-01-01T00:00:00Z";
    private static final String TO = "2100-12-31T23:59:59Z";
    private static final BigDecimal DAYS_A_YEAR = BigDecimal.valueOf(365);
    private static final List<String> ONE = List.of("a.example");

    @ParameterizedTest
    @CsvSource({
        "2026-01-10T12:00:00Z, 200, 200.00",
        "2026-01-11T12:00:00Z, 200, 199.45",
        "2026-07-11T00:00:00Z, 200, 100.27",
        "2026-12-31T23:59:59Z, 200, 5.48",
        "2027-01-09T23:59:59Z, 200, 0.55",
        "2027-01-10T00:00:00Z, 200, 0.00",
        "2027-02-01T00:00:00Z, 200, 0.00",
        "2027-01-09T12:00:00Z, 1, 0.00",
        "2027-01-08T12:00:00Z, 1, 0.01"
    })
    void aLaterDomainIsPaidByFullDaysLeft(Instant now, String year, String cost) {
        var term = Term.start(Instant.parse("2026-01-10T12:00:00Z"), 1);

        assertThat(prices("USD", year, null).untilEnd(term, ONE, now).amount()).isEqualTo(cost);
    }

    @Test
    void aLeapDayIsADayLikeAnyOther() {
        var term = Term.start(Instant.parse("2027-06-01T12:00:00Z"), 1);
        var prices = prices("USD", "365", null);

        assertThat(prices.untilEnd(term, ONE, Instant.parse("2028-02-28T12:00:00Z"))
                        .amount())
                .isEqualTo("93.00");
        assertThat(prices.untilEnd(term, ONE, Instant.parse("2028-02-29T12:00:00Z"))
                        .amount())
                .isEqualTo("92.00");
        assertThat(prices.untilEnd(term, ONE, Instant.parse("2028-03-01T12:00:00Z"))
                        .amount())
                .isEqualTo("91.00");
    }

    @ParameterizedTest
    @CsvSource({
        "USD, 0.125, 0.13",
        "USD, 0.1249, 0.12",
        "JPY, 1000.5, 1001",
        "JPY, 1000, 1000",
        "BHD, 1.0005, 1.001",
        "QQQ, 1.005, 1.01"
    })
    void anAmountHasTheDecimalsOfItsCurrency(String currency, String year, String cost) {
        assertThat(prices(currency, year, null).year(ONE).amount()).isEqualTo(cost);
    }

    @Test
    void aWildcardHasAPriceOfItsOwnIfThereIsOne() {
        var both = List.of("a.example", "*.a.example");

        assertThat(prices("EUR", "10", "25.50").year(both).amount()).isEqualTo("35.50");
        assertThat(prices("EUR", "10", null).year(both).amount()).isEqualTo("20.00");
    }

    @Property
    void theWholeTermCostsTheFullPriceWhenItStarts(
            @ForAll("prices") Prices prices,
            @ForAll("domains") List<String> domains,
            @ForAll @InstantRange(min = FROM, max = TO) Instant now,
            @ForAll @IntRange(min = 1, max = 3) int years) {
        var cost = prices.untilEnd(Term.start(now, years), domains, now);

        assertThat(cost.value())
                .isEqualByComparingTo(rounded(prices, sum(prices, domains).multiply(BigDecimal.valueOf(years))));
    }

    @Property
    void noAmountIsNegativeAndLaterNeverCostsMore(
            @ForAll("prices") Prices prices,
            @ForAll("domains") List<String> domains,
            @ForAll @InstantRange(min = FROM, max = TO) Instant start,
            @ForAll @IntRange(min = 1, max = 3) int years,
            @ForAll @LongRange(min = 0, max = 4L * 366 * 24 * 60) long minutes,
            @ForAll @LongRange(min = 0, max = 60L * 24 * 60) long more) {
        var term = Term.start(start, years);
        var earlier = start.plus(Duration.ofMinutes(minutes));
        var later = earlier.plus(Duration.ofMinutes(more));

        var first = prices.untilEnd(term, domains, earlier).value();
        var second = prices.untilEnd(term, domains, later).value();

        assertThat(second.signum()).isNotNegative();
        assertThat(second).isLessThanOrEqualTo(first);
        assertThat(first)
                .isLessThanOrEqualTo(prices.untilEnd(term, domains, start).value());
    }

    /** However many domains are added at once, what they cost is off by half a unit at most. */
    @Property
    void aSumIsRoundedOnce(
            @ForAll("prices") Prices prices,
            @ForAll("domains") List<String> domains,
            @ForAll @InstantRange(min = FROM, max = TO) Instant start,
            @ForAll @IntRange(min = 0, max = 400) int days) {
        var now = start.plus(Duration.ofDays(days));

        var cost = prices.untilEnd(Term.start(start, 1), domains, now).value();

        // Multiplied out, as a 365th has no end of decimals.
        var exact = sum(prices, domains).multiply(BigDecimal.valueOf(Math.max(0, 365 - days)));
        var half = unit(prices).multiply(DAYS_A_YEAR).divide(BigDecimal.TWO);
        assertThat(cost.multiply(DAYS_A_YEAR).subtract(exact).abs()).isLessThanOrEqualTo(half);
    }

    /** Adding one by one costs what adding all at once does, but for a rounding each. */
    @Property
    void partsAddUpToTheWhole(
            @ForAll("prices") Prices prices,
            @ForAll("domains") List<String> domains,
            @ForAll @InstantRange(min = FROM, max = TO) Instant start,
            @ForAll @IntRange(min = 0, max = 364) int days) {
        var term = Term.start(start, 1);
        var now = start.plus(Duration.ofDays(days));

        var whole = prices.untilEnd(term, domains, now).value();
        var parts = domains.stream()
                .map(domain -> prices.untilEnd(term, List.of(domain), now).value())
                .reduce(BigDecimal.ZERO, BigDecimal::add);

        var roundings =
                unit(prices).multiply(BigDecimal.valueOf(domains.size() + 1L)).divide(BigDecimal.TWO);
        assertThat(parts.subtract(whole).abs()).isLessThanOrEqualTo(roundings);
    }

    @Property
    void daysUsedAndDaysLeftMakeUpTheTerm(
            @ForAll @InstantRange(min = FROM, max = TO) Instant start,
            @ForAll @IntRange(min = 1, max = 3) int years,
            @ForAll @IntRange(min = 0, max = 1095) int days) {
        int used = Math.min(days, 365 * years);

        assertThat(Term.start(start, years).fullDaysLeft(start.plus(Duration.ofDays(used))))
                .isEqualTo(365L * years - used);
    }

    @Property
    void aYearMoreIsAYearOfAllDomainsWhateverTheCalendarSays(
            @ForAll("prices") Prices prices,
            @ForAll("domains") List<String> domains,
            @ForAll @InstantRange(min = FROM, max = TO) Instant start) {
        var term = Term.start(start, 1);

        assertThat(prices.year(domains).value()).isEqualByComparingTo(rounded(prices, sum(prices, domains)));
        assertThat(prices.year(List.of()).value()).isZero();
        assertThat(term.oneYearLonger().fullDaysLeft(start)).isEqualTo(term.fullDaysLeft(start) + 365);
    }

    /** Days are those of UTC: all moments of one cost the same, wherever they are read from a clock. */
    @Property
    void theTimeZoneOfAClockMakesNoDifference(
            @ForAll("prices") Prices prices,
            @ForAll @DateTimeRange(min = "2026-01-12T00:00:00", max = "2028-12-31T23:59:59") LocalDateTime local,
            @ForAll ZoneId zone) {
        var term = Term.start(Instant.parse("2026-01-10T12:00:00Z"), 3);
        var now = local.atZone(zone).toInstant();
        var day = LocalDate.ofInstant(now, ZoneOffset.UTC);
        var first = day.atStartOfDay(ZoneOffset.UTC).toInstant();
        var last = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().minusNanos(1);

        var cost = prices.untilEnd(term, ONE, now);

        assertThat(cost).isEqualTo(prices.untilEnd(term, ONE, first)).isEqualTo(prices.untilEnd(term, ONE, last));
    }

    @Property
    void anAmountIsWrittenOutWithTheDecimalsOfItsCurrency(
            @ForAll("prices") Prices prices,
            @ForAll("domains") List<String> domains,
            @ForAll @InstantRange(min = FROM, max = TO) Instant start,
            @ForAll @IntRange(min = 0, max = 365) int days) {
        var cost = prices.untilEnd(Term.start(start, 1), domains, start.plus(Duration.ofDays(days)));

        assertThat(cost.amount()).matches("[0-9]+([.][0-9]+)?");
        assertThat(cost.value().scale()).isEqualTo(unit(prices).scale());
        assertThat(cost.currency()).isEqualTo(prices.currency());
    }

    @Provide
    Arbitrary<Prices> prices() {
        var amounts = Arbitraries.bigDecimals()
                .between(BigDecimal.ZERO, new BigDecimal("99999999"))
                .ofScale(4);
        return Combinators.combine(Arbitraries.of("USD", "EUR", "JPY", "BHD"), amounts, amounts)
                .as(Prices::new);
    }

    @Provide
    Arbitrary<List<String>> domains() {
        return Arbitraries.of("a.example", "*.a.example", "b.example")
                .list()
                .ofMinSize(1)
                .ofMaxSize(20);
    }

    private static Prices prices(String currency, String domainYear, @Nullable String wildcardYear) {
        return Prices.of(new Pricing(currency, domainYear, wildcardYear));
    }

    private static BigDecimal sum(Prices prices, List<String> domains) {
        long wildcards = Collections.frequency(domains, "*.a.example");
        return prices.wildcardYear()
                .multiply(BigDecimal.valueOf(wildcards))
                .add(prices.domainYear().multiply(BigDecimal.valueOf(domains.size() - wildcards)));
    }

    private static BigDecimal unit(Prices prices) {
        return switch (prices.currency()) {
            case "JPY" -> BigDecimal.ONE;
            case "BHD" -> new BigDecimal("0.001");
            default -> new BigDecimal("0.01");
        };
    }

    private static BigDecimal rounded(Prices prices, BigDecimal amount) {
        return amount.setScale(unit(prices).scale(), RoundingMode.HALF_UP);
    }
}
