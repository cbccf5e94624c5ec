package dev.caas.kit;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** The actions of the form API with the arguments they know, beside {@code action} and the login. */
enum FormAction {
    PREREGISTER("", "serverURL serverUrl years days"),
    LISTSERVERS("", ""),
    LISTACCOUNTS("", "includeAdditionalAccounts lastActivityOf acmeAccountID eabKeyID page size includeContacts"),
    LISTBINDINGS("", ""),
    ADDDOMAIN("acmeAccountID domainName", "quoteOnly addAssociatedFQDN ovAnchorOrderNumber"),
    REMOVEDOMAIN("acmeAccountID domainName", ""),
    EXTENDDOMAINS("acmeAccountID", "quoteOnly years days"),
    LISTDOMAINS("acmeAccountID", "page size"),
    UPDATEDOMAINS("acmeAccountID ovAnchorOrderNumber oldOVAnchorOrderNumber", ""),
    SUSPENDACCOUNT("", "acmeAccountID includeAdditionalAccounts"),
    UNSUSPENDACCOUNT("", "acmeAccountID includeAdditionalAccounts"),
    DEACTIVATEACCOUNT("", "acmeAccountID includeAdditionalAccounts"),
    GETLASTORDER("acmeAccountID", "filter");

    private final String required;
    private final String optional;

    /** Names with blanks between. */
    FormAction(String required, String optional) {
        this.required = required;
        this.optional = optional;
    }

    static Optional<FormAction> of(String name) {
        return Arrays.stream(values())
                .filter(action -> action.name().equals(name))
                .findFirst();
    }

    /** Refuses what it does not know, and what lacks. */
    void check(FormCall call) {
        var unknown = new TreeSet<>(call.arguments().keySet());
        unknown.removeAll(words(required));
        unknown.removeAll(words(optional));
        if (!unknown.isEmpty()) {
            throw FormRefused.unknown(unknown.first());
        }
        for (String argument : words(required)) {
            if (call.argument(argument).isEmpty()) {
                throw FormRefused.missing(argument);
            }
        }
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
    }
}
