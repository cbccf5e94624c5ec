package dev.caas.challenge.dns01;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * What one name server still lacks. Names are asked for in order and a look ends at the first that is lacking: the
 * others came with the same transfer or will. Used by one thread at a time.
 */
final class Watch {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final double GROWTH = 1.5;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);

    private final NameServer server;
    private final Deque<Expected> outstanding = new ArrayDeque<>();
    private boolean reachable = true;

    Watch(NameServer server) {
        this.server = server;
    }

    void expect(String name, Set<String> values) {
        outstanding.add(new Expected(name, values));
    }

    /**
     * Looks until nothing is outstanding: at once, then with growing pauses.
     *
     * @param deadline in terms of {@link System#nanoTime()}
     * @return whether everything was there in time
     */
    boolean await(long deadline) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (!look()) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (!left.isPositive()) {
                return false;
            }
            Thread.sleep(shorter(pause, left));
            pause = shorter(Duration.ofNanos((long) (pause.toNanos() * GROWTH)), LONGEST_PAUSE);
        }
        return true;
    }

    /** What is wrong, for people; only while something is outstanding. */
    String finding() {
        return "name server " + server + (reachable ? " lacks " : " does not answer for ")
                + outstanding.getFirst().name();
    }

    private boolean look() {
        try {
            while (!outstanding.isEmpty()) {
                Expected next = outstanding.getFirst();
                Set<String> served = server.txtValues(Names.absolute(next.name()), ANSWER_TIMEOUT);
                reachable = true;
                if (!served.containsAll(next.values())) {
                    return false;
                }
                outstanding.removeFirst();
            }
            return true;
        } catch (IOException e) {
            reachable = false;
            return false;
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private record Expected(String name, Set<String> values) {}
}
