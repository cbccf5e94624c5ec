package dev.caas.kube;

import dev.caas.api.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A status' conditions as an immutable value, in the manner of kstatus: Ready is positive; Reconciling and Stalled are
 * there only while they are true. {@code lastTransitionTime} moves only when a condition's status does.
 */
public record Conditions(List<Condition> all) {
    public static final String READY = "Ready";
    public static final String RECONCILING = "Reconciling";
    public static final String STALLED = "Stalled";
    public static final String ISSUING = "Issuing";
    /** Of accounts: what was paid for ends soon, or is about to be paid for again. */
    public static final String TERM_ENDING = "TermEnding";

    private static final int MOST_MESSAGE = 1024;

    public Conditions {
        all = List.copyOf(all);
    }

    /** All is well. */
    public Conditions ready(Reason reason, String message, long generation, Instant now) {
        return with(READY, true, reason, message, generation, now).without(RECONCILING, STALLED, ISSUING);
    }

    /** Not there yet, and being worked on. */
    public Conditions reconciling(Reason reason, String message, long generation, Instant now) {
        return with(READY, false, reason, message, generation, now)
                .with(RECONCILING, true, reason, message, generation, now)
                .without(STALLED, ISSUING);
    }

    /** Not there, and nothing will happen until somebody changes something. */
    public Conditions stalled(Reason reason, String message, long generation, Instant now) {
        return with(READY, false, reason, message, generation, now)
                .with(STALLED, true, reason, message, generation, now)
                .without(RECONCILING, ISSUING);
    }

    /** These conditions with one more, or with that one changed. */
    public Conditions with(String type, boolean status, Reason reason, String message, long generation, Instant now) {
        var text = status ? "True" : "False";
        var since = get(type)
                .filter(c -> c.getStatus().equals(text))
                .map(Condition::getLastTransitionTime)
                .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
        var condition = new ConditionBuilder()
                .withType(type)
                .withStatus(text)
                .withReason(reason.name())
                .withMessage(fitting(message))
                .withObservedGeneration(generation)
                .withLastTransitionTime(since)
                .build();
        return new Conditions(Stream.concat(without(type).all.stream(), Stream.of(condition))
                .sorted(java.util.Comparator.comparing(Condition::getType))
                .toList());
    }

    private static String fitting(String message) {
        return message.length() <= MOST_MESSAGE ? message : message.substring(0, MOST_MESSAGE - 1) + "…";
    }

    /** These conditions without some. */
    public Conditions without(String... types) {
        var gone = List.of(types);
        return new Conditions(
                all.stream().filter(c -> !gone.contains(c.getType())).toList());
    }

    /** The condition of a type. */
    public Optional<Condition> get(String type) {
        return all.stream().filter(c -> c.getType().equals(type)).findFirst();
    }

    /** Whether a condition of that type is there and true. */
    public boolean isTrue(String type) {
        return get(type).filter(c -> c.getStatus().equals("True")).isPresent();
    }

    /** Whether a condition is there with that reason. */
    public boolean hasReason(String type, Reason reason) {
        return get(type).filter(c -> c.getReason().equals(reason.name())).isPresent();
    }

    /** Whether a condition is there with that message, as far as it fits. */
    public boolean says(String type, String message) {
        return get(type).filter(c -> c.getMessage().equals(fitting(message))).isPresent();
    }
}
