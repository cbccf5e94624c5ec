package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeFailures;
import dev.caas.acme.Step;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.Reason;
import dev.caas.kit.SteppedClock;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** When an account's orders stand still, and for how long. */
class StandstillsTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final ObjectName NAME = new ObjectName("team", "acme");
    private final AcmeFailure cut = AcmeFailures.below(Step.FINALIZE, "refused-connection");
    private final AcmeFailure down = AcmeFailures.status(Step.NEW_ORDER, 503, null);

    private final SteppedClock clock = new SteppedClock(START);
    private final CaaSAccount account = account(NAME.name());
    private final Standstills standstills = new Standstills(clock, new Random(1));

    @Example
    void oneFailureStopsNobody() {
        assertThat(standstills.failed(account, "one", cut)).isEmpty();
        assertThat(standstills.of(account)).isEmpty();
    }

    @Example
    void twoFailuresInARowStopTheAccountForAFewSeconds() {
        standstills.failed(account, "one", cut);
        var standstill = standstills.failed(account, "one", cut).orElseThrow();

        assertThat(standstill.reason()).isEqualTo(Reason.ServerUnreachable);
        assertThat(standstill.why()).contains("finalize: Connection refused");
        assertThat(standstill.until()).isBetween(START.plusSeconds(5), START.plusSeconds(7));
        assertThat(standstills.of(account)).contains(standstill);
        assertThat(standstills.of(account("other"))).isEmpty();
    }

    @Example
    void anAnswerBetweenTwoFailuresStopsNobody() {
        standstills.failed(account, "one", cut);
        standstills.answered(account);

        assertThat(standstills.failed(account, "two", cut)).isEmpty();
    }

    /** A CA may fail at one order for ever. */
    @Example
    void theServersErrorsAtOneCertificatesOrdersStopNobodyElse() {
        for (int i = 0; i < 100; i++) {
            assertThat(standstills.failed(account, "one", down)).isEmpty();
            clock.pass(Duration.ofMinutes(15));
        }

        assertThat(standstills.failed(account, "two", down)).isPresent();
    }

    @Example
    void failuresOfOrdersThatWereUnderWayMakeItNoLonger() {
        standstills.failed(account, "one", down);
        var first = standstills.failed(account, "two", down);

        for (int i = 0; i < 50; i++) {
            assertThat(standstills.failed(account, "more-" + i, down)).isEqualTo(first);
        }
    }

    @Property(tries = 100)
    void eachWaitIsLongerThanTheOneBeforeUpToFiveMinutesAndATenth(@ForAll long seed) {
        var seeded = new Standstills(clock, new Random(seed));
        seeded.failed(account, "one", down);
        for (int i = 1; i <= 20; i++) {
            var until = seeded.failed(account, "two", down).orElseThrow().until();

            var least = Duration.ofSeconds(Math.min(5L << (i - 1), 300));
            assertThat(Duration.between(clock.instant(), until))
                    .isBetween(least, least.multipliedBy(11).dividedBy(10).plusSeconds(1));
            clock.passTo(until);
        }
    }

    @Example
    void anAnswerEndsIt() {
        standstills.failed(account, "one", cut);
        standstills.failed(account, "one", cut);

        assertThat(standstills.answered(account)).isTrue();
        assertThat(standstills.of(account)).isEmpty();
        assertThat(standstills.answered(account)).as("it is told once").isFalse();
    }

    /** Until somebody was answered, one asks for all. */
    @Example
    void itIsRememberedWhenTheTimeIsUpButNotForEver() {
        standstills.failed(account, "one", cut);
        clock.passTo(standstills.failed(account, "one", cut).orElseThrow().until());

        assertThat(standstills.of(account)).isPresent();
        clock.pass(Duration.ofMinutes(10));
        assertThat(standstills.of(account)).isEmpty();
    }

    @Example
    void theTimeTheCaAskedForIsKept() {
        var until = START.plusSeconds(600);

        assertThat(standstills.asked(NAME, "too many", until).until()).isEqualTo(until);
        assertThat(standstills.of(account))
                .hasValueSatisfying(s -> assertThat(s.reason()).isEqualTo(Reason.RateLimited));
        assertThat(standstills.asked(NAME, "too many", START.plusSeconds(60)).until())
                .as("another order is told less")
                .isEqualTo(until);
    }

    @Example
    void anAnswerToAnotherOrderDoesNotEndTheTimeTheCaAskedFor() {
        var standstill = standstills.asked(NAME, "too many", START.plusSeconds(600));

        assertThat(standstills.answered(account)).isFalse();
        assertThat(standstills.of(account)).contains(standstill);
        clock.passTo(standstill.until());
        assertThat(standstills.answered(account)).isTrue();
        assertThat(standstills.of(account)).isEmpty();
    }

    @Example
    void nothingIsKnownOfAnAccountThatIsForgotten() {
        standstills.asked(NAME, "too many", START.plusSeconds(600));
        standstills.forget(NAME);

        assertThat(standstills.of(account)).isEmpty();
    }

    @Example
    void aCaThatAlwaysAsksToWaitForASecondIsNotAskedEverySecond() {
        for (int i = 0; i < 10; i++) {
            clock.passTo(standstills
                    .asked(NAME, "a moment", clock.instant().plusSeconds(1))
                    .until());
        }

        assertThat(clock.instant()).isAfter(START.plus(Duration.ofMinutes(20)));
    }

    @Example
    void aServerErrorsRetryAfterIsKeptWithinADay() {
        standstills.failed(account, "one", down);
        var asked = START.plusSeconds(1_000);

        var until = standstills
                .failed(account, "two", AcmeFailures.status(Step.NEW_ORDER, 502, asked))
                .orElseThrow()
                .until();
        clock.passTo(until);
        var tooLong = AcmeFailures.status(Step.NEW_ORDER, 502, START.plus(Duration.ofDays(400)));

        assertThat(until).isBetween(asked, asked.plusSeconds(1));
        assertThat(standstills.failed(account, "two", tooLong).orElseThrow().until())
                .isBefore(START.plus(Duration.ofHours(25)));
    }

    @Example
    void aRestartedProcessGoesByTheStatus() {
        var until = START.plusSeconds(100);
        account.setStatus(status(until, Reason.ServerUnreachable));

        assertThat(standstills.of(account)).contains(new Standstill(Reason.ServerUnreachable, "down", until, 1));
        clock.passTo(until);
        assertThat(standstills.failed(account, "one", cut))
                .as("nothing more is needed to believe it")
                .hasValueSatisfying(s -> assertThat(s.inARow()).isEqualTo(2));
        standstills.answered(account);
        assertThat(standstills.of(account)).as("newer than the status").isEmpty();
    }

    @Example
    void anAnswerDoesNotEndATimeToWaitThatOnlyTheStatusTells() {
        var until = START.plusSeconds(100);
        account.setStatus(status(until, Reason.RateLimited));

        assertThat(standstills.answered(account)).isFalse();
        assertThat(standstills.of(account))
                .hasValueSatisfying(s -> assertThat(s.until()).isEqualTo(until));
        clock.passTo(until);
        assertThat(standstills.answered(account)).isTrue();
        assertThat(standstills.of(account)).isEmpty();
    }

    /** Such as a caBundle. */
    @Example
    void aChangedDeclarationIsTriedAtOnceWhereTheCaDidNotAnswer() {
        standstills.failed(account, "one", cut);
        standstills.failed(account, "one", cut);
        assertThat(standstills.of(account)).isPresent();

        account.getMetadata().setGeneration(2L);

        assertThat(standstills.of(account)).isEmpty();
        assertThat(standstills.failed(account, "one", cut))
                .as("it takes two again")
                .isEmpty();
    }

    @Example
    void aChangedDeclarationIsTriedAtOnceAfterARestartToo() {
        account.setStatus(status(START.plusSeconds(100), Reason.ServerUnreachable));
        assertThat(standstills.of(account)).isPresent();

        account.getMetadata().setGeneration(2L);

        assertThat(standstills.of(account)).isEmpty();
    }

    @Example
    void aChangedDeclarationDoesNotEndTheTimeTheCaAskedFor() {
        var standstill = standstills.asked(NAME, "too many", START.plusSeconds(600));

        account.getMetadata().setGeneration(2L);

        assertThat(standstills.of(account)).contains(standstill);
    }

    @Example
    void aStatusWithoutReasonTellsOfARateLimit() {
        account.setStatus(status(START.plusSeconds(100), null));

        assertThat(standstills.of(account).orElseThrow().reason()).isEqualTo(Reason.RateLimited);
    }

    private static CaaSAccountStatus status(Instant retryAfter, @Nullable Reason reason) {
        var none = new Conditions(List.of());
        var conditions = reason == null ? none : none.with(Conditions.RECONCILING, true, reason, "down", 1, START);
        return new CaaSAccountStatus(
                1L, conditions.all(), null, null, null, null, null, null, List.of(), List.of(), List.of(), retryAfter);
    }

    private static CaaSAccount account(String name) {
        var account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(NAME.namespace())
                .withName(name)
                .withGeneration(1L)
                .build());
        return account;
    }
}
