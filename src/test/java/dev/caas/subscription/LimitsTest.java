package dev.caas.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionStatus.Usage;
import dev.caas.api.Reason;
import dev.caas.entitlement.Granted;
import dev.caas.kit.SteppedClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LimitsTest {
    /** Days are counted from 1970, so this is within one: it has 12 hours left. */
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static final Instant MIDNIGHT = Instant.parse("2026-03-02T00:00:00Z");

    private final SteppedClock clock = new SteppedClock(NOON);
    private final Subscribed evidence = new Subscribed();
    private final Limits limits = limits();
    private final DomainSubscription twoADay = Subscribed.of("two", "[{certificates: 2, per: 24h}]");

    private Limits limits() {
        var made = new Limits(clock);
        made.ask(evidence);
        return made;
    }

    @Test
    void theThirdOfTwoIsToldWhichLimitAndWhenItResets() {
        issue(limits, "a", twoADay);
        issue(limits, "b", twoADay);

        var reached = limits.take(List.of(twoADay), "c").orElseThrow();

        assertThat(reached.resetsAt()).isEqualTo(MIDNIGHT);
        var denied = reached.denied(new Granted(new CaaSAccount(), Map.of("www.example.test", twoADay)));
        assertThat(denied.reason()).isEqualTo(Reason.LimitReached);
        assertThat(denied.message()).contains("team/two", "2 certificates per 24h", "2026-03-02T00:00:00Z");
        assertThat(denied.names()).extracting(n -> n.name()).containsExactly("www.example.test");
    }

    @Test
    void aNewPeriodBeginsWithNothingUsed() {
        issue(limits, "a", twoADay);
        issue(limits, "b", twoADay);
        clock.passTo(MIDNIGHT.minusSeconds(1));
        assertThat(limits.reached(List.of(twoADay), "c")).isPresent();

        clock.passTo(MIDNIGHT);

        assertThat(limits.reached(List.of(twoADay), "c")).isEmpty();
    }

    /** Otherwise two orders at midnight's stroke would let one through too many. */
    @Test
    void aPlaceTakenBeforeThePeriodsEndCountsInTheNextOneWhereItIsUsed() {
        limits.take(List.of(twoADay), "late");
        clock.passTo(MIDNIGHT);
        issue(limits, "a", twoADay);

        assertThat(limits.take(List.of(twoADay), "b")).isPresent();
    }

    @Test
    void anOrderThatComesToNothingGivesItsPlaceBack() {
        limits.take(List.of(twoADay), "a");
        limits.take(List.of(twoADay), "b");
        assertThat(limits.take(List.of(twoADay), "c")).isPresent();

        limits.giveBack("a");

        assertThat(limits.take(List.of(twoADay), "c")).isEmpty();
        assertThat(limits.take(List.of(twoADay), "a")).isPresent();
    }

    @Test
    void whoHasAPlaceKeepsItHoweverOftenItAsks() {
        limits.take(List.of(twoADay), "a");
        limits.take(List.of(twoADay), "a");

        assertThat(limits.take(List.of(twoADay), "b")).isEmpty();
        assertThat(limits.reached(List.of(twoADay), "a"))
                .as("the gate before finalize")
                .isEmpty();
    }

    @Test
    void renewalsOfOneCertificateCountEachTime() {
        issue(limits, "a", twoADay);
        issue(limits, "a", twoADay);

        assertThat(limits.take(List.of(twoADay), "a")).isPresent();
    }

    @Test
    void aCertificateOfTwoSubscriptionsTakesAPlaceUnderBothOrNone() {
        var full = Subscribed.of("full", "[{certificates: 1, per: 24h}]");
        issue(limits, "a", full);
        var one = Subscribed.of("one", "[{certificates: 1, per: 24h}]");

        assertThat(limits.take(List.of(one, full), "b").orElseThrow().subscription())
                .isEqualTo(full);

        assertThat(limits.take(List.of(one), "c")).isEmpty();
    }

    @Test
    void eachLimitHoldsAndTheOneThatHoldsLongestIsTold() {
        var both = Subscribed.of("both", "[{certificates: 1, per: 1h}, {certificates: 1, per: 24h}]");
        issue(limits, "a", both);

        assertThat(limits.reached(List.of(both), "b").orElseThrow().resetsAt()).isEqualTo(MIDNIGHT);
    }

    @Test
    void ofFiftyThatAskAtOnceAsManyGetThroughAsMay() throws Exception {
        var seven = Subscribed.of("seven", "[{certificates: 7, per: 24h}]");
        var asking = IntStream.range(0, 50)
                .mapToObj(i -> (Callable<Boolean>)
                        () -> limits.take(List.of(seven), "c" + i).isEmpty())
                .toList();

        long through = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var answer : threads.invokeAll(asking)) {
                through += answer.get() ? 1 : 0;
            }
        }

        assertThat(through).isEqualTo(7);
    }

    @Test
    void aRestartGoesOnWithWhatTheStatusSays() {
        issue(limits, "a", twoADay);
        issue(limits, "b", twoADay);
        clock.pass(Limits.SHOWN_EVERY);
        twoADay.setStatus(limits.shown(twoADay, Subscribed.emptyStatus()));

        assertThat(limits().take(List.of(twoADay), "c")).isPresent();
    }

    @Test
    void aRestartGoesOnWithWhatCertificatesTellWhereTheStatusIsLost() {
        evidence.issuedAt.addAll(List.of(NOON.minusSeconds(1), NOON.minusSeconds(3600)));

        assertThat(limits.take(List.of(twoADay), "c")).isPresent();
    }

    @Test
    void certificatesOfEarlierPeriodsDoNotCount() {
        evidence.issuedAt.addAll(List.of(NOON.minus(Duration.ofHours(13)), NOON.minus(Duration.ofDays(2))));
        twoADay.setStatus(Subscribed.emptyStatus()
                .counting(2, List.of(new Usage("24h", 2, MIDNIGHT.minus(Duration.ofDays(1)))), null));

        issue(limits, "a", twoADay);

        assertThat(limits.take(List.of(twoADay), "b")).isEmpty();
    }

    @Test
    void ordersThatWereUnderWayAtTheRestartHaveTheirPlaces() {
        evidence.underWay.addAll(List.of("a", "b"));

        assertThat(limits.take(List.of(twoADay), "c")).isPresent();
        assertThat(limits.take(List.of(twoADay), "a")).isEmpty();
    }

    @Test
    void theStatusShowsWhatIsUsedAndWhenItResets() {
        evidence.inUse = 1;
        issue(limits, "a", twoADay);
        clock.pass(Limits.SHOWN_EVERY);

        var shown = limits.shown(twoADay, Subscribed.emptyStatus());

        assertThat(shown.usage()).containsExactly(new Usage("24h", 1, MIDNIGHT));
        assertThat(shown.certificates()).isEqualTo(1);
        assertThat(shown.lastIssuedAt()).isEqualTo(NOON);
    }

    /** A reconcile for each certificate, and one whenever one was asked for. */
    @Test
    void howeverManyAreIssuedTheCountsChangeInTheStatusOnceInFiveSeconds() {
        var many = Subscribed.of("many", "[{certificates: 1000, per: 24h}]");
        many.setStatus(Subscribed.emptyStatus());
        var told = new ArrayList<DomainSubscription>();
        limits.onChange(told::add);
        var written = new ArrayList<Instant>();

        for (int i = 0; i < 300; i++) {
            issue(limits, "c" + i, many);
            write(many, written);
            clock.pass(Duration.ofMillis(100));
        }
        clock.passTo(limits.showAt(many).orElseThrow());
        write(many, written);

        assertThat(written).hasSizeBetween(5, 7);
        for (int i = 1; i < written.size(); i++) {
            assertThat(Duration.between(written.get(i - 1), written.get(i))).isGreaterThanOrEqualTo(Limits.SHOWN_EVERY);
        }
        assertThat(told).as("once for each time it was shown").hasSize(written.size());
        assertThat(many.getStatus().usage()).containsExactly(new Usage("24h", 300, MIDNIGHT));
        assertThat(limits.showAt(many)).as("until it resets").contains(MIDNIGHT);
    }

    @Test
    void aStatusThatIsTrueIsNotTouchedAfterAStart() {
        evidence.inUse = 4;
        twoADay.setStatus(Subscribed.emptyStatus().counting(4, List.of(new Usage("24h", 2, MIDNIGHT)), NOON));

        assertThat(limits.shown(twoADay, Subscribed.emptyStatus())).isEqualTo(twoADay.getStatus());
        assertThat(limits.showAt(twoADay)).contains(MIDNIGHT);
    }

    @Test
    void aStatusThatIsOfYesterdayOrLostIsMendedAfterAStart() {
        evidence.inUse = 1;
        evidence.issuedAt.add(NOON);
        var yesterday = MIDNIGHT.minus(Duration.ofDays(1));
        twoADay.setStatus(Subscribed.emptyStatus().counting(4, List.of(new Usage("24h", 2, yesterday)), null));

        var shown = limits.shown(twoADay, Subscribed.emptyStatus());

        assertThat(shown.certificates()).isEqualTo(1);
        assertThat(shown.usage()).containsExactly(new Usage("24h", 1, MIDNIGHT));
        assertThat(shown.lastIssuedAt()).isEqualTo(NOON);
    }

    @Test
    void whereNothingIsLimitedOnlyTheNumberIsMendedAndNotByTheStart() {
        var many = Subscribed.of("many", "[]");
        evidence.inUse = 3;
        many.setStatus(Subscribed.emptyStatus().counting(4, List.of(), NOON));
        assertThat(limits.shown(many, Subscribed.emptyStatus())).isEqualTo(many.getStatus());
        clock.pass(Limits.SHOWN_UNLIMITED_EVERY);

        var shown = limits.shown(many, Subscribed.emptyStatus());

        assertThat(shown.certificates()).isEqualTo(3);
        assertThat(shown.lastIssuedAt()).isEqualTo(NOON);
        assertThat(limits.showAt(many)).isEmpty();
    }

    @Test
    void certificatesThatAreGoneAreToldOfOnce() {
        var told = new ArrayList<DomainSubscription>();
        limits.onChange(told::add);

        limits.released(List.of(twoADay));
        limits.released(List.of(twoADay));

        assertThat(told).containsExactly(twoADay);
        assertThat(limits.showAt(twoADay)).contains(clock.instant().plus(Limits.SHOWN_EVERY));
    }

    @Test
    void aLimitThatIsRaisedLeavesRoomAtOnce() {
        issue(limits, "a", twoADay);
        issue(limits, "b", twoADay);

        assertThat(limits.take(List.of(Subscribed.of("two", "[{certificates: 3, per: 24h}]")), "c"))
                .isEmpty();
    }

    @Test
    void aLimitAddedLaterCountsWhatCertificatesTell() {
        evidence.issuedAt.add(NOON);
        issue(limits, "a", Subscribed.of("two", "[]"));

        var limited = Subscribed.of("two", "[{certificates: 1, per: 24h}]");

        assertThat(limits.take(List.of(limited), "b")).isPresent();
    }

    private void write(DomainSubscription subscription, List<Instant> written) {
        var status = limits.shown(subscription, Subscribed.emptyStatus());
        if (!status.equals(subscription.getStatus())) {
            subscription.setStatus(status);
            written.add(clock.instant());
        }
    }

    private static void issue(Limits limits, String holder, DomainSubscription subscription) {
        assertThat(limits.take(List.of(subscription), holder)).isEmpty();
        limits.issued(List.of(subscription), holder);
    }
}
