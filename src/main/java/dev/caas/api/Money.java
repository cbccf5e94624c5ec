package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;

/**
 * An amount of money: exact decimals as text, since a number of JSON may become a binary fraction on its way.
 *
 * @param amount digits with at most four decimals, as in {@code 200} or {@code 16.44}
 * @param currency ISO 4217 code, as in {@code USD}
 */
public record Money(
        @Required
        @Size(min = 1, max = 16)
        @Pattern("^[0-9]{1,11}([.][0-9]{1,4})?$")
        @JsonPropertyDescription("Exact decimals as text, such as \"200\" or \"16.44\".")
        String amount,

        @Required @Size(min = 3, max = 3) @Pattern("^[A-Z]{3}$") @JsonPropertyDescription("ISO 4217 code, such as USD.")
        String currency) {

    /** An amount as a platform states it, with the decimals that its currency has, or more where it has more. */
    public static Money of(BigDecimal amount, String currency) {
        var plain = amount.stripTrailingZeros();
        int decimals = Math.max(plain.scale(), decimals(currency));
        return new Money(plain.setScale(decimals, RoundingMode.UNNECESSARY).toPlainString(), currency);
    }

    /** Nothing at all, in that currency. */
    public static Money none(String currency) {
        return of(BigDecimal.ZERO, currency);
    }

    private static int decimals(String currency) {
        try {
            return Math.max(0, Currency.getInstance(currency).getDefaultFractionDigits());
        } catch (IllegalArgumentException e) {
            // No ISO code: the amount is shown as it came.
            return 0;
        }
    }

    /** The amount to calculate with. */
    public BigDecimal value() {
        return new BigDecimal(amount);
    }

    /** Whether something that costs this much may be bought when {@code price} is asked: same currency, and enough. */
    public boolean covers(Money price) {
        return currency.equals(price.currency) && value().compareTo(price.value()) >= 0;
    }

    @Override
    public String toString() {
        return amount + " " + currency;
    }
}
