package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of an account. Losing it loses nothing: key and URL are in the account Secret, the term in the ledger. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CaaSAccountStatus(
        @JsonPropertyDescription("The generation this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and Reconciling or Stalled while they apply.")
        List<Condition> conditions,

        @JsonPropertyDescription("The ACME account's URL.") @Nullable
        String accountUrl,

        @JsonPropertyDescription("The key identifier the account was registered with.") @Nullable
        String keyId,

        @JsonPropertyDescription("Thumbprint of the account key (RFC 7638, SHA-256, base64url).") @Nullable
        String keyThumbprint,

        @JsonPropertyDescription("The ACME account's status as the CA last told it: valid or deactivated.") @Nullable
        String acmeStatus,

        @JsonPropertyDescription("The subscription's term.") @Nullable
        TermStatus term,

        @JsonPropertyDescription("The CA asked this account to wait, or does not answer: it is asked again then.")
        @Nullable
        Instant retryAfter) {

    /** Where the term stands. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record TermStatus(
            @JsonPropertyDescription("None before the first domain; Grace: nothing is issued, still extendable.")
            State state,

            @JsonPropertyDescription("When the first domain was added.") @Nullable
            Instant startedAt,

            @JsonPropertyDescription("Nothing is issued from then on.") @Nullable
            Instant expiresAt,

            @JsonPropertyDescription("When the term can be extended.") @Nullable
            Extension extension) {

        /** The phases of a term. */
        public enum State {
            None,
            Active,
            Grace,
            Expired
        }
    }

    /** The window in which a term can be extended. */
    public record Extension(
            @JsonPropertyDescription("First moment of the window.")
            Instant opensAt,

            @JsonPropertyDescription("Last moment of the window.")
            Instant closesAt) {}

    public CaaSAccountStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
