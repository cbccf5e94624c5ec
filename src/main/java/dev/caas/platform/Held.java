package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.caas.api.Money;
import dev.caas.api.ValidationType;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A domain that an account has.
 *
 * @param addedAt when it was added, or first seen at the platform
 * @param expiresAt its own end, where the platform sets one for each domain; null where the account's term ends it
 * @param orderNumber the platform's number of the order; null if it gave none
 * @param cost what was paid; null if nothing was or it is not known
 * @param refundableUntil until when removing it is refunded; null where it is not
 * @param anchor its organisation's validation; null for DV, and where that is not known
 * @param cameWith the domain whose associated name it was bought as; null if it was bought by itself, or found
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Held(
        Instant addedAt,
        @Nullable Instant expiresAt,
        @Nullable String orderNumber,
        @Nullable Money cost,
        @Nullable Instant refundableUntil,
        @Nullable Anchor anchor,
        @Nullable String cameWith) {

    /** One of which no more is known than that it is there. */
    public static Held since(Instant addedAt) {
        return new Held(addedAt, null, null, null, null, null, null);
    }

    /** Whether its own end, if it has one, is still ahead. */
    public boolean isUsable(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }

    /** Whether the CA validates its names like that. */
    public boolean isOf(ValidationType type) {
        return (type == ValidationType.OV) == (anchor != null);
    }

    Held until(@Nullable Instant end) {
        return new Held(addedAt, end, orderNumber, cost, refundableUntil, anchor, cameWith);
    }

    /** The same, as it was bought by itself. */
    Held bought(@Nullable String order, @Nullable Money paid, @Nullable Instant refundable) {
        return new Held(addedAt, expiresAt, order, paid, refundable, anchor, null);
    }

    /** The same, as it was bought together with a domain. */
    Held boughtWith(String domain) {
        return new Held(addedAt, expiresAt, orderNumber, cost, refundableUntil, anchor, domain);
    }

    /** The same, with no move of its anchor under way. */
    Held notMoving() {
        return anchor == null ? this : under(anchor.movingTo(null));
    }

    Held under(Anchor other) {
        return new Held(addedAt, expiresAt, orderNumber, cost, refundableUntil, other, cameWith);
    }

    /** Ledgers written before domains had a price hold the time alone. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Held parse(String addedAt) {
        return since(Instant.parse(addedAt));
    }

    @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
    static Held of(
            @JsonProperty("addedAt") Instant addedAt,
            @JsonProperty("expiresAt") @Nullable Instant expiresAt,
            @JsonProperty("orderNumber") @Nullable String orderNumber,
            @JsonProperty("cost") @Nullable Money cost,
            @JsonProperty("refundableUntil") @Nullable Instant refundableUntil,
            @JsonProperty("anchor") @Nullable Anchor anchor,
            @JsonProperty("cameWith") @Nullable String cameWith) {
        return new Held(addedAt, expiresAt, orderNumber, cost, refundableUntil, anchor, cameWith);
    }
}
