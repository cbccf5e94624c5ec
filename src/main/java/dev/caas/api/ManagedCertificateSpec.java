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

/** What certificate is wanted, and the Secret to keep it in. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "!has(self.commonName) || self.commonName in self.dnsNames",
        fieldPath = ".commonName",
        message = "must be one of dnsNames: clients and CAs ignore a common name that is not")
@ValidationRule(
        value = "self.dnsNames.all(n, n.matches('^([*][.])?[^\\\\s./:@*]+([.][^\\\\s./:@*]+)*[.]?$'))",
        fieldPath = ".dnsNames",
        message =
                "must be DNS names, such as www.example.com or *.example.com: no scheme, port, path, space or empty label")
@ValidationRule(
        value = "self.dnsNames.all(n, self.dnsNames.exists_one(m, m.lowerAscii() == n.lowerAscii()))",
        fieldPath = ".dnsNames",
        message = "must not name a name twice")
@ValidationRule(
        value = "!has(self.additionalOutputFormats) || self.additionalOutputFormats.all(f,"
                + " self.additionalOutputFormats.exists_one(g, g == f))",
        fieldPath = ".additionalOutputFormats",
        message = "must not name a format twice")
public record ManagedCertificateSpec(
        @Required
        @Size(min = 1, max = 253)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        @JsonPropertyDescription("Name of the kubernetes.io/tls Secret that holds certificate and key.")
        String secretName,

        @Required
        @Size(min = 1, max = 100)
        @JsonPropertyDescription("The names the certificate is for, wildcards included.")
        List<@Size(min = 1, max = 255) String> dnsNames,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "Subject common name; one of dnsNames. Better left out: it is not used by today's clients.")
        @Nullable
        String commonName,

        @JsonPropertyDescription(
                "The account to issue under. When absent: the account of this namespace, or the one the"
                        + " cluster's administrator made the default, whose subscriptions cover every name.")
        @Nullable
        AccountRef accountRef,

        @JsonPropertyDescription("The private key; a new one is made for every certificate.")
        PrivateKey privateKey,

        @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
        @Size(min = 2, max = 16)
        @JsonPropertyDescription("Validity to ask the CA for; the CA's default when absent.")
        @Nullable
        String duration,

        @Min(1)
        @Max(99)
        @JsonPropertyDescription("Renew when this percentage of the lifetime is left; a third when absent.")
        @Nullable
        Integer renewBeforePercentage,

        @Size(min = 1, max = 128)
        @JsonPropertyDescription(
                "Certificate profile to ask for (draft-ietf-acme-profiles); the account's when absent.")
        @Nullable
        String profile,

        @Size(max = 32)
        @JsonPropertyDescription("How control of names is proven; considered before the account's solvers.")
        List<Solver> solvers,

        @Size(max = 2)
        @JsonPropertyDescription(
                "Further forms of certificate and key in the Secret. CombinedPEM: tls-combined.pem, the"
                        + " private key and then the chain. DER: key.der, the private key as PKCS#8.")
        List<OutputFormat> additionalOutputFormats,

        @Default("false") @JsonPropertyDescription("Order nothing while true; what was issued stays.")
        boolean suspend,

        @Default("false")
        @JsonPropertyDescription(
                "Take over a kubernetes.io/tls Secret of somebody else that has this name: kept as it is"
                        + " while its certificate is what is declared, overwritten when one has to be ordered.")
        boolean adoptExistingSecret) {

    /** Algorithm and size of the certificate's key. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(
            value =
                    "!has(self.size) || self.size == 0 || ((!has(self.algorithm) || self.algorithm == 'ECDSA') && self.size in"
                            + " [256, 384]) || (has(self.algorithm) && self.algorithm == 'RSA' && self.size in [2048, 3072, 4096])",
            fieldPath = ".size",
            message = "must be 256 or 384 for ECDSA, 2048, 3072 or 4096 for RSA, and absent for Ed25519")
    public record PrivateKey(
            @Default("ECDSA") @JsonPropertyDescription("Algorithm of the key.")
            Algorithm algorithm,

            @JsonPropertyDescription("ECDSA: 256 (default) or 384. RSA: 2048 (default), 3072 or 4096, in bits.")
            int size) {
        /** Key algorithms. */
        public enum Algorithm {
            ECDSA,
            RSA,
            Ed25519
        }

        public PrivateKey {
            algorithm = algorithm == null ? Algorithm.ECDSA : algorithm;
        }
    }

    public ManagedCertificateSpec {
        dnsNames = dnsNames == null ? List.of() : List.copyOf(dnsNames);
        privateKey = privateKey == null ? new PrivateKey(PrivateKey.Algorithm.ECDSA, 0) : privateKey;
        solvers = solvers == null ? List.of() : List.copyOf(solvers);
        additionalOutputFormats = additionalOutputFormats == null ? List.of() : List.copyOf(additionalOutputFormats);
    }
}
