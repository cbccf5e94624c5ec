package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.Attempts.Act;
import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.kit.SteppedClock;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When what failed is tried again. */
class AttemptsTest {
    private static final Instant START = Instant.parse("2026-11-22T07:00:00Z");
    private static final Trouble REFUSED = Trouble.lasting(Reason.Failed, "no");

    private final SteppedClock clock = new SteppedClock(START);
    private final Attempts attempts = new Attempts(clock);
    private final CaaSAccount account = account();

    @Test
    void aRefusalIsTriedAgainAfterAnHour() {
        attempts.failed(account, Act.DEACTIVATION, REFUSED);

        clock.pass(Duration.ofMinutes(59));
        assertThat(attempts.waitingAfter(account, Act.DEACTIVATION)).isPresent();
        clock.pass(Duration.ofMinutes(1));
        assertThat(attempts.waitingAfter(account, Act.DEACTIVATION)).isEmpty();
    }

    /** Its deletion waits for no more than ten minutes. */
    @Test
    void ofAnAccountOnItsWayOutARefusalIsTriedAgainAfterAMinute() {
        account.getMetadata().setDeletionTimestamp(START.toString());

        attempts.failed(account, Act.DEACTIVATION, REFUSED);

        assertThat(attempts.waitingAfter(account, Act.DEACTIVATION)).isPresent();
        clock.pass(Duration.ofMinutes(1));
        assertThat(attempts.waitingAfter(account, Act.DEACTIVATION)).isEmpty();
        assertThat(attempts.failed(account, Act.DEACTIVATION, REFUSED).isNews()).isFalse();
    }

    @Test
    void theTimeTheCaAskedForIsKeptOnTheWayOutToo() {
        account.getMetadata().setDeletionTimestamp(START.toString());
        var asked = START.plus(Duration.ofMinutes(5));

        var failure =
                attempts.failed(account, Act.DEACTIVATION, new Trouble(Reason.RateLimited, "too many", true, asked));

        assertThat(failure.next()).isEqualTo(asked);
    }

    @Test
    void whatFailedIsKnownUntilItSucceedsOrIsDeclaredOtherwise() {
        attempts.failed(account, Act.KEY, REFUSED);
        clock.pass(Duration.ofHours(2));

        assertThat(attempts.waitingAfter(account, Act.KEY)).isEmpty();
        assertThat(attempts.last(account, Act.KEY))
                .hasValueSatisfying(f -> assertThat(f.trouble()).isEqualTo(REFUSED));
        assertThat(attempts.last(account, Act.CONTACTS)).isEmpty();
        account.getMetadata().setGeneration(2L);
        assertThat(attempts.last(account, Act.KEY)).isEmpty();
        account.getMetadata().setGeneration(1L);
        attempts.succeeded(account, Act.KEY);
        assertThat(attempts.last(account, Act.KEY)).isEmpty();
    }

    private static CaaSAccount account() {
        var account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace("team")
                .withName("acme")
                .withUid("1")
                .withGeneration(1L)
                .build());
        return account;
    }
}
