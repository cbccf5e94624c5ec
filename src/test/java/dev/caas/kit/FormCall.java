package dev.caas.kit;

import java.util.Map;

/**
 * A request that the stand-in of the form API read, as it came.
 *
 * @param arguments all but the action and the login
 */
public record FormCall(String action, Map<String, String> arguments) {
    private static final String SCOPE = "includeAdditionalAccounts";

    public FormCall {
        arguments = Map.copyOf(arguments);
    }

    public String argument(String name) {
        return arguments.getOrDefault(name, "");
    }

    /** Whether whom it concerns was said, not left to the default, which is the whole binding. */
    public boolean saysScope() {
        return arguments.containsKey(SCOPE);
    }

    /** Whether it only asks for the price. */
    public boolean isQuote() {
        return argument("quoteOnly").equals("Y");
    }
}
