package dev.caas.subscription;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec.Limit;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.DomainSubscriptionStatus.Usage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds every subscription to its limits. Whoever orders takes a place under all subscriptions of the certificate or
 * none, and uses it up or gives it back, so that no interleaving of orders exceeds a limit.
 *
 * <p>Counting begins with what the status says and, where they tell of more, the certificates: a lost status or a kill
 * before it was written sets no counter back. Certificates that nothing tells of any more count by the status alone.
 * Safe for many threads.
 */
public final class Limits {
    /** Counts of a limited subscription are shown so often, however many certificates are issued. */
    static final Duration SHOWN_EVERY = Duration.ofSeconds(5);

    /** Where nothing is limited, nobody waits for the numbers: they are not worth a write for each certificate. */
    static final Duration SHOWN_UNLIMITED_EVERY = Duration.ofMinutes(10);

    private final Clock clock;
    private final Instant begun;
    private final Map<String, Counted> byUid = new HashMap<>();
    private volatile Consumer<DomainSubscription> onChange = _ -> {};
    private @Nullable Evidence evidence;

    /** A subscription's tally, whether there is something in it that is not shown yet, and when it may be. */
    private static final class Counted {
        private final Tally tally;
        private boolean news;
        private Instant notBefore = Instant.EPOCH;

        Counted(Tally tally) {
            this.tally = tally;
        }

        void rest(Instant now, Duration every) {
            var end = now.plus(every);
            notBefore = notBefore.isAfter(end) ? notBefore : end;
        }
    }

    public Limits(Clock clock) {
        this.clock = clock;
        this.begun = clock.instant();
    }

    /** Sets whom to ask what was issued so far. Nobody takes a place before the one who tells can be believed. */
    public synchronized void ask(Evidence who) {
        evidence = who;
    }

    /** Sets who is told that there is something to show; once, until it was shown. */
    public void onChange(Consumer<DomainSubscription> told) {
        onChange = told;
    }

    /** The limit that leaves no place to this holder; of several, the one that does for longest. */
    public synchronized Optional<LimitReached> reached(List<DomainSubscription> subscriptions, String holder) {
        var now = clock.instant();
        return subscriptions.stream()
                .flatMap(s -> s.getSpec().limits().stream().flatMap(limit -> reached(s, limit, holder, now)))
                .max(Comparator.comparing(LimitReached::resetsAt));
    }

    private Stream<LimitReached> reached(DomainSubscription subscription, Limit limit, String holder, Instant now) {
        var period = Period.of(limit.per(), now);
        return counted(subscription).tally.hasRoom(holder, period, limit.certificates())
                ? Stream.empty()
                : Stream.of(new LimitReached(subscription, limit, period.end()));
    }

    /**
     * Takes a place under each of the subscriptions, unless a limit leaves none. Who has one keeps it.
     *
     * @param holder the certificate's uid
     */
    public synchronized Optional<LimitReached> take(List<DomainSubscription> subscriptions, String holder) {
        var reached = reached(subscriptions, holder);
        if (reached.isEmpty()) {
            subscriptions.forEach(s -> counted(s).tally.take(holder));
        }
        return reached;
    }

    /** Gives the holder's places back: its order ended without a certificate. */
    public synchronized void giveBack(String holder) {
        byUid.values().forEach(c -> c.tally.giveBack(holder));
    }

    /** Counts a certificate under each of the subscriptions, and uses the holder's places up. */
    public void issued(List<DomainSubscription> subscriptions, String holder) {
        count(subscriptions, holder).forEach(onChange);
    }

    /** A certificate under these is gone: there is another number of them to show. */
    public void released(List<DomainSubscription> subscriptions) {
        subscriptions.stream().filter(this::isNews).forEach(onChange);
    }

    /** Returns those of which nothing was waiting to be shown. */
    private synchronized List<DomainSubscription> count(List<DomainSubscription> subscriptions, String holder) {
        var changed = new ArrayList<DomainSubscription>();
        for (var subscription : subscriptions) {
            // What is counted for the first time later on is told of by then.
            known(subscription).tally.issued(holder, clock.instant());
            if (isNews(subscription)) {
                changed.add(subscription);
            }
        }
        giveBack(holder);
        return changed;
    }

    /** Notes that there is something to show; false if there was already. */
    private synchronized boolean isNews(DomainSubscription subscription) {
        var counted = known(subscription);
        if (counted.news) {
            return false;
        }
        counted.news = true;
        counted.rest(clock.instant(), every(subscription));
        return true;
    }

