package dev.caas.account;

import dev.caas.api.Reason;
import dev.caas.platform.TermPlan;
import java.util.List;
import java.util.Optional;

/** Says what a term is about to do, to whoever pays for it. Pure. */
final class TermWarnings {
    private static final int MOST_NAMED = 5;

    private TermWarnings() {}

    /**
     * The warning in words.
     *
     * @param unused subscribed domains that no certificate uses, as far as this cluster knows
     * @param hindrance what keeps a due extension from being made, as the account's conditions have it; empty if nothing
     *     is known to
     */
    static String text(TermPlan.Warning warning, List<String> unused, Optional<Reason> hindrance) {
        return switch (warning.kind()) {
            case END ->
                "the term ends at " + warning.at() + ", in " + days(warning)
                        + " at most, and nothing is issued from then on; "
                        + hindrance
                                .map(reason -> "its extension is due and is not made (" + reason
                                        + "): do what the conditions Stalled and Reconciling say of that")
                                .orElse("to go on, raise spec.term.paidThrough");
            case EXTENSION ->
                "the term is extended at " + warning.at() + ", in " + days(warning)
                        + " at most, which is charged for every domain"
                        + (unused.isEmpty()
                                ? ""
                                : "; no certificate of this cluster uses " + named(unused)
                                        + ": remove what is needed nowhere");
        };
    }

    private static String days(TermPlan.Warning warning) {
        return warning.days() == 1 ? "1 day" : warning.days() + " days";
    }

    private static String named(List<String> domains) {
        var named = String.join(", ", domains.stream().limit(MOST_NAMED).toList());
        return domains.size() <= MOST_NAMED ? named : named + " and " + (domains.size() - MOST_NAMED) + " more";
    }
}
