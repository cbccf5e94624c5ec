package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Names a {@link CaaSPlatform}, which belongs to no namespace. */
public record PlatformRef(
        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the CaaSPlatform.")
        String name) {}