    private static Duration every(DomainSubscription subscription) {
        return subscription.getSpec().limits().isEmpty() ? SHOWN_UNLIMITED_EVERY : SHOWN_EVERY;
    }

    /** Forgets a subscription that is gone. */
    synchronized void forget(DomainSubscription subscription) {
        byUid.remove(subscription.getMetadata().getUid());
    }

    /** A status with the counts to show now: those it showed so far, until it is time for others. */
    synchronized DomainSubscriptionStatus shown(DomainSubscription subscription, DomainSubscriptionStatus status) {
        var now = clock.instant();
        var before = Optional.ofNullable(subscription.getStatus());
        var known = shownOf(subscription);
        // A start is no reason to write what nobody waits for.
        if (now.isBefore(known.map(c -> c.notBefore).orElse(begun.plus(SHOWN_UNLIMITED_EVERY)))) {
            return before.map(b -> status.counting(b.certificates(), b.usage(), b.lastIssuedAt()))
                    .orElse(status);
        }
        if (known.isEmpty()) {
            return status.counting(
                    evidence().inUse(subscription),
                    List.of(),
                    before.map(DomainSubscriptionStatus::lastIssuedAt).orElse(null));
        }
        var counted = known.get();
        counted.news = false;
        counted.rest(now, every(subscription));
        return status.counting(
                evidence().inUse(subscription),
                usage(subscription, now),
                counted.tally.lastIssuedAt().orElse(null));
    }

    /** Where nothing is limited, nothing is counted before the first certificate: that would be a look at all there are. */
    private Optional<Counted> shownOf(DomainSubscription subscription) {
        return subscription.getSpec().limits().isEmpty()
                ? Optional.ofNullable(byUid.get(subscription.getMetadata().getUid()))
                : Optional.of(counted(subscription));
    }

    private List<Usage> usage(DomainSubscription subscription, Instant now) {
        var tally = counted(subscription).tally;
        return subscription.getSpec().limits().stream()
                .map(Limit::per)
                .distinct()
                .map(per -> {
                    var period = Period.of(per, now);
                    return new Usage(per, tally.used(period), period.end());
                })
                .toList();
    }

    /** When there are other counts to show; empty while nothing happens. */
    synchronized Optional<Instant> showAt(DomainSubscription subscription) {
        var known = shownOf(subscription);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        var counted = known.get();
        var now = clock.instant();
        var resets = usage(subscription, now).stream().filter(u -> u.used() > 0).map(Usage::resetsAt);
        return Stream.concat(counted.news ? Stream.of(counted.notBefore) : Stream.empty(), resets)
                .min(Comparator.naturalOrder())
                .map(at -> at.isBefore(counted.notBefore) ? counted.notBefore : at);
    }

    private Counted counted(DomainSubscription subscription) {
        var counted = known(subscription);
        begin(subscription, counted.tally);
        return counted;
    }

    private Counted known(DomainSubscription subscription) {
        var uid = subscription.getMetadata().getUid();
        var known = byUid.get(uid);
        if (known == null) {
            known = new Counted(new Tally(
                    evidence().underWay(subscription),
                    Stream.concat(
                                    evidence().issuedAt(subscription).stream(),
                                    status(subscription).flatMap(s -> Stream.ofNullable(s.lastIssuedAt())))
                            .max(Comparator.naturalOrder())));
            byUid.put(uid, known);
        }
        return known;
    }

    /** Limits that are counted for the first time begin with what is known. */
    private void begin(DomainSubscription subscription, Tally tally) {
        var now = clock.instant();
        for (var limit : subscription.getSpec().limits()) {
            var period = Period.of(limit.per(), now);
            if (!tally.counts(period)) {
                int told = status(subscription)
                        .flatMap(s -> s.usage().stream())
                        .filter(u -> Period.length(u.per()).equals(period.length()))
                        .filter(u -> period.end().equals(u.resetsAt()))
                        .mapToInt(Usage::used)
                        .max()
                        .orElse(0);
                long seen = evidence().issuedAt(subscription).stream()
                        .filter(period::contains)
                        .count();
                tally.begin(period, Math.max(told, Math.toIntExact(seen)));
            }
        }
    }

    private static Stream<DomainSubscriptionStatus> status(DomainSubscription subscription) {
        return Stream.ofNullable(subscription.getStatus());
    }

    private Evidence evidence() {
        return Objects.requireNonNull(evidence, "who tells is set before anything is reconciled");
    }
}
