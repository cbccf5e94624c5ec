package dev.caas.kit;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks again until something holds or a deadline passes. An exception of the question means "not yet". */
public final class Poll {
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** A question with a yes or no. */
    @FunctionalInterface
    public interface Check {
        boolean holds() throws Exception;
    }

    /** A question whose answer may not be there yet. */
    @FunctionalInterface
    public interface Question<T> {
        Optional<T> ask() throws Exception;
    }

    private Poll() {}

    /**
     * Waits until the check holds.
     *
     * @throws PartFailed when it does not within the limit; the last exception of the check is the cause
     */
    public static void until(String what, Duration limit, Check check) {
        untilPresent(what, limit, () -> check.holds() ? Optional.of(true) : Optional.empty());
    }

    /**
     * Waits until the question has an answer.
     *
     * @throws PartFailed when it has none within the limit; the last exception of the question is the cause. One that
     *     the question itself throws is passed on at once.
     */
    public static <T> T untilPresent(String what, Duration limit, Question<T> question) {
        long deadline = System.nanoTime() + limit.toNanos();
        Exception last = null;
        while (true) {
            try {
                Optional<T> answer = question.ask();
                if (answer.isPresent()) {
                    return answer.get();
                }
            } catch (PartFailed e) {
                throw e;
            } catch (InterruptedException e) {
                throw interrupted(what, e);
            } catch (Exception e) {
                last = e;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new PartFailed("Waited %s in vain: %s%s".formatted(limit, what, because(last)), last);
            }
            pause(what);
        }
    }

    private static void pause(String what) {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            throw interrupted(what, e);
        }
    }

    static PartFailed interrupted(String what, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new PartFailed("Interrupted while waiting: " + what, e);
    }

    private static String because(@Nullable Exception last) {
        return last == null ? "" : " (" + last + ")";
    }
}
