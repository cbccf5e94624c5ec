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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One subscribed domain of an account: which names it covers, who may use them, and within which policy. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "self.accountRef.name == oldSelf.accountRef.name",
        fieldPath = ".accountRef",
        message = "is immutable: create another DomainSubscription")
@ValidationRule(
        value = "isIP(self.domain) || self.domain.matches('^([*][.])?[^\\\\s./:@*]+([.][^\\\\s./:@*]+)*[.]?$')",
        fieldPath = ".domain",
        message =
                "must be a DNS name, such as example.com or *.example.com: no scheme, port, path, space or empty label;"
                        + " or an IP address")
@ValidationRule(
        value = "!(self.coversSubdomains && isIP(self.domain))",
        fieldPath = ".coversSubdomains",
        message = "must be false where the domain is an IP address: nothing is below an address")
@ValidationRule(
        value = "self.domain == oldSelf.domain",
        fieldPath = ".domain",
        message = "is immutable: create another DomainSubscription")
@ValidationRule(
        value = "self.includeAssociated == oldSelf.includeAssociated",
        fieldPath = ".includeAssociated",
        message = "is immutable: subscribe the associated name by a DomainSubscription of its own")
@ValidationRule(
        value = "self.validationType == oldSelf.validationType",
        fieldPath = ".validationType",
        message = "is immutable: create another DomainSubscription")
@ValidationRule(
        value = "(self.validationType == 'OV') == has(self.organizationValidation)",
        fieldPath = ".organizationValidation",
        message = "is required for OV, and for nothing else: the order number of the organisation's validation")
public record DomainSubscriptionSpec(
        @Required @JsonPropertyDescription("The account that pays for this domain.")
        LocalAccountRef accountRef,

        @Required
        @Size(min = 1, max = 255)
        @JsonPropertyDescription("The domain: a fully qualified name, or *.zone for the wildcard name of a zone. IDN is"
                + " accepted as U-labels or A-labels. Or one IP address, IPv4 or IPv6.")
        String domain,

        @Default("false")
        @JsonPropertyDescription(
                "Also covers every name and wildcard below the domain. Off unless the contract says so.")
        boolean coversSubdomains,

        @Default("false")
        @JsonPropertyDescription(
                "Subscribe the associated name, too: www.example.com with example.com. Immutable; needs a platform that"
                        + " can.")
        boolean includeAssociated,

        @Default("DV")
        @JsonPropertyDescription(
                "What the CA validates: DV, control of the name; OV, the organisation too. Immutable. OV needs a server of"
                        + " that type and organizationValidation.")
        ValidationType validationType,

        @Size(min = 1, max = 64)
        @Pattern("^[A-Za-z0-9._-]+$")
        @JsonPropertyDescription(
                "The anchor of a pre-validated organisation: the order number of its validation. A changed one moves the"
                        + " domain to that anchor. All names of one OV certificate need the same.")
        @Nullable
        String organizationValidation,

        @Size(max = 64)
        @JsonPropertyDescription(
                "Who else may use which names. The subscription's own namespace may use all; every other"
                        + " namespace is denied unless granted here.")
        List<Grant> grants,

        @JsonPropertyDescription("What certificates for these names may look like.") @Nullable
        Policy policy,

        @Default("Active")
        @JsonPropertyDescription("Suspended: nothing is ordered for these names until it is Active again.")
        State state,

        @Size(max = 8)
        @JsonPropertyDescription("How many certificates may be issued for these names in a period; each limit holds.")
        List<Limit> limits,

        @JsonPropertyDescription(
                "What subscribing the domain may cost where the platform has approval: Manual; nothing is bought before this"
                        + " covers status.quote.")
        @Nullable
        Money approvedCost,

        @Default("Retain")
        @JsonPropertyDescription(
                "What happens to the domain when this object is deleted. Retain: it stays subscribed, and creating the object"
                        + " again finds it. Remove: it is removed from the platform, which may refund it.")
        DeletionPolicy deletionPolicy) {

    /** What becomes of a domain when its declaration is deleted. */
    public enum DeletionPolicy {
        Retain,
        Remove
    }

    /** So many certificates in each period of that length. */
    @ValidationRule(
            value = "duration(self.per) >= duration('1m') && duration(self.per) <= duration('876000h')",
            fieldPath = ".per",
            message = "must be from 1m to 876000h")
    public record Limit(
            @Required @Min(1) @Max(1000000) @JsonPropertyDescription("How many certificates, renewals included.")
            int certificates,

            @Required
            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @Size(min = 2, max = 16)
            @JsonPropertyDescription(
                    "Length of the period, such as 168h. Periods follow each other, from 1970-01-01T00:00Z on.")
            String per) {}

    /** Whether the subscription may be used. */
    public enum State {
        Active,
        Suspended
    }

    /** Lets other namespaces use names of this subscription. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(
            value = "self.namespaces.from != 'Same'",
            fieldPath = ".namespaces.from",
            message = "must be All or Selector: the subscription's own namespace may use every name anyway")
    public record Grant(
            @Required @JsonPropertyDescription("The namespaces that are granted the names.")
            NamespaceSelection namespaces,

            @Size(max = 100)
            @JsonPropertyDescription(
                    "The names or IP addresses granted, within what the subscription covers; all of it when"
                            + " absent. *.zone grants the wildcard name only.")
            List<@Size(min = 1, max = 255) String> names) {
        public Grant {
            names = names == null ? List.of() : List.copyOf(names);
        }
    }

    /** Limits on what is ordered; a part that is absent limits nothing. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Policy(
            @Size(max = 4) @JsonPropertyDescription("Challenge types that may prove control.")
            List<ChallengeType> challengeTypes,

            @Size(max = 16) @JsonPropertyDescription("Private keys that certificates may have.")
            List<KeyAlgorithm> privateKeyAlgorithms,

            @Default("2160h")
            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @Size(min = 2, max = 16)
            @JsonPropertyDescription("Longest duration a certificate may ask for.")
            String maxDuration,

            @Size(max = 32) @JsonPropertyDescription("Certificate profiles that may be asked for.")
            List<@Size(min = 1, max = 128) String> profiles) {
        public Policy {
            challengeTypes = challengeTypes == null ? List.of() : List.copyOf(challengeTypes);
            privateKeyAlgorithms = privateKeyAlgorithms == null ? List.of() : List.copyOf(privateKeyAlgorithms);
            maxDuration = maxDuration == null ? "2160h" : maxDuration;
            profiles = profiles == null ? List.of() : List.copyOf(profiles);
        }

        /** What an absent policy means: 90 days at most, anything else goes. */
        public static Policy standard() {
            return new Policy(List.of(), List.of(), "2160h", List.of());
        }
    }

    public DomainSubscriptionSpec {
        grants = grants == null ? List.of() : List.copyOf(grants);
        validationType = validationType == null ? ValidationType.DV : validationType;
        state = state == null ? State.Active : state;
        limits = limits == null ? List.of() : List.copyOf(limits);
        deletionPolicy = deletionPolicy == null ? DeletionPolicy.Retain : deletionPolicy;
    }
}
