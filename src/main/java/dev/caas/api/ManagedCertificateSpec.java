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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What certificate is wanted, and the Secret to keep it in. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "!has(self.commonName) || (has(self.dnsNames) && self.commonName in self.dnsNames)",
        fieldPath = ".commonName",
        message = "must be one of dnsNames: clients and CAs ignore a common name that is not")
@ValidationRule(
        value = "(has(self.dnsNames) && size(self.dnsNames) > 0)"
                + " || (has(self.ipAddresses) && size(self.ipAddresses) > 0)",
        message = "must name what the certificate is for in dnsNames, ipAddresses, or both")
@ValidationRule(
        value = "!has(self.ipAddresses) || self.ipAddresses.all(a, isIP(a))",
        fieldPath = ".ipAddresses",
        message = "must be IP addresses, such as 192.0.2.1 or 2001:db8::1: no brackets, port, prefix or zone")
@ValidationRule(
        value =
                "!has(self.dnsNames) || self.dnsNames.all(n, n.matches('^([*][.])?[^\\\\s./:@*]+([.][^\\\\s./:@*]+)*[.]?$'))",
        fieldPath = ".dnsNames",
        message =
                "must be DNS names, such as www.example.com or *.example.com: no scheme, port, path, space or empty label")
@ValidationRule(
        value =
                "!has(self.dnsNames) || self.dnsNames.all(n, self.dnsNames.exists_one(m, m.lowerAscii() == n.lowerAscii()))",
        fieldPath = ".dnsNames",
        message = "must not name a name twice")
@ValidationRule(
        value = "!has(self.renewBefore) || !has(self.renewBeforePercentage)",
        fieldPath = ".renewBefore",
        message = "cannot be set together with renewBeforePercentage")
@ValidationRule(
        value = "!has(self.additionalOutputFormats) || self.additionalOutputFormats.all(f,"
                + " self.additionalOutputFormats.exists_one(g, g == f))",
        fieldPath = ".additionalOutputFormats",
        message = "must not name a format twice")
@ValidationRule(
        value = "!has(self.csr) || !has(self.privateKey)",
        fieldPath = ".privateKey",
        message = "is not for use with csr: the private key stays with whoever made the request; remove one of the two")
@ValidationRule(
        value = "!has(self.csr) || !has(self.commonName)",
        fieldPath = ".commonName",
        message = "is not for use with csr: the request has its subject already; remove one of the two")
@ValidationRule(
        value = "!has(self.csr) || !has(self.additionalOutputFormats) || self.additionalOutputFormats.size() == 0",
        fieldPath = ".additionalOutputFormats",
        message = "hold the private key, which with csr the operator does not have; remove one of the two")
@ValidationRule(
        value = "!has(self.csr) || !has(self.keystores)",
        fieldPath = ".keystores",
        message = "hold the private key, which with csr the operator does not have; remove one of the two")
@ValidationRule(
        value = "!has(self.csr) || !has(self.adoptExistingSecret) || !self.adoptExistingSecret",
        fieldPath = ".adoptExistingSecret",
        message =
                "takes over kubernetes.io/tls Secrets, and with csr the Secret is of type Opaque; remove one of the two")
