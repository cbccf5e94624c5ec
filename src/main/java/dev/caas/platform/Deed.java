package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caas.platform.PartnerApi.Act;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What was done last to a binding, or to an ACME account, as declared. A platform does not tell who suspended what, so
 * this is what says whether a suspension may be undone here.
 *
 * @param act what was asked of the platform; {@link Act#RESUME} only of a binding, until all of its accounts are as before
 * @param answered whether the platform said that it did it; if not, nobody knows
 * @param suspendedBefore ids of the ACME accounts that others had suspended when the binding was: resuming it resumes
 *     them, too, and they are suspended again
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Deed(Act act, boolean answered, SortedSet<String> suspendedBefore) {
    public Deed {
        suspendedBefore = suspendedBefore == null ? new TreeSet<>() : new TreeSet<>(suspendedBefore);
    }

    /** About to be asked for. */
    public static Deed begun(Act act, Collection<String> suspendedBefore) {
        return new Deed(act, false, new TreeSet<>(suspendedBefore));
    }

    /** The same, when the platform said that it is done. */
    public static Deed done(Act act, Collection<String> suspendedBefore) {
        return new Deed(act, true, new TreeSet<>(suspendedBefore));
    }
}
