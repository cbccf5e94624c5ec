package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a partner platform told last. Losing it loses nothing: it is asked again. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CaaSPlatformStatus(
        @JsonPropertyDescription("The generation this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and Reconciling or Stalled while they apply.")
        List<Condition> conditions,

        @JsonPropertyDescription("The ACME servers that the platform offers.")
        List<Server> servers,

        @JsonPropertyDescription("How many bindings the platform knows.") @Nullable
        Integer bindingCount,

        @JsonPropertyDescription("The bindings that the platform knows; the first 100, those in use here first.")
        List<Binding> bindings,

        @JsonPropertyDescription("What this provider cannot do; asking for it is refused as Unsupported.")
        List<String> unsupported,

        @JsonPropertyDescription(
                "What was done to the whole reseller as declared here, or is held back here where the platform cannot do it:"
                        + " Suspended or Deactivated. Only that is undone.")
        @Nullable
        String applied,

        @JsonPropertyDescription(
                "Valid certificates that the platform issued and that no ManagedCertificate in this cluster explains; the"
                        + " first 100.")
        List<UnexplainedCertificate> unexplainedCertificates,

        @JsonPropertyDescription("When the platform last answered all that is shown here.") @Nullable
        Instant lastSyncTime) {
    private static final CaaSPlatformStatus NONE =
            new CaaSPlatformStatus(null, List.of(), List.of(), null, List.of(), List.of(), null, List.of(), null);

    /** An ACME server of the platform. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Server(
            @JsonPropertyDescription("ACME directory URL, for spec.server of a CaaSAccount.")
            String url,

            @JsonPropertyDescription("What it issues: DV, OV or what else the platform calls it.") @Nullable
            String validationType,

            @JsonPropertyDescription("The platform's name for it.") @Nullable
            String description) {}

    /** An External Account Binding. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Binding(
            @JsonPropertyDescription("Key identifier.") String keyId,

            @JsonPropertyDescription("Whether several ACME accounts can be registered with it.") @Nullable
            Boolean reusable,

            @JsonPropertyDescription("State of its first ACME account, as the platform calls it.") @Nullable
            String state,

            @JsonPropertyDescription("When it was last used.") @Nullable
            Instant lastActivity,

            @JsonPropertyDescription("The CaaSAccount that uses it, namespace/name; absent for a spare one.") @Nullable
            String claimedBy) {}

    /** A certificate whose origin is not in this cluster. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record UnexplainedCertificate(
            @JsonPropertyDescription("Serial number, hexadecimal.")
            String serialNumber,

            @JsonPropertyDescription("Names it is for.") List<String> domains,

            @JsonPropertyDescription("Key identifier it was issued under.") @Nullable
            String keyId,

            @JsonPropertyDescription("When it ends.") @Nullable
            Instant notAfter) {}

    public CaaSPlatformStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        servers = servers == null ? List.of() : List.copyOf(servers);
        bindings = bindings == null ? List.of() : List.copyOf(bindings);
        unsupported = unsupported == null ? List.of() : List.copyOf(unsupported);
        unexplainedCertificates = unexplainedCertificates == null ? List.of() : List.copyOf(unexplainedCertificates);
    }

    /** The status of a platform; an empty one before its first. */
    public static CaaSPlatformStatus of(CaaSPlatform platform) {
        return Optional.ofNullable(platform.getStatus()).orElse(NONE);
    }

    /** The same, of a declaration as those conditions tell. */
    public CaaSPlatformStatus withConditions(@Nullable Long generation, List<Condition> told) {
        return new CaaSPlatformStatus(
                generation,
                told,
                servers,
                bindingCount,
                bindings,
                unsupported,
                applied,
                unexplainedCertificates,
                lastSyncTime);
    }

    /** The same with other bindings shown. */
    public CaaSPlatformStatus withBindings(List<Binding> shown) {
        return new CaaSPlatformStatus(
                observedGeneration,
                conditions,
                servers,
                bindingCount,
                shown,
                unsupported,
                applied,
                unexplainedCertificates,
                lastSyncTime);
    }

    /** The same with what was done to the whole reseller; null if nothing was, or it is undone. */
    public CaaSPlatformStatus withApplied(@Nullable String done) {
        return new CaaSPlatformStatus(
                observedGeneration,
                conditions,
                servers,
                bindingCount,
                bindings,
                unsupported,
                done,
                unexplainedCertificates,
                lastSyncTime);
    }
}