public record ManagedCertificateSpec(
        @Required
        @Size(min = 1, max = 253)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        @JsonPropertyDescription("Name of the kubernetes.io/tls Secret that holds certificate and key.")
        String secretName,

        @Size(max = 100)
        @JsonPropertyDescription(
                "The names the certificate is for, wildcards included. IDN is accepted as U-labels or A-labels.")
        List<@Size(min = 1, max = 255) String> dnsNames,

        @Size(max = 100)
        @JsonPropertyDescription(
                "The IP addresses the certificate is for (RFC 8738), IPv4 or IPv6, proven by http-01. An address needs"
                        + " a DomainSubscription of its own.")
        List<@Size(min = 2, max = 45) String> ipAddresses,

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

        @JsonPropertyDescription("The private key; a new one is made for every certificate, unless said otherwise.")
        PrivateKey privateKey,

        @Size(min = 1, max = 32768)
        @Pattern("-----BEGIN (NEW )?CERTIFICATE REQUEST-----")
        @JsonPropertyDescription(
                "A certificate signing request (PKCS#10, PEM) to have signed as it is, for exactly dnsNames and"
                        + " ipAddresses: the private key stays with whoever made it, and the Secret, of type Opaque,"
                        + " holds tls.crt only.")
        @Nullable
        String csr,

        @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
        @Size(min = 2, max = 16)
        @JsonPropertyDescription("Validity to ask the CA for; the CA's default when absent.")
        @Nullable
        String duration,

        @Min(1)
        @Max(99)
        @JsonPropertyDescription(
                "Renew when this percentage of the lifetime is left, or sooner if the CA suggests it (ARI). When absent,"
                        + " as the CA suggests, or else when a third is left.")
        @Nullable
        Integer renewBeforePercentage,

        @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
        @Size(min = 2, max = 16)
        @JsonPropertyDescription(
                "Renew when this much of the lifetime is left, such as 720h, or sooner if the CA suggests it. Has no"
                        + " effect on a certificate that does not live that long.")
        @Nullable
        String renewBefore,

        @Size(max = 8)
        @JsonPropertyDescription(
                "Renew inside these windows only, unless the certificate would come close to its expiry.")
        List<RenewalWindow> renewalWindows,

        @JsonPropertyDescription(
                "Renew a certificate that was issued before this time, once; in the future, when it has come.")
        @Nullable
        Instant renewIssuedBefore,

        @Size(min = 1, max = 128)
        @JsonPropertyDescription(
                "Certificate profile to ask for (draft-ietf-acme-profiles), one of those that the CA's directory lists;"
                        + " the account's when absent. Another one here has the certificate reissued.")
        @Nullable
        String profile,

        @Size(min = 1, max = 256)
        @JsonPropertyDescription(
                "Of the chains that the CA offers, take the first whose topmost certificate was issued by this common"
                        + " name; the CA's default where none was. The account's when absent. Never a reason to reissue.")
        @Nullable
        String preferredChain,

        @Size(max = 32)
        @JsonPropertyDescription("How control of names is proven; considered before the account's solvers.")
        List<Solver> solvers,

        @Size(max = 2)
        @JsonPropertyDescription(
                "Further forms of certificate and key in the Secret. CombinedPEM: tls-combined.pem, the"
                        + " private key and then the chain. DER: key.der, the private key as PKCS#8.")
        List<OutputFormat> additionalOutputFormats,

        @JsonPropertyDescription("Labels and annotations to put on the Secret.") @Nullable
        SecretTemplate secretTemplate,

        @JsonPropertyDescription("Keystores to put into the Secret.") @Nullable
        Keystores keystores,

        @JsonPropertyDescription("Revoke certificates that were issued.") @Nullable
        Revocation revocation,

        @Default("Retain")
        @JsonPropertyDescription("What happens when this ManagedCertificate is deleted. Retain: the Secret stays."
                + " DeleteSecret: it goes. Revoke: what is still valid is revoked, and the Secret goes.")
        DeletionPolicy deletionPolicy,

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
    @ValidationRule(
            value = "!has(self.algorithm) || self.algorithm != 'Ed25519' || !has(self.encoding) || self.encoding =="
                    + " 'PKCS8'",
            fieldPath = ".encoding",
            message = "must be PKCS8 for Ed25519, which has no older encoding")
    public record PrivateKey(
            @Default("ECDSA") @JsonPropertyDescription("Algorithm of the key.")
            Algorithm algorithm,

            @JsonPropertyDescription("ECDSA: 256 (default) or 384. RSA: 2048 (default), 3072 or 4096, in bits.")
            int size,

            @Default("PKCS8")
            @JsonPropertyDescription(
                    "How tls.key is written. PKCS8: PRIVATE KEY, for every algorithm. Traditional: RSA PRIVATE"
                            + " KEY (PKCS#1) or EC PRIVATE KEY (SEC 1); not for Ed25519.")
            Encoding encoding,

            @Default("Always")
            @JsonPropertyDescription(
                    "Always: a new key for every certificate. Never: the key in the Secret is used again while it"
                            + " is of the algorithm and size declared.")
            RotationPolicy rotationPolicy) {
        /** Key algorithms. */
        public enum Algorithm {
            ECDSA,
            RSA,
            Ed25519
        }

        /** How the key stands in {@code tls.key}. */
        public enum Encoding {
            PKCS8,
            Traditional
        }

        /** Whether a renewal makes a new key. */
        public enum RotationPolicy {
            Always,
            Never
        }

        /** What is made where nothing is said. */
        public static PrivateKey standard() {
            return new PrivateKey(Algorithm.ECDSA, 0, Encoding.PKCS8, RotationPolicy.Always);
        }

        public PrivateKey {
            algorithm = algorithm == null ? Algorithm.ECDSA : algorithm;
            encoding = encoding == null ? Encoding.PKCS8 : encoding;
            rotationPolicy = rotationPolicy == null ? RotationPolicy.Always : rotationPolicy;
        }
    }

    /** A time in which renewals are welcome, again and again. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record RenewalWindow(
            @Required
            @Size(min = 9, max = 100)
            @JsonPropertyDescription(
                    "When it opens: minute, hour, day of month, month, day of week, such as '0 2 * * 6'.")
            String cron,

            @Default("UTC") @Size(min = 1, max = 64) @JsonPropertyDescription("IANA time zone, such as Europe/Berlin.")
            String timeZone,

            @Required
            @Size(min = 2, max = 16)
            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @JsonPropertyDescription("How long it stays open, such as 4h.")
            String duration) {
        public RenewalWindow {
            timeZone = timeZone == null ? "UTC" : timeZone;
        }
    }

    /** What the Secret carries besides what the operator needs. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(
            value = "!has(self.labels) || self.labels.all(k, !k.startsWith('caas.dev/') && k !="
                    + " 'app.kubernetes.io/managed-by')",
            fieldPath = ".labels",
            message =
                    "must not be under caas.dev/ nor app.kubernetes.io/managed-by: by these the operator knows the Secret")
    @ValidationRule(
            value = "!has(self.annotations) || self.annotations.all(k, !k.startsWith('caas.dev/'))",
            fieldPath = ".annotations",
            message = "must not be under caas.dev/: the operator keeps its notes there")
    @ValidationRule(
            value = "!has(self.labels) || self.labels.all(k, " + SecretTemplate.KEY
                    + " && self.labels[k].matches('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$'))",
            fieldPath = ".labels",
            message = "must be labels as Kubernetes takes them, such as team: shop or example.com/team: shop")
    @ValidationRule(
            value = "!has(self.annotations) || self.annotations.all(k, " + SecretTemplate.KEY + ")",
            fieldPath = ".annotations",
            message = "must have keys as Kubernetes takes them, such as example.com/team")
    public record SecretTemplate(
            @Size(max = 64) @JsonPropertyDescription("Labels, none of them under caas.dev/.")
            Map<String, @Size(max = 63) String> labels,

            @Size(max = 64) @JsonPropertyDescription("Annotations, none of them under caas.dev/.")
            Map<String, @Size(max = 32768) String> annotations) {
        private static final String KEY =
                "k.matches('^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$')";

        public SecretTemplate {
            labels = labels == null ? Map.of() : Map.copyOf(labels);
            annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
        }
    }

    /** Certificate and key in the formats of Java and Windows. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Keystores(
            @JsonPropertyDescription("keystore.p12 with certificate and key, and truststore.p12 with the issuers.")
            @Nullable
            Pkcs12 pkcs12,

            @JsonPropertyDescription("keystore.jks with certificate and key, and truststore.jks with the issuers.")
            @Nullable
            Jks jks) {}

    /** PKCS#12 (RFC 7292). */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Pkcs12(
            @Default("Modern")
            @JsonPropertyDescription(
                    "Modern: AES-256 and HMAC-SHA-256 (PBES2). Legacy: 3DES and HMAC-SHA-1, for Windows Server 2016,"
                            + " Java 8 and older.")
            Profile profile,

            @Required @JsonPropertyDescription("The password, in a Secret of this namespace.")
            SecretKeyRef passwordSecretRef,

            @Default("certificate") @Size(min = 1, max = 128) @JsonPropertyDescription("The key's alias.")
            String alias) {
        /** Which algorithms protect it. */
        public enum Profile {
            Modern,
            Legacy
        }

        public Pkcs12 {
            profile = profile == null ? Profile.Modern : profile;
            alias = alias == null ? "certificate" : alias;
        }
    }

    /** Java's own format. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Jks(
            @Required @JsonPropertyDescription("The password, in a Secret of this namespace.")
            SecretKeyRef passwordSecretRef,

            @Default("certificate") @Size(min = 1, max = 128) @JsonPropertyDescription("The key's alias.")
            String alias) {
        public Jks {
            alias = alias == null ? "certificate" : alias;
        }
    }

    /** A wish to have certificates revoked, once (RFC 8555 section 7.6). */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Revocation(
            @Required
            @JsonPropertyDescription("Every certificate of status.history that was issued before this time is revoked.")
            Instant issuedBefore,

            @Default("Unspecified") @JsonPropertyDescription("The reason to give (RFC 5280 section 5.3.1).")
            RevocationReason reason,

            @Default("true")
            @JsonPropertyDescription("First get another certificate; false: only revoke, and order nothing.")
            @Nullable
            Boolean replace) {
        public Revocation {
            reason = reason == null ? RevocationReason.Unspecified : reason;
            replace = replace == null ? Boolean.TRUE : replace;
        }

        /** Whether another certificate is to take the place of what is revoked. */
        public boolean replaces() {
            return !Boolean.FALSE.equals(replace);
        }
    }

    /** Why a certificate is revoked (RFC 5280 section 5.3.1), as far as its holder may say so. */
    public enum RevocationReason {
        Unspecified(0),
        KeyCompromise(1),
        CACompromise(2),
        AffiliationChanged(3),
        Superseded(4),
        CessationOfOperation(5),
        CertificateHold(6),
        RemoveFromCRL(8),
        PrivilegeWithdrawn(9),
        AACompromise(10);

        private final int code;

        RevocationReason(int code) {
            this.code = code;
        }

        /** The CRLReason of RFC 5280. */
        public int code() {
            return code;
        }
    }

    /** What becomes of the certificate when its declaration is deleted. */
    public enum DeletionPolicy {
        Retain,
        DeleteSecret,
        Revoke
    }

    /** What is asked for in the simplest case. */
    public static ManagedCertificateSpec of(
            String secretName, List<String> dnsNames, List<String> ipAddresses, @Nullable AccountRef accountRef) {
        return new ManagedCertificateSpec(
                secretName,
                dnsNames,
                ipAddresses,
                null,
                accountRef,
                PrivateKey.standard(),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                List.of(),
                List.of(),
                null,
                null,
                null,
                DeletionPolicy.Retain,
                false,
                false);
    }

    public ManagedCertificateSpec {
        dnsNames = dnsNames == null ? List.of() : List.copyOf(dnsNames);
        privateKey = privateKey == null ? PrivateKey.standard() : privateKey;
        solvers = solvers == null ? List.of() : List.copyOf(solvers);
        additionalOutputFormats = additionalOutputFormats == null ? List.of() : List.copyOf(additionalOutputFormats);
        ipAddresses = ipAddresses == null ? List.of() : List.copyOf(ipAddresses);
        renewalWindows = renewalWindows == null ? List.of() : List.copyOf(renewalWindows);
        deletionPolicy = deletionPolicy == null ? DeletionPolicy.Retain : deletionPolicy;
    }
}
