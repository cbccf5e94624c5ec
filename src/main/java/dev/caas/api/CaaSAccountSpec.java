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
@ValidationRule(
        value = "has(self.externalAccountBinding) != has(self.preRegister)",
        fieldPath = ".externalAccountBinding",
        message =
                "or preRegister is required, one of the two: a binding in hand, or one to be obtained from the platform")
@ValidationRule(
        value = "!has(self.preRegister) || has(self.platformRef)",
        fieldPath = ".platformRef",
        message = "is required with preRegister: it is the platform that hands out the binding")
@ValidationRule(
        value =
                "has(self.platformRef) == has(oldSelf.platformRef) && (!has(self.platformRef) || self.platformRef.name =="
                        + " oldSelf.platformRef.name)",
        fieldPath = ".platformRef",
        message = "is immutable: who keeps domains and term does not change; create another CaaSAccount")
@ValidationRule(
        value = "!has(self.acmeAccounts) || size(self.acmeAccounts) == 0 || has(self.platformRef)",
        fieldPath = ".acmeAccounts",
        message = "needs platformRef: without a platform there is one ACME account, and state is for that")
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

        @JsonPropertyDescription("The External Account Binding in hand (RFC 8555 section 7.3.4).") @Nullable
        ExternalAccountBinding externalAccountBinding,

        @JsonPropertyDescription(
                "Instead of externalAccountBinding: the operator obtains one from the platform, which is free and starts no"
                        + " term, and keeps it in Secret <name>-eab.")
        @Nullable
        PreRegister preRegister,

        @JsonPropertyDescription(
                "The platform that knows this binding: it has the domains and the term, and charges for them. Without it the"
                        + " built-in ledger keeps both, at no price.")
        @Nullable
        PlatformRef platformRef,

        @JsonPropertyDescription("The subscription's term: how long it runs at first, and when it is extended.")
        @Nullable
        Term term,

        @Default("Active")
        @JsonPropertyDescription(
                "The whole binding. Suspended: nothing is ordered under this account until it is Active again. Deactivated:"
                        + " the ACME account is given up at the CA, for ever, once pending revocations are done, which are"
                        + " waited for for ten minutes. With platformRef both hold for every ACME account of every client"
                        + " that shares the binding, in this cluster or not, and for the binding itself. For a single"
                        + " ACME account there is acmeAccounts.")
        State state,

        @Size(max = 64)
        @JsonPropertyDescription(
                "Single ACME accounts of this binding, as status.accounts lists them, that are to be suspended or"
                        + " deactivated, and no other with them. Needs a platform that can.")
        List<AcmeAccountState> acmeAccounts,

        @JsonPropertyDescription(
                "What each extension of the term may cost where the platform has approval: Manual; nothing is extended"
                        + " before this covers status.quote.")
        @Nullable
        Money approvedCost,

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

    /** Obtain a binding from the platform. There is nothing to choose: {@code preRegister: {}}. */
    public record PreRegister() {}

    /** The state that one ACME account is to have at the platform. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record AcmeAccountState(
            @Required
            @Size(min = 1, max = 1024)
            @JsonPropertyDescription("The platform's id of the account, or self for the one registered by this object.")
            String id,

            @Default("Active")
            @JsonPropertyDescription(
                    "Suspended: this account alone issues nothing until it is Active again. Deactivated: for ever.")
            State state) {
        public AcmeAccountState {
            state = state == null ? State.Active : state;
        }
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
    @ValidationRule(
            value = "!has(self.autoExtendBefore) || (duration(self.autoExtendBefore) > duration('0s') &&"
                    + " duration(self.autoExtendBefore) <= duration('2400h'))",
            fieldPath = ".autoExtendBefore",
            message = "must be more than 0s and at most 2400h, the length of the extension window before the end")
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
            String paidThrough,

            @Default("false")
            @JsonPropertyDescription(
                    "Extend the term by a year whenever it is about to end, whatever paidThrough says: the same as raising"
                            + " that each year.")
            boolean autoExtend,

            @Default("720h")
            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @Size(min = 2, max = 16)
            @JsonPropertyDescription("How long before the end autoExtend extends, inside the extension window.")
            String autoExtendBefore) {
        public Term {
            autoExtendBefore = autoExtendBefore == null ? "720h" : autoExtendBefore;
            initialYears = initialYears == 0 ? 1 : initialYears;
        }
    }

    public CaaSAccountSpec {
        contacts = contacts == null ? List.of() : List.copyOf(contacts);
        state = state == null ? State.Active : state;
        acmeAccounts = acmeAccounts == null ? List.of() : List.copyOf(acmeAccounts);
        solvers = solvers == null ? List.of() : List.copyOf(solvers);
        allowedNamespaces = allowedNamespaces == null ? NamespaceSelection.same() : allowedNamespaces;
        concurrentOrders = concurrentOrders == 0 ? 50 : concurrentOrders;
        privateKeyAlgorithm = privateKeyAlgorithm == null ? KeyAlgorithm.ECDSA_P256 : privateKeyAlgorithm;
        deletionPolicy = deletionPolicy == null ? DeletionPolicy.Retain : deletionPolicy;
    }

    /** How many years the first term is to have. */
    public int initialYears() {
        return term == null ? 1 : term.initialYears();
    }
}
