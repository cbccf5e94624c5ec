package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The validation of an organisation that a domain has at its platform, as far as it was asked for from here: no partner
 * API tells. A domain has the one that was declared last among all declarations of that anchor, so what was declared for
 * this domain is kept beside it: only a declaration that changed moves anything.
 *
 * @param number the order number of the validation
 * @param since when this account first used it
 * @param declared what was declared for this domain when that was last acted on
 * @param movingTo where the platform is, or was, being asked to move it; null if nothing is under way
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Anchor(
        String number,
        Instant since,
        String declared,
        @Nullable String movingTo) {
    /** CAs validate an organisation again after 398 days at most (vendor's CaaS guide). */
    public static final Duration VALIDITY = Duration.ofDays(398);

    /** When it has to be validated again at the latest; earlier if it was validated before it was used here. */
    public Instant endsAt() {
        return since.plus(VALIDITY);
    }

    /** Whether it is as declared, and nothing is under way. */
    public boolean isSettledFor(String organization) {
        return declared.equals(organization) && movingTo == null;
    }

    Anchor movingTo(@Nullable String other) {
        return new Anchor(number, since, declared, other);
    }
}
