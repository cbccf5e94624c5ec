package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caas.api.Money;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was about to be asked of a platform, recorded before: partner APIs know no idempotency keys, so after an unknown
 * outcome they are read back, and this says what to look for.
 *
 * @param act what was to be done
 * @param domain the domain to be added; null for anything else
 * @param at when it was recorded
 * @param cost what it was to cost, by the quote before; null where there is no price
 * @param expiresBefore the end of the term before; null if there was none
 * @param keyIdsBefore the bindings that the platform knew before a pre-registration
 * @param anchor the organisation's validation that the domain is to have; null for DV, and for anything else
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Intent(
        Act act,
        @Nullable String domain,
        Instant at,
        @Nullable Money cost,
        @Nullable Instant expiresBefore,
        List<String> keyIdsBefore,
        @Nullable String anchor) {

    /** What cannot be asked twice without harm. */
    public enum Act {
        ADD_DOMAIN,
        EXTEND,
        PRE_REGISTER
    }

    public Intent {
        keyIdsBefore = keyIdsBefore == null ? List.of() : List.copyOf(keyIdsBefore);
    }
}
