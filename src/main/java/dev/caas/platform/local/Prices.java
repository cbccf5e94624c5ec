package dev.caas.platform.local;

import dev.caas.api.CaaSPlatformSpec.Pricing;
import dev.caas.api.Money;
import dev.caas.platform.Term;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Collection;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * What domains cost. Sums are exact; the amount that is asked for is rounded once, half up, to the decimals of its
 * currency.
 *
 * @param currency ISO 4217 code
 * @param domainYear price of a domain for a year
 * @param wildcardYear price of a wildcard domain for a year
 */
record Prices(String currency, BigDecimal domainYear, BigDecimal wildcardYear) {
    /** Of a currency that is not in the JDK's list. */
    private static final int USUAL_DECIMALS = 2;

    Prices {
        if (domainYear.signum() < 0 || wildcardYear.signum() < 0) {
            throw new IllegalArgumentException("a price is not negative");
        }
    }

    static Prices of(Pricing pricing) {
        var domainYear = new BigDecimal(pricing.domainYear());
        @Nullable String wildcardYear = pricing.wildcardYear();
        return new Prices(
                pricing.currency(), domainYear, wildcardYear == null ? domainYear : new BigDecimal(wildcardYear));
    }

    /** What these domains cost from now to the end of the term, by full days; the whole term when it starts now. */
    Money untilEnd(Term term, Collection<String> domains, Instant now) {
        return forDays(domains, term.fullDaysLeft(now));
    }

    /** What one more year costs for these domains. */
    Money year(Collection<String> domains) {
        return forDays(domains, Term.YEAR.toDays());
    }

    private Money forDays(Collection<String> domains, long days) {
        var year = domains.stream().map(this::ofYear).reduce(BigDecimal.ZERO, BigDecimal::add);
        return Money.of(
                year.multiply(BigDecimal.valueOf(days))
                        .divide(BigDecimal.valueOf(Term.YEAR.toDays()), decimals(), RoundingMode.HALF_UP),
                currency);
    }

    private BigDecimal ofYear(String domain) {
        return domain.startsWith("*.") ? wildcardYear : domainYear;
    }

    private int decimals() {
        try {
            return Math.max(0, Currency.getInstance(currency).getDefaultFractionDigits());
        } catch (IllegalArgumentException e) {
            return USUAL_DECIMALS;
        }
    }
}
