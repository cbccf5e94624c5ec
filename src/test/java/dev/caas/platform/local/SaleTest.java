package dev.caas.platform.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.api.CaaSPlatformSpec.Pricing;
import dev.caas.api.Money;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import dev.caas.platform.Term;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaleTest {
    private static final String BINDING = "kid-1";
    private static final Prices PRICES = Prices.of(new Pricing("USD", "200", "365"));
    private static final Instant START = Instant.parse("2026-01-10T12:00:00Z");
    private static final Instant END = Instant.parse("2027-01-10T23:59:59Z");

    @Test
    void theFirstDomainStartsTheTerm() throws PlatformFailure {
        var sale = Sale.of(LedgerEntry.empty(), domain("a.example", 2), PRICES, START);

        assertThat(sale.cost()).isEqualTo(new Money("400.00", "USD"));
        assertThat(sale.after().term()).isEqualTo(Term.start(START, 2));
        assertThat(sale.after().domains()).containsOnlyKeys("a.example");
    }

    @Test
    void aLaterDomainSharesTheEndAndIsPaidByDaysLeft() throws PlatformFailure {
        var sale = Sale.of(one(), domain("*.a.example", 3), PRICES, END.minus(Duration.ofDays(100)));

        assertThat(sale.cost()).isEqualTo(new Money("100.00", "USD"));
        assertThat(sale.after().term()).isEqualTo(one().term());
        assertThat(sale.after().domains()).containsOnlyKeys("a.example", "*.a.example");
    }

    @Test
    void theAssociatedNameIsOneDomainMore() throws PlatformFailure {
        var sale = Sale.of(LedgerEntry.empty(), withAssociated("a.example"), PRICES, START);

        assertThat(sale.cost()).isEqualTo(new Money("400.00", "USD"));
        assertThat(sale.after().domains()).containsOnlyKeys("a.example", "www.a.example");
    }

    @Test
    void onlyWhatIsMissingIsPaid() throws PlatformFailure {
        var sale = Sale.of(one(), withAssociated("a.example"), PRICES, START);

        assertThat(sale.cost()).isEqualTo(new Money("200.00", "USD"));
        assertThat(sale.after().domains())
                .containsOnlyKeys("a.example", "www.a.example")
                .containsAllEntriesOf(one().domains());
    }

    @Test
    void noDomainIsSoldTwice() throws PlatformFailure {
        assertThat(refusal(one(), domain("a.example", 1), START)).isEqualTo(Kind.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.a.example", "192.0.2.7", "2001:db8::7"})
    void aWildcardAndAnAddressHaveNoAssociatedName(String name) throws PlatformFailure {
        assertThat(refusal(one(), withAssociated(name), START)).isEqualTo(Kind.REFUSED);
    }

    @Test
    void anOrganisationsValidationIsUnsupported() throws PlatformFailure {
        var anchored = new Purchase.Domain(BINDING, "b.example", false, Optional.of("4711"), 1);

        assertThat(refusal(one(), anchored, START)).isEqualTo(Kind.UNSUPPORTED);
    }

    @Test
    void nothingIsAddedToATermThatEnded() throws PlatformFailure {
        assertThat(refusal(one(), domain("b.example", 1), END)).isEqualTo(Kind.TERM);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-10-02T23:59:58Z, false",
        "2026-10-02T23:59:59Z, true",
        "2027-02-09T23:59:59Z, true",
        "2027-02-10T00:00:00Z, false"
    })
    void aYearForAllDomainsIsSoldInTheWindow(Instant now, boolean sold) throws PlatformFailure {
        var year = new Purchase.Year(BINDING, END);
        var two = Sale.of(one(), domain("*.a.example", 1), PRICES, START).after();

        if (!sold) {
            assertThat(refusal(two, year, now)).isEqualTo(Kind.TERM);
            return;
        }
        var sale = Sale.of(two, year, PRICES, now);
        assertThat(sale.cost()).isEqualTo(new Money("565.00", "USD"));
        assertThat(sale.after().term()).isEqualTo(new Term(START, END.plus(Duration.ofDays(365))));
        assertThat(sale.after().domains()).isEqualTo(two.domains());
    }

    /** Even when the window of the longer term is open. */
    @Test
    void aYearFromOneEndIsSoldOnce() throws PlatformFailure {
        var year = new Purchase.Year(BINDING, END);
        var longer = Sale.of(one(), year, PRICES, END).after();
        var nextWindow = END.plus(Duration.ofDays(365));

        assertThat(refusal(longer, year, nextWindow)).isEqualTo(Kind.TERM);
        assertThat(Sale.of(longer, new Purchase.Year(BINDING, nextWindow), PRICES, nextWindow)
                        .after()
                        .endsAt())
                .contains(END.plus(Duration.ofDays(730)));
    }

    @Test
    void aYearOfNoTermIsNotSold() {
        assertThat(refusal(LedgerEntry.empty(), new Purchase.Year(BINDING, END), START))
                .isEqualTo(Kind.TERM);
    }

    @Test
    void theTermOutlivesItsLastDomain() throws PlatformFailure {
        var none = Sale.without(one(), "a.example");

        assertThat(none.after().domains()).isEmpty();
        assertThat(none.after().term()).isEqualTo(one().term());
        assertThat(none.cost()).isNull();
    }

    @Test
    void onlyADomainThatIsThereIsRemoved() throws PlatformFailure {
        var one = one();

        assertThat(catchThrowableOfType(PlatformFailure.class, () -> Sale.without(one, "b.example"))
                        .kind())
                .isEqualTo(Kind.REFUSED);
    }

    @Test
    void withoutPricesThereIsNoCost() throws PlatformFailure {
        var sale = Sale.of(LedgerEntry.empty(), domain("a.example", 1), null, START);

        assertThat(sale.cost()).isNull();
        assertThat(sale.after().domains()).containsOnlyKeys("a.example");
    }

    private static LedgerEntry one() throws PlatformFailure {
        return Sale.of(LedgerEntry.empty(), domain("a.example", 1), PRICES, START)
                .after();
    }

    private static Purchase.Domain domain(String name, int years) {
        return new Purchase.Domain(BINDING, name, false, Optional.empty(), years);
    }

    private static Purchase.Domain withAssociated(String name) {
        return new Purchase.Domain(BINDING, name, true, Optional.empty(), 1);
    }

    private static Kind refusal(LedgerEntry before, Purchase purchase, Instant now) {
        return catchThrowableOfType(PlatformFailure.class, () -> Sale.of(before, purchase, PRICES, now))
                .kind();
    }
}
