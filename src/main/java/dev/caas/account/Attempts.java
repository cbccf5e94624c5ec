package dev.caas.account;

import dev.caas.api.CaaSAccount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers what failed last, so that it is tried again when its time has come, or when the declaration changed. */
final class Attempts {
    /** An account on its way out has ten minutes: what somebody repairs in them is to help. */
    private static final Duration LONGEST_OF_DEPARTING = Duration.ofMinutes(1);

    private static final Set<Act> AT_PLATFORM = EnumSet.of(Act.PRE_REGISTRATION, Act.PLATFORM, Act.EXTENSION);

    /** Logins and contracts are mended where nobody here sees it. */
    private static final Duration REFUSED_BY_PLATFORM = Duration.ofMinutes(10);

    private final Clock clock;
    private final Map<Subject, Failure> last = new ConcurrentHashMap<>();

    /** What is tried with an account that is registered. */
    enum Act {
        CONTACTS,
        KEY,
        DEACTIVATION,
        PRE_REGISTRATION,
        /** Bringing the ledger in step with the platform, and the platform with the declaration. */
        PLATFORM,
        EXTENSION
    }

    private record Subject(String uid, Act act) {}

    /**
     * An attempt that failed.
     *
     * @param count how many failed in a row
     * @param next when to try again
     */
    record Failure(long generation, Trouble trouble, int count, Instant next) {
        /** Whether this has not been said before. */
        boolean isNews() {
            return count == 1;
        }
    }

    Attempts(Clock clock) {
        this.clock = clock;
    }

    /** The failure after which it is not time yet to try again. */
    Optional<Failure> waitingAfter(CaaSAccount account, Act act) {
        return last(account, act).filter(f -> clock.instant().isBefore(f.next));
    }

    /** What failed last, as the account is declared now, and has not succeeded since. */
    Optional<Failure> last(CaaSAccount account, Act act) {
        return Optional.ofNullable(last.get(subject(account, act)))
                .filter(f -> f.generation == account.getMetadata().getGeneration());
    }

    /** Notes a failure. */
    Failure failed(CaaSAccount account, Act act, Trouble trouble) {
        var now = clock.instant();
        return last.compute(subject(account, act), (_, before) -> {
            long generation = account.getMetadata().getGeneration();
            boolean again =
                    before != null && before.generation == generation && before.trouble.reason() == trouble.reason();
            int count = again ? before.count + 1 : 1;
            var next = trouble.nextTry()
                    .filter(now::isBefore)
                    .map(asked -> Backoff.bounded(asked, now))
                    .orElse(now.plus(pause(account, act, trouble, count)));
            return new Failure(generation, trouble, count, next);
        });
    }

    private static Duration pause(CaaSAccount account, Act act, Trouble trouble, int count) {
        if (AT_PLATFORM.contains(act) && !trouble.passing()) {
            return REFUSED_BY_PLATFORM;
        }
        var usual = Backoff.untilServerIsAsked(trouble, count);
        return account.isMarkedForDeletion() && usual.compareTo(LONGEST_OF_DEPARTING) > 0
                ? LONGEST_OF_DEPARTING
                : usual;
    }

    void succeeded(CaaSAccount account, Act act) {
        last.remove(subject(account, act));
    }

    /** The platform is declared otherwise, or answers again: what it refused before it may do now. */
    void forgetPlatform(CaaSAccount account) {
        for (var act : AT_PLATFORM) {
            succeeded(account, act);
        }
    }

    /** The account is gone. */
    void forget(CaaSAccount account) {
        for (var act : Act.values()) {
            succeeded(account, act);
        }
    }

    private static Subject subject(CaaSAccount account, Act act) {
        return new Subject(account.getMetadata().getUid(), act);
    }
}
