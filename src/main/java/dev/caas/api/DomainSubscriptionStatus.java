package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a subscribed domain. Losing it loses nothing: the ledger keeps the domain and the term. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DomainSubscriptionStatus(
        @JsonPropertyDescription("The generation this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and Reconciling or Stalled while they apply.")
        List<Condition> conditions,

        @JsonPropertyDescription("Where the subscription stands.") @Nullable
        State state,

        @JsonPropertyDescription("When the domain was added to the account's subscription.") @Nullable
        Instant addedAt,

        @JsonPropertyDescription("When the account's term ends; nothing is issued from then on.") @Nullable
        Instant expiresAt) {

    /** The phases of a subscribed domain. */
    public enum State {
        Pending,
        Active,
        Suspended,
        Expired
    }

    public DomainSubscriptionStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
