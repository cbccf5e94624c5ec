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
        Instant expiresAt,

        @JsonPropertyDescription("The platform's number of the order that added the domain.") @Nullable
        String orderNumber,

        @JsonPropertyDescription("What adding the domain costs, as the platform last quoted it; while it is not added.")
        @Nullable
        Money quote,

        @JsonPropertyDescription("What adding the domain cost.") @Nullable
        Money cost,

        @JsonPropertyDescription("Until when removing the domain is refunded in full.") @Nullable
        Instant refundableUntil,

        @JsonPropertyDescription("How many ManagedCertificates have a certificate that was issued under it.") @Nullable
        Integer certificates,

        @JsonPropertyDescription("How much of each limit is used.")
        List<Usage> usage,

        @JsonPropertyDescription("When a certificate was last issued under it.") @Nullable
        Instant lastIssuedAt) {

    /** How much of a limit is used. */
    public record Usage(
            @JsonPropertyDescription("Length of the limit's period, as in spec.limits.")
            String per,

            @JsonPropertyDescription("How many certificates were issued in the period, renewals included.")
            int used,

            @JsonPropertyDescription("When the period ends and the next one begins.")
            Instant resetsAt) {}

    /** The phases of a subscribed domain. */
    public enum State {
        Pending,
        /** Its quote is not covered by what was approved. */
        AwaitingApproval,
        Active,
        Suspended,
        Expired,
        /** It was subscribed, and somebody removed it at the platform. */
        Removed
    }

    public DomainSubscriptionStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        usage = usage == null ? List.of() : List.copyOf(usage);
    }

    /** Of what was not counted. */
    public DomainSubscriptionStatus(
            @Nullable Long observedGeneration,
            List<Condition> conditions,
            @Nullable State state,
            @Nullable Instant addedAt,
            @Nullable Instant expiresAt,
            @Nullable String orderNumber,
            @Nullable Money quote,
            @Nullable Money cost,
            @Nullable Instant refundableUntil) {
        this(
                observedGeneration,
                conditions,
                state,
                addedAt,
                expiresAt,
                orderNumber,
                quote,
                cost,
                refundableUntil,
                null,
                List.of(),
                null);
    }

    /** The same with other counts. */
    public DomainSubscriptionStatus counting(
            @Nullable Integer certificates, List<Usage> usage, @Nullable Instant lastIssuedAt) {
        return new DomainSubscriptionStatus(
                observedGeneration,
                conditions,
                state,
                addedAt,
                expiresAt,
                orderNumber,
                quote,
                cost,
                refundableUntil,
                certificates,
                usage,
                lastIssuedAt);
    }
}
