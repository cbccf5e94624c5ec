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

        @JsonPropertyDescription("What the next extension of the term costs, as the platform last quoted it.") @Nullable
        Money quote,

        @JsonPropertyDescription("The domains of the binding at the platform, declared here or not; the first 100.")
        List<Domain> domains,

        @JsonPropertyDescription("The ACME accounts that share the binding, as the platform last told; the first 100.")
        List<AcmeAccount> accounts,

        @JsonPropertyDescription("What was suspended or deactivated as declared here, by scope; only that is undone.")
        List<Applied> applied,

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

    /** A domain of the binding. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Domain(
            @JsonPropertyDescription("The domain, as A-labels.")
            String name,

            @JsonPropertyDescription("Until when it may be used.") @Nullable
            Instant expiresAt,

            @JsonPropertyDescription("The DomainSubscription of it; absent for one that was added elsewhere.") @Nullable
            String subscription) {}

    /** An ACME account that shares the binding. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record AcmeAccount(
            @JsonPropertyDescription("The platform's id of it.")
            String id,

            @JsonPropertyDescription("Its state, as the platform calls it.") @Nullable
            String state,

            @JsonPropertyDescription("The client that uses it.") @Nullable
            String userAgent,

            @JsonPropertyDescription("When it was last used.") @Nullable
            Instant lastActivity) {}

    /** Something that this object had the platform do. */
    public record Applied(
            @JsonPropertyDescription("binding, or the id of an ACME account.")
            String scope,

            @JsonPropertyDescription("Suspended or Deactivated.")
            String state) {}

    public CaaSAccountStatus {
        domains = domains == null ? List.of() : List.copyOf(domains);
        accounts = accounts == null ? List.of() : List.copyOf(accounts);
        applied = applied == null ? List.of() : List.copyOf(applied);
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
