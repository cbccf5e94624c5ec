package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the ledger remembers of organisations' validations. */
class AnchorTest {
    private static final Instant THEN = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant NOW = THEN.plus(Duration.ofDays(100));
    private static final String A = "a.example";
    private static final String B = "b.example";

    private final LedgerEntry both = of(A, B).anchored(A, "1001", THEN).anchored(B, "1001", NOW);

    @Test
    void anAnchorIsUsedSinceTheFirstDomainHadIt() {
        assertThat(anchor(both, B)).isEqualTo(new Anchor("1001", THEN, "1001", null));
        assertThat(anchor(both, B).endsAt()).isEqualTo(THEN.plus(Duration.ofDays(398)));
    }

    @Test
    void aMoveTakesAllDomainsOfTheAnchorAndLeavesWhatIsDeclaredForTheOthers() {
        var moved = both.movingAnchor(A, "1002").movedAnchor("1001", "1002", NOW);

        assertThat(anchor(moved, A)).isEqualTo(new Anchor("1002", NOW, "1002", null));
        assertThat(anchor(moved, B)).isEqualTo(new Anchor("1002", NOW, "1001", null));
        assertThat(anchor(moved, B).isSettledFor("1001"))
                .as("an unchanged declaration moves nothing back")
                .isTrue();
        assertThat(anchor(moved, B).isSettledFor("1003")).isFalse();
    }

    @Test
    void movingTwiceIsMovingOnce() {
        var moved = both.movingAnchor(A, "1002").movedAnchor("1001", "1002", THEN);

        assertThat(moved.movedAnchor("1001", "1002", NOW)).isEqualTo(moved);
    }

    @Test
    void whatIsUnderWayIsNotSettledWhateverIsDeclared() {
        var moving = both.movingAnchor(A, "1002");

        assertThat(anchor(moving, A).isSettledFor("1001")).isFalse();
        assertThat(anchor(moving, A).isSettledFor("1002")).isFalse();
        assertThat(moving.movingAnchor(A, null)).isEqualTo(both);
    }

    @Test
    void declaringWhereItWasMovedSettlesIt() {
        var followed =
                both.movingAnchor(A, "1002").movedAnchor("1001", "1002", THEN).anchored(B, "1002", NOW);

        assertThat(anchor(followed, B)).isEqualTo(new Anchor("1002", THEN, "1002", null));
    }

    @Test
    void aListOfThePlatformKeepsAnchorsAndTheLedgerTellsThemAgain() throws LedgerUnreadableException {
        var listed = List.of(
                new PartnerViews.Domain(A, Optional.of(NOW)), new PartnerViews.Domain("new.example", Optional.empty()));

        var read = LedgerEntry.fromJson(
                both.movingAnchor(A, "1002").asListed(listed, false, 1, NOW).toJson());

        assertThat(anchor(read, A)).isEqualTo(new Anchor("1001", THEN, "1001", "1002"));
        assertThat(read.anchor("new.example")).isEmpty();
    }

    @Test
    void aLedgerFromBeforeThereWereAnchorsIsRead() throws LedgerUnreadableException {
        var read = LedgerEntry.fromJson(
                "{\"domains\":{\"a.example\":\"2026-03-01T12:00:00Z\",\"b.example\":{\"addedAt\":\"2026-03-01T12:00:00Z\"}}}");

        assertThat(read.domains()).containsOnlyKeys(A, B);
        assertThat(read.anchor(A)).isEmpty();
        assertThat(read.anchor(B)).isEmpty();
    }

    private static LedgerEntry of(String... domains) {
        var held = new TreeMap<String, Held>();
        for (var domain : domains) {
            held.put(domain, Held.since(THEN));
        }
        return LedgerEntry.empty().with(held);
    }

    private static Anchor anchor(LedgerEntry entry, String domain) {
        return entry.anchor(domain).orElseThrow();
    }
}
