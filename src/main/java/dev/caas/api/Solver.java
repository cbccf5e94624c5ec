package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How control of names is proven. Of several solvers, the one with the most specific matching selector is used. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Solver(
        @JsonPropertyDescription("Which names and certificates this solver is for; everything when absent.") @Nullable
        Selector selector,

        @Required @JsonPropertyDescription("Prove control by a TXT record (RFC 8555 section 8.4).")
        Dns01 dns01) {

    /** Restricts a solver; every part that is given must match. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Selector(
            @Size(max = 100)
            @JsonPropertyDescription("Zones: the solver is for names equal to or below one of them; the longest wins.")
            List<@Size(min = 1, max = 255) String> dnsZones,

            @Size(max = 100) @JsonPropertyDescription("Exact names, wildcards included; more specific than any zone.")
            List<@Size(min = 1, max = 255) String> dnsNames,

            @JsonPropertyDescription("Labels that the ManagedCertificate must carry.")
            Map<String, String> matchLabels) {
        public Selector {
            dnsZones = dnsZones == null ? List.of() : List.copyOf(dnsZones);
            dnsNames = dnsNames == null ? List.of() : List.copyOf(dnsNames);
            matchLabels = matchLabels == null ? Map.of() : Map.copyOf(matchLabels);
        }
    }

    /** A TXT record below {@code _acme-challenge}, put there through one DNS provider. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Dns01(
            @JsonPropertyDescription("How to see that the record is published before the CA is told.") @Nullable
            Propagation propagation,

            @Required @JsonPropertyDescription("Dynamic update (RFC 2136) signed with TSIG (RFC 8945).")
            Rfc2136 rfc2136) {}

    /** The check that every authoritative server has the record. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Propagation(
            @Size(max = 16)
            @JsonPropertyDescription(
                    "Servers to ask, as host:port or host; when absent, every name server in the zone's"
                            + " NS record set, at port 53.")
            List<@Size(min = 1, max = 259) String> nameservers,

            @Default("120s")
            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @Size(min = 2, max = 16)
            @JsonPropertyDescription("How long to wait for all servers, for example 90s; at most 5m.")
            String timeout,

            @JsonPropertyDescription("Tell the CA at once, without asking any server.")
            boolean skip) {
        public Propagation {
            nameservers = nameservers == null ? List.of() : List.copyOf(nameservers);
            timeout = timeout == null ? "120s" : timeout;
        }

        /** What an absent field means. */
        public static Propagation standard() {
            return new Propagation(List.of(), "120s", false);
        }
    }

    /** A name server that takes dynamic updates. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Rfc2136(
            @Required
            @Size(min = 1, max = 259)
            @JsonPropertyDescription("The server that takes updates, as host:port or host (port 53).")
            String nameserver,

            @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the TSIG key.")
            String tsigKeyName,

            @Default("HMACSHA256") @JsonPropertyDescription("Algorithm of the TSIG key.")
            TsigAlgorithm tsigAlgorithm,

            @Required @JsonPropertyDescription("The TSIG key: base64 text, as BIND's tsig-keygen writes it.")
            SecretKeyRef tsigSecretRef) {
        public Rfc2136 {
            tsigAlgorithm = tsigAlgorithm == null ? TsigAlgorithm.HMACSHA256 : tsigAlgorithm;
        }
    }

    /** TSIG algorithms (RFC 8945 section 6) that servers still accept; MD5 and SHA-1 are left out on purpose. */
    public enum TsigAlgorithm {
        HMACSHA224,
        HMACSHA256,
        HMACSHA384,
        HMACSHA512
    }
}
