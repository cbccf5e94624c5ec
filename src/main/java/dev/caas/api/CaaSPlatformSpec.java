package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where a partner platform is, who may use it, and who has to agree before money is spent. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "self.provider == 'Local' || (has(self.endpoint) && isURL(self.endpoint) &&"
                + " self.endpoint.startsWith('https://'))",
        fieldPath = ".endpoint",
        message = "must be the platform's https:// URL, with its path")
@ValidationRule(
        value = "self.provider == 'Local' || has(self.credentialsSecretRef)",
        fieldPath = ".credentialsSecretRef",
        message = "must name a Secret in the operator's namespace")
@ValidationRule(
        value = "self.provider != 'Local' || (!has(self.endpoint) && !has(self.credentialsSecretRef) &&"
                + " !has(self.caBundle))",
        fieldPath = ".endpoint",
        message =
                "must be absent for provider Local, and so must credentialsSecretRef and caBundle: it connects to nothing")
@ValidationRule(
        value = "has(self.organizationId) == (self.provider == 'SectigoSCM')",
        fieldPath = ".organizationId",
        message = "is the SCM organization to keep accounts in: required for provider SectigoSCM, and for no other")
@ValidationRule(
        value = "!has(self.pricing) || self.provider == 'Local'",
        fieldPath = ".pricing",
        message = "is for provider Local only: any other platform has its own prices")
@ValidationRule(
        value = "self.provider == oldSelf.provider",
        fieldPath = ".provider",
        message = "is immutable: create another CaaSPlatform")
@ValidationRule(
        value = "!has(oldSelf.state) || oldSelf.state != 'Deactivated' || (has(self.state) && self.state =="
                + " 'Deactivated')",
        fieldPath = ".state",
        message = "Deactivated is final")
@ValidationRule(
        value = "!has(oldSelf.confirm) || self.state == 'Active' || (has(oldSelf.state) && self.state =="
                + " oldSelf.state)",
        fieldPath = ".confirm",
        message = "was set for another state: remove it first, and then set it together with this state")
public record CaaSPlatformSpec(
        @Required
        @JsonPropertyDescription(
                "The partner API. SectigoCaaS: the CaaS form API. SectigoSCM: Sectigo Certificate Manager's REST API."
                        + " Local: the built-in ledger with prices, for CAs without a partner API.")
        Provider provider,

        @Size(min = 9, max = 2048)
        @JsonPropertyDescription(
                "The partner API's URL. SectigoCaaS: with its path, as in https://host/products/!ACMEAdmin. SectigoSCM:"
                        + " what comes before /acme, as in https://host/api.")
        @Nullable
        String endpoint,

        @Size(max = 100000)
        @Pattern("^[A-Za-z0-9+/=\\s]*$")
        @JsonPropertyDescription(
                "Base64 of PEM certificates to trust for this endpoint, instead of the system's roots.")
        @Nullable
        String caBundle,

        @JsonPropertyDescription(
                "Secret in the operator's namespace. SectigoCaaS: keys loginName and loginPassword. SectigoSCM: keys"
                        + " login, password and customerUri. A changed Secret is used at the next request, in ten minutes at most.")
        @Nullable
        CredentialsSecretRef credentialsSecretRef,

        @Min(1) @Max(2147483647) @JsonPropertyDescription("The SCM organization that accounts are kept in.") @Nullable
        Integer organizationId,

        @JsonPropertyDescription("Namespaces whose CaaSAccounts may use this platform; none when absent.") @Nullable
        NamespaceSelection allowedNamespaces,

        @Default("Manual")
        @JsonPropertyDescription(
                "Manual: nothing that costs money is done before spec.approvedCost of the object covers what the platform"
                        + " quotes. Automatic: what is declared is bought.")
        Approval approval,

        @JsonPropertyDescription("What the Local platform charges.") @Nullable
        Pricing pricing,

        @Default("Active")
        @JsonPropertyDescription(
                "The whole reseller: every account at the platform, whether it is declared in this cluster or not."
                        + " Suspended: until it is Active again. Deactivated: for ever. Anything but Active needs"
                        + " confirm.")
        State state,

        @Size(max = 253)
        @JsonPropertyDescription(
                "Must repeat metadata.name before state can suspend or deactivate the whole reseller. It confirms one"
                        + " state: remove it before another one is set.")
        @Nullable
        String confirm) {

    /** The partner APIs. */
    public enum Provider {
        SectigoCaaS,
        SectigoSCM,
        Local
    }

    /** Who agrees to costs. */
    public enum Approval {
        Manual,
        Automatic
    }

    /** Whether the reseller's accounts may be used. */
    public enum State {
        Active,
        Suspended,
        Deactivated
    }

    /** A Secret of the operator's own namespace. */
    public record CredentialsSecretRef(
            @Required
            @Size(min = 1, max = 253)
            @JsonPropertyDescription("Name of the Secret, in the operator's namespace.")
            String name) {}

    /** Prices of the Local platform. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Pricing(
            @Required
            @Size(min = 3, max = 3)
            @Pattern("^[A-Z]{3}$")
            @JsonPropertyDescription("ISO 4217 code, such as USD.")
            String currency,

            @Required
            @Size(min = 1, max = 16)
            @Pattern("^[0-9]{1,11}([.][0-9]{1,4})?$")
            @JsonPropertyDescription("Price of a domain for a year: exact decimals as text.")
            String domainYear,

            @Size(min = 1, max = 16)
            @Pattern("^[0-9]{1,11}([.][0-9]{1,4})?$")
            @JsonPropertyDescription("Price of a wildcard domain for a year; as domainYear when absent.")
            @Nullable
            String wildcardYear) {}

    public CaaSPlatformSpec {
        approval = approval == null ? Approval.Manual : approval;
        state = state == null ? State.Active : state;
    }
}
