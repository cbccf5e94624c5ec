package dev.caas.entitlement;

import dev.caas.api.NamespaceSelection;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which namespaces a selection means; what it does not understand selects nothing. */
public final class NamespaceRules {
    private final Function<String, Map<String, String>> labels;

    /** @param labels the labels of a namespace; none for one that is not known */
    public NamespaceRules(Function<String, Map<String, String>> labels) {
        this.labels = labels;
    }

    /** Whether an object that is in {@code home} selects {@code namespace}. */
    public boolean selects(NamespaceSelection selection, String home, String namespace) {
        return switch (selection.from()) {
            case Same -> home.equals(namespace);
            case All -> true;
            case Selector -> matches(selection.selector(), labels.apply(namespace));
        };
    }

    /** As the API server matches: an empty selector everything, an absent one nothing. */
    private static boolean matches(@Nullable LabelSelector selector, Map<String, String> labels) {
        if (selector == null) {
            return false;
        }
        Map<String, String> exact = selector.getMatchLabels() == null ? Map.of() : selector.getMatchLabels();
        List<LabelSelectorRequirement> expressions =
                selector.getMatchExpressions() == null ? List.of() : selector.getMatchExpressions();
        return labels.entrySet().containsAll(exact.entrySet())
                && expressions.stream().allMatch(expression -> matches(expression, labels));
    }

    private static boolean matches(LabelSelectorRequirement expression, Map<String, String> labels) {
        boolean present = labels.containsKey(expression.getKey());
        List<String> values = expression.getValues() == null ? List.of() : expression.getValues();
        boolean listed = present && values.contains(labels.get(expression.getKey()));
        return switch (expression.getOperator()) {
            case "In" -> listed;
            case "NotIn" -> !listed;
            case "Exists" -> present;
            case "DoesNotExist" -> !present;
            default -> false;
        };
    }
}
