package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a certificate. Losing it loses nothing: everything that decides is in the Secret. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ManagedCertificateStatus(
        @JsonPropertyDescription("The generation this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, Issuing, and Reconciling or Stalled while they apply.")
        List<Condition> conditions,

        @JsonPropertyDescription("Serial number, lower-case hexadecimal.") @Nullable
        String serialNumber,

        @JsonPropertyDescription("SHA-256 of the certificate, lower-case hexadecimal.") @Nullable
        String fingerprint,

        @JsonPropertyDescription("Distinguished name of the issuer (RFC 4514).") @Nullable
        String issuer,

        @JsonPropertyDescription("When the operator got the certificate; of an adopted one, the start of its validity.")
        @Nullable
        Instant issuedAt,

        @JsonPropertyDescription("Start of validity.") @Nullable
        Instant notBefore,

        @JsonPropertyDescription("End of validity.") @Nullable
        Instant notAfter,

        @JsonPropertyDescription("When renewal is due.") @Nullable
        Instant renewalTime,

        @JsonPropertyDescription("What the CA says about when to renew (ARI, RFC 9773).") @Nullable
        RenewalInfo renewalInfo,

        @JsonPropertyDescription("The ACME account it was issued under.") @Nullable
        String accountUrl,

        @JsonPropertyDescription(
                "Where the CA keeps it (RFC 8555 section 7.4.2): by that it can be revoked even when its"
                        + " Secret is gone.")
        @Nullable
        String certificateUrl,

        @JsonPropertyDescription("The subscriptions it was issued under, as namespace/name.")
        List<String> subscriptions,

        @JsonPropertyDescription("What the CA validated by these subscriptions: DV, control of the names; OV, the"
                + " organisation, too.")
        @Nullable
        ValidationType validationType,

        @JsonPropertyDescription("Failed attempts since the last success.") @Nullable
        Integer attempts,

        @JsonPropertyDescription("When the next attempt is due.") @Nullable
        Instant nextAttempt,

        @JsonPropertyDescription("The last attempt that failed.") @Nullable
        Failure lastFailure,

        @JsonPropertyDescription("The certificates issued so far that are still valid, so that they can be revoked.")
        List<IssuedCertificate> history) {

    /** The CA's suggestion when to renew (RFC 9773 section 4.2). */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record RenewalInfo(
            @JsonPropertyDescription("Start of the suggested window.")
            Instant windowStart,

            @JsonPropertyDescription("End of the suggested window.")
            Instant windowEnd,

            @JsonPropertyDescription("Where the CA explains it.") @Nullable
            String explanationUrl) {}

    /** A certificate that was issued. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record IssuedCertificate(
            @JsonPropertyDescription("Serial number, lower-case hexadecimal.")
            String serial,

            @JsonPropertyDescription("Where the CA keeps it.") @Nullable
            String certificateUrl,

            @JsonPropertyDescription("The ACME account it was issued under.") @Nullable
            String accountUrl,

            @JsonPropertyDescription("When the operator got it.")
            Instant issuedAt,

            @JsonPropertyDescription("End of validity.") Instant notAfter,

            @JsonPropertyDescription("When it was revoked.") @Nullable
            Instant revokedAt) {}

    /** What went wrong, in the CA's words where it was the CA. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Failure(
            @JsonPropertyDescription("When.") Instant time,

            @JsonPropertyDescription(
                    "Which step: newOrder, authorization, challenge, finalize, certificate, secret," + " revokeCert.")
            String step,

            @JsonPropertyDescription("The problem's type (RFC 8555 section 6.7), or about:blank.")
            String type,

            @JsonPropertyDescription("The problem's detail, bounded.")
            String detail,

            @JsonPropertyDescription("A line for each name that has a problem of its own.")
            List<String> subproblems) {
        public Failure {
            subproblems = subproblems == null ? List.of() : List.copyOf(subproblems);
        }
    }

    public ManagedCertificateStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        subscriptions = subscriptions == null ? List.of() : List.copyOf(subscriptions);
        history = history == null ? List.of() : List.copyOf(history);
    }
}
