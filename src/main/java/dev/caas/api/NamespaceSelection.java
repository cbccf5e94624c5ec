package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import org.jspecify.annotations.Nullable;

/** Which namespaces are meant, in the manner of Gateway API's allowedRoutes. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "!has(self.selector) || self.from == 'Selector'",
        fieldPath = ".selector",
        message = "is read with from: Selector only; set that, or leave selector out")
public record NamespaceSelection(
        @Default("Same")
        @JsonPropertyDescription("Same: only the object's own namespace. All: every namespace. Selector: those whose"
                + " labels match selector.")
        From from,

        @JsonPropertyDescription("Label selector over namespaces; used with from: Selector, where an absent selector"
                + " selects nothing.")
        @Nullable
        LabelSelector selector) {

    /** How namespaces are selected. */
    public enum From {
        Same,
        All,
        Selector
    }

    public NamespaceSelection {
        from = from == null ? From.Same : from;
    }

    /** The selection that an absent field means. */
    public static NamespaceSelection same() {
        return new NamespaceSelection(From.Same, null);
    }
}
