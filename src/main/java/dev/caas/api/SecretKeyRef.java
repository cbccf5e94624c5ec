package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One key of a Secret in the namespace of the object that names it; never in another namespace. */
public record SecretKeyRef(
        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the Secret, in this object's namespace.")
        String name,

        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Key in the Secret's data.")
        String key) {}
