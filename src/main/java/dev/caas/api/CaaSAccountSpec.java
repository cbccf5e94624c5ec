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
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a customer's contract at one CA is: its server, its External Account Binding, its term, and who may use it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "self.termsOfServiceAgreed",
        fieldPath = ".termsOfServiceAgreed",
        message =
                "must be true: read the CA's terms of service (the directory's meta.termsOfService) and agree to them")
@ValidationRule(
        value = "isURL(self.server) && self.server.startsWith('https://')",
        fieldPath = ".server",
        message = "must be an https:// URL, the CA's ACME directory")
@ValidationRule(
        value = "self.server == oldSelf.server",
        fieldPath = ".server",
        message = "is immutable: an account belongs to one CA; create another CaaSAccount")
@ValidationRule(
        value = "!has(self.contacts) || self.contacts.all(c, c.matches('^[^@:\\\\s]+@[^@:\\\\s]+$'))",
        fieldPath = ".contacts",
        message = "must be e-mail addresses, without mailto:")
@ValidationRule(
        value = "(has(self.term) && has(self.term.initialYears) ? self.term.initialYears : 1) =="
                + " (has(oldSelf.term) && has(oldSelf.term.initialYears) ? oldSelf.term.initialYears : 1)",
        fieldPath = ".term",
        message = "initialYears is immutable: extend the term with paidThrough")
@ValidationRule(
        value = "!has(oldSelf.state) || oldSelf.state != 'Deactivated' || (has(self.state) && self.state =="
                + " 'Deactivated')",
        fieldPath = ".state",
        message = "Deactivated is final: create another CaaSAccount with another binding")
@ValidationRule(
        value = "!has(self.privateKeyAlgorithm) || self.privateKeyAlgorithm != 'Ed25519'",
        fieldPath = ".privateKeyAlgorithm",
        message = "must be an ECDSA or RSA key: CAs take no Ed25519 account keys")
public record CaaSAccountSpec(
        @Required
        @Size(min = 9, max = 2048)
        @JsonPropertyDescription("The CA's ACME directory (RFC 8555 section 7.1.1), an https:// URL.")
        String server,

        @Size(max = 100000)
        @Pattern("^[A-Za-z0-9+/=\\s]*$")
        @JsonPropertyDescription("Base64 of PEM certificates to trust for this server, instead of the system's roots.")
        @Nullable
        String caBundle,

        @Size(max = 10)
        @JsonPropertyDescription(
                "E-mail addresses the CA may write to. Several CaaS servers refuse an account that has" + " none.")
        List<@Size(min = 3, max = 320) String> contacts,

        @Required @JsonPropertyDescription("The CA's terms of service were read and are agreed to; must be true.")
        boolean termsOfServiceAgreed,

        @Size(min = 1, max = 128)
        @JsonPropertyDescription(
                "Certificate profile to ask for where a certificate names none (draft-ietf-acme-profiles). A change is"
                        + " followed by each certificate when it is renewed.")
        @Nullable
        String profile,

        @Size(min = 1, max = 256)
        @JsonPropertyDescription(
                "Of the chains that the CA offers, take the first whose topmost certificate was issued by this common"
                        + " name, where a certificate names none. A change is followed by each certificate when it is"
                        + " renewed.")
        @Nullable
        String preferredChain,

        @Required @JsonPropertyDescription("The External Account Binding in hand (RFC 8555 section 7.3.4).")
        ExternalAccountBinding externalAccountBinding,

        @JsonPropertyDescription("The subscription's term in the built-in ledger.") @Nullable
        Term term,

        @Default("Active")
        @JsonPropertyDescription(
                "Suspended: nothing is ordered under this account until it is Active again. Deactivated: the ACME"
                        + " account is given up at the CA, for ever, once pending revocations are done, which are waited for for ten minutes.")
        State state,

        @Default("ECDSA-P256")
        @JsonPropertyDescription(
                "Algorithm and size of the account key; of the next one, where there is one already. Changing it changes"
                        + " no key: set rollKeyCreatedBefore, too.")
        KeyAlgorithm privateKeyAlgorithm,

        @JsonPropertyDescription(
                "Change an account key that was made before this time for a new one (RFC 8555 section 7.3.5), once. A time"
                        + " that is ahead is waited for.")
        @Nullable
        Instant rollKeyCreatedBefore,

        @Size(max = 32) @JsonPropertyDescription("How control of names is proven.")
        List<Solver> solvers,

        @JsonPropertyDescription("Namespaces whose ManagedCertificates may name this account.")
        NamespaceSelection allowedNamespaces,

        @Default("50")
        @Min(1)
        @Max(1000)
        @JsonPropertyDescription("How many orders of this account may be in work at once.")
        int concurrentOrders,

        @Default("Retain")
        @JsonPropertyDescription(
                "What happens when this CaaSAccount is deleted. Retain: the account and its Secret stay."
                        + " Deactivate: the ACME account is given up at the CA, for ever; if that does not succeed within"
                        + " ten minutes, the object goes all the same.")
        DeletionPolicy deletionPolicy) {

    /** Whether the binding may be used. */
    public enum State {
        Active,
        Suspended,
        Deactivated
    }

    /** What becomes of the ACME account when its declaration is deleted. */
    public enum DeletionPolicy {
        Retain,
        Deactivate
    }

    /** A key identifier and the MAC key that belongs to it, as the CA platform handed them out. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record ExternalAccountBinding(
            @Required
            @Size(min = 1, max = 1024)
            @JsonPropertyDescription(
                    "The key identifier (kid). Another one means another ACME account: it is registered anew, and what"
                            + " was issued stays in use.")
            String keyId,

            @Required
            @JsonPropertyDescription("The MAC key: base64url text, padded or not, as the CA platform shows it.")
            SecretKeyRef macKeySecretRef,

            @Default("HS256") @JsonPropertyDescription("The MAC algorithm of the binding's JWS.")
            MacAlgorithm macAlgorithm) {
        public ExternalAccountBinding {
            macAlgorithm = macAlgorithm == null ? MacAlgorithm.HS256 : macAlgorithm;
        }
    }

    /** MAC algorithms of RFC 7518 section 3.2. */
    public enum MacAlgorithm {
        HS256,
        HS384,
        HS512
    }

    /** How long the subscription runs. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Term(
            @Default("1")
            @Min(1)
            @Max(3)
            @JsonPropertyDescription("Years of the first term, which starts with the first domain; 1 to 3, immutable.")
            int initialYears,

            @Size(min = 10, max = 10)
            @Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
            @JsonPropertyDescription(
                    "Extend the term, a year at a time inside its extension window, while it ends before"
                            + " this date (YYYY-MM-DD). Never shortens a term.")
            @Nullable
            String paidThrough) {
        public Term {
            initialYears = initialYears == 0 ? 1 : initialYears;
        }
    }

    public CaaSAccountSpec {
        contacts = contacts == null ? List.of() : List.copyOf(contacts);
        state = state == null ? State.Active : state;
        solvers = solvers == null ? List.of() : List.copyOf(solvers);
        allowedNamespaces = allowedNamespaces == null ? NamespaceSelection.same() : allowedNamespaces;
        concurrentOrders = concurrentOrders == 0 ? 50 : concurrentOrders;
        privateKeyAlgorithm = privateKeyAlgorithm == null ? KeyAlgorithm.ECDSA_P256 : privateKeyAlgorithm;
        deletionPolicy = deletionPolicy == null ? DeletionPolicy.Retain : deletionPolicy;
    }
}
