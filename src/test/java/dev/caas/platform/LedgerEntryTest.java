package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Money;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a platform does not list is shown as removed; what was known of it is not thrown away. */
class LedgerEntryTest {
    private static final Instant THEN = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant NOW = THEN.plus(Duration.ofDays(3));
    private static final String A = "a.example";
    private static final String B = "b.example";
    private static final Held BOUGHT = Held.since(THEN)
            .bought("order-1", new Money("200", "USD"), THEN.plus(Duration.ofDays(30)))
            .under(new Anchor("1001", THEN, "1001", null));

    private final LedgerEntry both = LedgerEntry.empty().with(new TreeMap<>(Map.of(A, BOUGHT, B, Held.since(THEN))));

    @Test
    void whatAnIncompleteListLeftOutIsAsItWasWhenItIsListedAgain() throws LedgerUnreadableException {
        var without = listed(both, B);
        assertThat(without.domains()).containsOnlyKeys(B);
        assertThat(without.removed()).containsOnlyKeys(A);

        var again = listed(LedgerEntry.fromJson(listed(without, B).toJson()), A, B);

        assertThat(again).isEqualTo(both);
    }

    @Test
    void whatIsBoughtAnewIsNotWhatItWasBefore() {
        var buying = listed(both, B).with(new Intent(Intent.Act.ADD_DOMAIN, A, null, NOW, null, null, null));

        var again = listed(buying, A, B);

        assertThat(again.domains()).containsEntry(A, Held.since(NOW));
        assertThat(again.lost()).isEmpty();
    }

    @Test
    void whatWasRemovedFromHereIsNotKnownAnyMore() {
        var again = listed(listed(both.without(A), B), A, B);

        assertThat(again.domains()).containsEntry(A, Held.since(NOW));
    }

    @Test
    void whatWasBoughtTogetherWithADomainIsUnderItsAnchor() {
        var with = both.with(new TreeMap<>(Map.of(
                        A,
                        Held.since(THEN),
                        "www.a.example",
                        Held.since(THEN).boughtWith(A),
                        "www.b.example",
                        Held.since(THEN).boughtWith(B))))
                .anchored(A, "1001", NOW);

        assertThat(with.anchor(A)).contains(new Anchor("1001", NOW, "1001", null));
        assertThat(with.anchor("www.a.example")).isEqualTo(with.anchor(A));
        assertThat(with.anchor("www.b.example")).isEmpty();
    }

    @Test
    void whatAListLeftOutMovesWithItsAnchor() {
        var moved = listed(both, B).movedAnchor("1001", "1002", NOW);

        var again = listed(moved, A, B);

        assertThat(again.anchor(A))
                .hasValueSatisfying(anchor -> assertThat(anchor.number()).isEqualTo("1002"));
        assertThat(again.removed()).isEmpty();
    }

    /** Another move may have begun meanwhile. */
    @Test
    void noMoveIsUnderWayForWhatAListLeftOut() {
        var moving = both.movingAnchor(A, "1002");
        assertThat(moving.anchor(A))
                .hasValueSatisfying(anchor -> assertThat(anchor.movingTo()).isEqualTo("1002"));

        var again = listed(listed(moving, B), A, B);

        assertThat(again).isEqualTo(both);
    }

    @Test
    void aLedgerThatKeptNothingOfWhatWasRemovedIsRead() throws LedgerUnreadableException {
        var read = LedgerEntry.fromJson("{\"removed\":{\"a.example\":\"2026-03-01T12:00:00Z\"}}");

        assertThat(read.removed()).containsOnlyKeys(A);
        assertThat(listed(read, A).domains()).containsEntry(A, Held.since(NOW));
        assertThat(both.toJson()).doesNotContain("lost");
    }

    private static LedgerEntry listed(LedgerEntry entry, String... domains) {
        return entry.asListed(
                Arrays.stream(domains)
                        .map(name -> new PartnerViews.Domain(name, Optional.empty()))
                        .toList(),
                true,
                1,
                NOW);
    }
}
