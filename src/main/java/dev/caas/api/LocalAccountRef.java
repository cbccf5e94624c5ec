package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Names a {@link CaaSAccount} of the same namespace. */
public record LocalAccountRef(
        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the CaaSAccount in this namespace.")
        String name) {}
