package dev.caas.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.DomainSubscription;
import dev.caas.kit.SteppedClock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;

/** What holds whatever the order of orders; certificates are few, so that they meet often. */
class LimitsLawsTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:30Z");
    private static final Duration PER = Duration.ofMinutes(1);

    enum Move {
        TAKE,
        ISSUE,
        GIVE_BACK,
        RESTART
    }

    /** One certificate's next move, after some seconds. */
    record Turn(Move move, int certificate, int seconds) {}

    /** A restart that forgets all but what certificates tell: their Secrets, and their orders under way. */
    @Property(tries = 500)
    void noInterleavingIssuesMoreInAPeriodThanTheLimit(
            @ForAll @IntRange(min = 1, max = 5) int most, @ForAll("turns") @Size(max = 120) List<Turn> turns) {
        var clock = new SteppedClock(START);
        var evidence = new Subscribed();
        var subscription = Subscribed.of("law", "[{certificates: " + most + ", per: " + PER.toSeconds() + "s}]");
        var limits = limits(clock, evidence);
        Map<Long, Integer> issued = new HashMap<>();
        Set<String> holders = new HashSet<>();

        for (var turn : turns) {
            clock.pass(Duration.ofSeconds(turn.seconds));
            long period = clock.instant().getEpochSecond() / PER.toSeconds();
            var who = "c" + turn.certificate;
            switch (turn.move) {
                case TAKE -> {
                    if (limits.take(List.of(subscription), who).isEmpty()) {
                        holders.add(who);
                    }
                }
                case ISSUE -> {
                    if (holders.remove(who)) {
                        issued.merge(period, 1, Integer::sum);
                        evidence.issuedAt.add(clock.instant());
                        limits.issued(List.of(subscription), who);
                    }
                }
                case GIVE_BACK -> {
                    holders.remove(who);
                    limits.giveBack(who);
                }
                case RESTART -> {
                    evidence.underWay.clear();
                    evidence.underWay.addAll(holders);
                    limits = limits(clock, evidence);
                }
            }
            assertThat(issued.getOrDefault(period, 0) + holders.size())
                    .as("issued and still to be issued, after %s", turn)
                    .isLessThanOrEqualTo(most);
            assertRoomIsGiven(limits, subscription, most, issued.getOrDefault(period, 0) + holders.size());
        }
        Statistics.collect(issued.containsValue(most) ? "a limit was reached" : "none was reached");
    }

    /** Nor is anybody refused while there is room. */
    private static void assertRoomIsGiven(Limits limits, DomainSubscription subscription, int most, int taken) {
        assertThat(limits.reached(List.of(subscription), "stranger").isEmpty()).isEqualTo(taken < most);
    }

    @Property
    void everyMomentIsInJustOnePeriodWhoeverAsks(
            @ForAll @LongRange(min = 0, max = 4_102_444_800L) long seconds,
            @ForAll @IntRange(min = 60, max = 40_000_000) int length) {
        var moment = Instant.ofEpochSecond(seconds);
        var period = Period.of(length + "s", moment);

        assertThat(period.contains(moment)).isTrue();
        assertThat(period.end()).isAfter(moment).isBeforeOrEqualTo(moment.plusSeconds(length));
        assertThat(period.contains(period.end())).isFalse();
        assertThat(Period.of(length + "s", period.end()).end())
                .isEqualTo(period.end().plusSeconds(length));
    }

    @Provide
    Arbitrary<List<Turn>> turns() {
        return Combinators.combine(
                        Arbitraries.frequency(
                                Tuple.of(6, Move.TAKE),
                                Tuple.of(5, Move.ISSUE),
                                Tuple.of(2, Move.GIVE_BACK),
                                Tuple.of(1, Move.RESTART)),
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.frequency(Tuple.of(20, 0), Tuple.of(5, 1), Tuple.of(1, 61)))
                .as(Turn::new)
                .list()
                .ofMaxSize(120);
    }

    private static Limits limits(SteppedClock clock, Evidence evidence) {
        var limits = new Limits(clock);
        limits.ask(evidence);
        return limits;
    }
}
