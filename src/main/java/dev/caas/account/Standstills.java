package dev.caas.account;

import dev.caas.acme.AcmeFailure;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.Reason;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which accounts stand still because their CA asked them to wait or does not answer. An outage is a matter of the
 * account, not of each certificate: all wait as one, twice as long each time (5 s to 5 min, later by up to a tenth), then
 * one certificate asks for all, and the first answer lets everybody go.
 *
 * <p>It takes two failures in a row with no answer between them, and a server error at newOrder counts once for each
 * certificate: what is wrong with one order stops nobody else.
 *
 * <p>The bound that follows: in an outage of T seconds an account with C concurrent orders sends its CA at most
 * {@code 4 C + 3 (7 + T / 300)} requests, however many certificates it has. Each order under way when it begins sees at
 * most 4 requests fail (an order that is polled is given three more looks); then 7 times the wait is below 5 min; and who
 * asks sends 3 requests at most (directory, nonce, order). An operator that is restarted begins with short waits again.
 *
 * <p>Kept in memory; after a restart, what the account's status tells counts until something newer is known. A CA that
 * did not answer is asked at once when the account is declared otherwise; a time it asked to wait for is kept even then.
 */
public final class Standstills {
    private final Map<ObjectName, Known> known = new ConcurrentHashMap<>();
    private final Clock clock;
    private final RandomGenerator random;

    /**
     * What is known of an account's CA since its last answer.
     *
     * @param failed the certificate whose failure may be the first of an outage
     * @param generation of the account's declaration under which the CA did not answer
     */
    private record Known(
            @Nullable String failed,
            @Nullable Standstill standstill,
            @Nullable Long generation) {
        static final Known ANSWERED = new Known(null, null, null);
    }

    public Standstills(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** Why the account stands still or whom its CA has to answer first; empty if all is well as far as is known. */
    public Optional<Standstill> of(CaaSAccount account) {
        return in(known.get(ObjectName.of(account)), account).filter(s -> s.isRemembered(clock.instant()));
    }

    /** The CA asked to wait. */
    Standstill asked(ObjectName account, String why, Instant until) {
        var now = clock.instant();
        var after = known.compute(account, (_, before) -> {
            var current = Optional.ofNullable(before).map(Known::standstill).filter(s -> s.isRemembered(now));
            boolean counted = current.filter(s -> s.isWaiting(now)).isPresent();
            int inARow = current.map(s -> s.inARow() + (counted ? 0 : 1)).orElse(1);
            var soonest = counted ? current.get().until() : toTheSecond(now.plus(Backoff.untilServerAnswers(inARow)));
            var longer = soonest.isAfter(until) ? soonest : until;
            return new Known(null, new Standstill(Reason.RateLimited, told(why), longer, inARow), null);
        });
        return standstill(after).orElseThrow();
    }

    /**
     * The CA failed, or could not be reached, when it was asked for a certificate.
     *
     * @param failure one for which {@link AcmeFailure#isOutage} holds
     * @return why the account stands still; empty if it is too early to stop everybody
     */
    public Optional<Standstill> failed(CaaSAccount account, String certificate, AcmeFailure failure) {
        var now = clock.instant();
        var generation = account.getMetadata().getGeneration();
        return standstill(known.compute(ObjectName.of(account), (_, before) -> {
            var current = in(before, account).filter(s -> s.isRemembered(now));
            if (current.filter(s -> s.isWaiting(now)).isPresent()) {
                return new Known(null, current.get(), generation);
            }
            return current.isPresent() || confirms(before, certificate, failure)
                    ? new Known(
                            null,
                            unreachable(failure, current.map(Standstill::inARow).orElse(0) + 1, now),
                            generation)
                    : new Known(certificate, null, generation);
        }));
    }

    /**
     * The CA answered: whatever it said, it is there. A time it asked to wait for is kept all the same, also one that
     * only the status tells.
     *
     * @return whether the account may have stood still until now, and does no more
     */
    public boolean answered(CaaSAccount account) {
        var now = clock.instant();
        var released = new AtomicBoolean();
        known.compute(ObjectName.of(account), (_, before) -> {
            boolean asked = in(before, account)
                    .filter(s -> s.reason() == Reason.RateLimited && s.isWaiting(now))
                    .isPresent();
            released.set(!asked && (before == null || before.standstill != null));
            return asked ? before : Known.ANSWERED;
        });
        return released.get();
    }

    /** The account is gone. */
    void forget(ObjectName account) {
        known.remove(account);
    }

    private static boolean confirms(@Nullable Known before, String certificate, AcmeFailure failure) {
        return before != null
                && before.failed != null
                && !(failure.mayBeTheOrdersOwn() && before.failed.equals(certificate));
    }

    private Standstill unreachable(AcmeFailure failure, int inARow, Instant now) {
        var wait = Backoff.untilServerAnswers(inARow);
        var jitter = Duration.ofMillis((long) (wait.toMillis() * random.nextDouble() / 10));
        var next = now.plus(wait).plus(jitter);
        var asked = failure.retryAfter()
                .map(at -> Backoff.bounded(at, now))
                .filter(next::isBefore)
                .orElse(next);
        return new Standstill(
                Reason.ServerUnreachable,
                told("the CA does not answer: " + failure.getMessage()),
                toTheSecond(asked),
                inARow);
    }

    private static String told(String why) {
        return why + ". Nothing is ordered meanwhile; status.retryAfter says when the CA is asked again.";
    }

    /** As a status has it. */
    private static Instant toTheSecond(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    }

    /** What counts for the account as it is declared now: why a CA did not answer may have been put right in it. */
    private static Optional<Standstill> in(@Nullable Known known, CaaSAccount account) {
        var generation = known == null ? observedGeneration(account) : known.generation;
        return (known == null ? recorded(account) : standstill(known))
                .filter(s -> s.reason() == Reason.RateLimited
                        || Objects.equals(generation, account.getMetadata().getGeneration()));
    }

    private static @Nullable Long observedGeneration(CaaSAccount account) {
        return account.getStatus() == null ? null : account.getStatus().observedGeneration();
    }

    private static Optional<Standstill> standstill(@Nullable Known known) {
        return Optional.ofNullable(known).map(Known::standstill);
    }

    /** What the process before this one, or the leader before this one, knew. */
    private static Optional<Standstill> recorded(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .filter(s -> s.retryAfter() != null)
                .map(Standstills::recorded);
    }

    private static Standstill recorded(CaaSAccountStatus status) {
        var until = Objects.requireNonNull(status.retryAfter());
        var reconciling = new Conditions(status.conditions()).get(Conditions.RECONCILING);
        var why = reconciling.map(c -> c.getMessage()).orElse("the CA asked to wait; see status.retryAfter");
        boolean unreachable = reconciling
                .filter(c -> c.getReason().equals(Reason.ServerUnreachable.name()))
                .isPresent();
        return new Standstill(unreachable ? Reason.ServerUnreachable : Reason.RateLimited, why, until, 1);
    }
}
