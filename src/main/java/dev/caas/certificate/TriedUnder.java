package dev.caas.certificate;

import dev.caas.api.CaaSAccount;
import dev.caas.kube.ObjectName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Under which declaration of its account each certificate's last attempt failed, so that correcting the account (a
 * profile, a solver) has it tried again at once. This process's memory only: after a restart the next attempt is waited
 * for.
 */
final class TriedUnder {
    /** Longer than any attempt is waited for: nobody asks for what is older. */
    private static final Duration KEPT = Duration.ofDays(2);

    private final Map<ObjectName, Attempt> attempts = new ConcurrentHashMap<>();
    private final Clock clock;

    private record Attempt(String account, Instant at) {}

    TriedUnder(Clock clock) {
        this.clock = clock;
    }

    /** Notes that an attempt failed. */
    void failed(ObjectName certificate, CaaSAccount account) {
        var now = clock.instant();
        attempts.values().removeIf(attempt -> attempt.at.isBefore(now.minus(KEPT)));
        attempts.put(certificate, new Attempt(declaration(account), now));
    }

    /** Whether the account is declared otherwise by now, or is another. */
    boolean isOver(ObjectName certificate, CaaSAccount account) {
        var attempt = attempts.get(certificate);
        return attempt != null && !attempt.account.equals(declaration(account));
    }

    private static String declaration(CaaSAccount account) {
        return account.getMetadata().getUid() + "/" + account.getMetadata().getGeneration();
    }
}
