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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How control of names is proven. Of several solvers, the one with the most specific matching selector is used. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = "has(self.http01) != has(self.dns01)", message = "must have one of http01 and dns01")
public record Solver(
        @JsonPropertyDescription("Which names and certificates this solver is for; everything when absent.") @Nullable
        Selector selector,

        @JsonPropertyDescription(
                "Prove control by an answer over HTTP (RFC 8555 section 8.3). Wildcards cannot be proven so; they are"
                        + " left to the other solvers.")
        @Nullable
        Http01 http01,

        @JsonPropertyDescription("Prove control by a TXT record (RFC 8555 section 8.4).") @Nullable
        Dns01 dns01) {

    /** The challenge that this solver answers. */
    public ChallengeType challengeType() {
        return http01 != null ? ChallengeType.HTTP01 : ChallengeType.DNS01;
    }

    /** Restricts a solver; every part that is given must match. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Selector(
            @Size(max = 100)
            @JsonPropertyDescription("Zones: the solver is for names equal to or below one of them; the longest wins.")
            List<@Size(min = 1, max = 255) String> dnsZones,

            @Size(max = 100)
            @JsonPropertyDescription(
                    "Exact names, wildcards included, or IP addresses as RFC 5952 writes them; more specific than any zone.")
            List<@Size(min = 1, max = 255) String> dnsNames,

            @JsonPropertyDescription("Labels that the ManagedCertificate must carry.")
            Map<String, String> matchLabels) {
        public Selector {
            dnsZones = dnsZones == null ? List.of() : List.copyOf(dnsZones);
            dnsNames = dnsNames == null ? List.of() : List.copyOf(dnsNames);
            matchLabels = matchLabels == null ? Map.of() : Map.copyOf(matchLabels);
        }
    }

    /** How the CA's request reaches the operator's responder. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(value = "has(self.ingress) != has(self.gateway)", message = "must have one of ingress and gateway")
    public record Http01(
            @JsonPropertyDescription("Through an ingress controller, by an Ingress for each host.") @Nullable
            IngressRoute ingress,

            @JsonPropertyDescription("Through a Gateway, by an HTTPRoute for each host.") @Nullable
            GatewayRoute gateway,

            @JsonPropertyDescription("How to see that the answer can be fetched before the CA is told.") @Nullable
            SelfCheck selfCheck) {}

    /** What the Ingress of a host looks like. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record IngressRoute(
            @Size(min = 1, max = 253)
            @JsonPropertyDescription("Class of the Ingress; the cluster's default class when absent.")
            @Nullable
            String ingressClassName,

            @JsonPropertyDescription("Annotations for the Ingress, such as those an ingress controller asks for.")
            Map<String, String> annotations,

            @JsonPropertyDescription("Labels for the Ingress.")
            Map<String, String> labels,

            @Default("EndpointSlice")
            @JsonPropertyDescription(
                    "How its Service leads to the operator: EndpointSlice, with addresses only while they are needed;"
                            + " or ExternalName, for ingress controllers that do not read EndpointSlices.")
            ServiceMode serviceMode) {
        public IngressRoute {
            annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
            labels = labels == null ? Map.of() : Map.copyOf(labels);
            serviceMode = serviceMode == null ? ServiceMode.EndpointSlice : serviceMode;
        }
    }

    /** How a Service of another namespace leads to the operator. */
    public enum ServiceMode {
        EndpointSlice,
        ExternalName
    }

    /** What the HTTPRoute of a host looks like. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record GatewayRoute(
            @Size(max = 16)
            @JsonPropertyDescription(
                    "Gateways that the HTTPRoute attaches to; when absent, the Gateway whose annotations asked for"
                            + " the certificate.")
            List<ParentRef> parentRefs,

            @JsonPropertyDescription("Labels for the HTTPRoute.")
            Map<String, String> labels) {
        public GatewayRoute {
            parentRefs = parentRefs == null ? List.of() : List.copyOf(parentRefs);
            labels = labels == null ? Map.of() : Map.copyOf(labels);
        }
    }

    /** A Gateway, or one listener of it. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record ParentRef(
            @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the Gateway.")
            String name,

            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Namespace of the Gateway; the certificate's when absent.")
            @Nullable
            String namespace,

            @Size(min = 1, max = 253)
            @JsonPropertyDescription("Name of the listener; all of them when absent.")
            @Nullable
            String sectionName,

            @Min(1) @Max(65535) @JsonPropertyDescription("Port of the listener; any when absent.") @Nullable
            Integer port) {}

    /** The check that the answer comes back, before the CA is told. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(
            value = "!(has(self.skip) && self.skip && has(self.delay))",
            message = "must not have both skip and delay: a delay replaces the check")
    public record SelfCheck(
            @Size(max = 16)
            @JsonPropertyDescription(
                    "Name servers to resolve the host with, as host:port or host; the cluster's own resolver when"
                            + " absent.")
            List<@Size(min = 1, max = 259) String> nameservers,

            @Default("60s")
            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @Size(min = 2, max = 16)
            @JsonPropertyDescription("How long to wait for the right answer, for example 90s; at most 5m.")
            String timeout,

            @JsonPropertyDescription("Do not ask the host. The operator's own replicas are asked all the same.")
            boolean skip,

            @Pattern("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
            @Size(min = 2, max = 16)
            @JsonPropertyDescription("Wait so long instead of asking the host, for example 10s; at most 5m.")
            @Nullable
            String delay) {
        public SelfCheck {
            nameservers = nameservers == null ? List.of() : List.copyOf(nameservers);
            timeout = timeout == null ? "60s" : timeout;
        }

        /** What an absent field means. */
        public static SelfCheck standard() {
            return new SelfCheck(List.of(), "60s", false, null);
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
