package dev.caas.entitlement;

import dev.caas.api.Reason;
import java.util.Comparator;
import java.util.List;

/**
 * The certificate may not be ordered.
 *
 * @param reason of all refused names, the reason of the earliest check in {@link #CHECKS}: before that is put right
 *     nothing later matters
 * @param message at most {@value #LONGEST_MESSAGE} characters, for {@code kubectl describe}
 * @param names the refused names; empty when the fault is not one of names
 */
public record Denied(Reason reason, String message, List<NameDenial> names) implements Verdict {
    /** The reasons in the order in which they are checked. */
    public static final List<Reason> CHECKS = List.of(
            Reason.InvalidSpec,
            Reason.AmbiguousAccount,
            Reason.Deactivated,
            Reason.AccountNotReady,
            Reason.SubscriptionExpired,
            Reason.NotSubscribed,
            Reason.Pending,
            Reason.Suspended,
            Reason.NamespaceNotAllowed,
            Reason.PolicyDenied,
            Reason.LimitReached);

    private static final int LONGEST_MESSAGE = 1000;
    private static final int SHOWN_NAMES = 3;

    public Denied {
        message = clipped(message, LONGEST_MESSAGE);
        names = List.copyOf(names);
    }

    /** All names for one reason. */
    static Denied all(List<Identifier> names, Reason reason, String message) {
        return new Denied(
                reason,
                message,
                names.stream()
                        .map(name -> new NameDenial(name.text(), reason, message))
                        .toList());
    }

    /** Some names, each for its own reason. */
    static Denied each(List<NameDenial> names) {
        Reason reason = names.stream()
                .map(NameDenial::reason)
                .min(Comparator.comparingInt(CHECKS::indexOf))
                .orElseThrow();
        return new Denied(reason, summary(names), names);
    }

    private static String summary(List<NameDenial> names) {
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (NameDenial denial : names.subList(0, Math.min(SHOWN_NAMES, names.size()))) {
            String line = (shown == 0 ? "" : "; ") + denial.name() + ": " + denial.message();
            if (shown > 0 && text.length() + line.length() > LONGEST_MESSAGE - 20) {
                break;
            }
            text.append(clipped(line, LONGEST_MESSAGE - 20));
            shown++;
        }
        return shown == names.size() ? text.toString() : text + "; and " + (names.size() - shown) + " more";
    }

    private static String clipped(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 3) + "...";
    }
}
