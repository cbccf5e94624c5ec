package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Names a {@link CaaSAccount}; without a namespace, one in the namespace of the object that refers to it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AccountRef(
        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the CaaSAccount.")
        String name,

        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
                "Namespace of the CaaSAccount; this object's own when absent. An account elsewhere must"
                        + " allow this namespace, and its subscriptions must grant the names.")
        @Nullable
        String namespace) {}
