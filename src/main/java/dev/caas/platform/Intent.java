package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caas.api.Money;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was about to be asked of a platform, recorded before: partner APIs know no idempotency keys, so after an unknown
 * outcome they are read back, and this says what to look for.
 *
 * @param act what was to be done
 * @param domain the domain to be added; null for anything else
 * @param associated the associated name that is to be added with it; null if none is, or if the account has that already
 * @param at when it was recorded
 * @param cost what it was to cost, by the quote before; null where there is no price
 * @param expiresBefore the end of the term before; null if there was none
 * @param anchor the organisation's validation that the domain is to have; null for DV, and for anything else
 * @param sold what the platform answered, once it said that it was done; null as long as nobody knows
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Intent(
        Act act,
        @Nullable String domain,
        @Nullable String associated,
        Instant at,
        @Nullable Money cost,
        @Nullable Instant expiresBefore,
        @Nullable String anchor,
        @Nullable Sold sold) {

    /** What cannot be asked twice without harm. */
    public enum Act {
        ADD_DOMAIN,
        EXTEND
    }

    /**
     * The platform said that it was done: it is not asked for again, whatever the platform lists.
     *
     * @param orderNumber null where the platform gave none
     * @param cost null where the platform did not say
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sold(
            @Nullable String orderNumber, @Nullable Money cost) {
        static Sold as(PartnerViews.Receipt receipt) {
            return new Sold(receipt.orderNumber().orElse(null), receipt.cost().orElse(null));
        }
    }

    /** Of what was not asked for yet. */
    public Intent(
            Act act,
            @Nullable String domain,
            @Nullable String associated,
            Instant at,
            @Nullable Money cost,
            @Nullable Instant expiresBefore,
            @Nullable String anchor) {
        this(act, domain, associated, at, cost, expiresBefore, anchor, null);
    }

    Intent sold(Sold as) {
        return new Intent(act, domain, associated, at, cost, expiresBefore, anchor, as);
    }

    /** What it cost as the platform said when it sold it, or else as it said before; null where there is no price. */
    @Nullable
    Money paid() {
        return sold == null || sold.cost() == null ? cost : sold.cost();
    }

    /** Whether it is about this domain or associated name (A-labels, lower case). */
    public boolean adds(String name) {
        return act == Act.ADD_DOMAIN && (name.equals(domain) || name.equals(associated));
    }

    /** In words: what was sold. */
    String what() {
        return switch (act) {
            case ADD_DOMAIN -> "'" + domain + "'";
            case EXTEND -> "one more year";
        };
    }
}
