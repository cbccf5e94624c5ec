package dev.caas.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Objects on their way out are seen off, once at a time, until there is nothing left to do. */
class DeparturesTest {
    private static final String FINALIZER = "caas.dev/test";

    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final List<String> gone = new CopyOnWriteArrayList<>();

    @Test
    void aDeletedObjectIsSeenOffUntilNothingIsLeftToDo() {
        var leaving = secret("leaving", true, FINALIZER);
        var tries = new AtomicInteger();
        var departures = departures(Optional.of(leaving), s -> {
            seen.add(s.getMetadata().getName());
            if (tries.incrementAndGet() == 1) {
                return Optional.of(Duration.ofMillis(1));
            }
            return Optional.empty();
        });

        departures.onResourceCreated(leaving);

        await().untilAsserted(() -> assertThat(seen).containsExactly("leaving", "leaving"));
    }

    @Test
    void whatStaysAndWhatOthersHoldIsLeftAlone() {
        var departures = departures(Optional.of(secret("leaving", true, FINALIZER)), s -> {
            seen.add(s.getMetadata().getName());
            return Optional.empty();
        });

        departures.onResourceUpdated(secret("staying", false, FINALIZER), secret("staying", false, FINALIZER));
        departures.onResourceUpdated(secret("others", true, "else.example/hold"), secret("others", false, FINALIZER));
        departures.onResourceUpdated(secret("leaving", true, FINALIZER), secret("leaving", false, FINALIZER));

        await().untilAsserted(() -> assertThat(seen).contains("leaving"));
        assertThat(seen).containsExactly("leaving");
    }

    /** One waits for a slot, which may take long. */
    @Test
    void whoHasTheTurnGivesWayWhileItWaits() throws InterruptedException {
        var leaving = secret("leaving", true, FINALIZER);
        var departures = departures(Optional.of(leaving), s -> {
            seen.add(s.getMetadata().getName());
            return Optional.empty();
        });

        try (var turn = departures.turn(leaving)) {
            departures.onResourceUpdated(leaving, leaving);
            turn.giveWay(() -> {
                await().untilAsserted(() -> assertThat(seen).containsExactly("leaving"));
                return "a slot";
            });
        }
    }

    @Test
    void whoeverIsGoneIsTold() {
        departures(Optional.empty(), _ -> Optional.empty()).onResourceDeleted(secret("gone", true, FINALIZER));

        assertThat(gone).containsExactly("gone");
    }

    /** A replica that stands by sees what is deleted, too. */
    @Test
    void nobodyIsSeenOffBeforeThisProcessBegins() {
        var held = new Begin();
        var leaving = secret("leaving", true, FINALIZER);
        var other = secret("other", true, FINALIZER);
        Departures.Farewell<Secret> farewell = s -> {
            seen.add(s.getMetadata().getName());
            return Optional.empty();
        };

        departures(held, Optional.of(leaving), farewell).onResourceCreated(leaving);
        departures(Optional.of(other), farewell).onResourceCreated(other);
        await().untilAsserted(() -> assertThat(seen).contains("other"));
        assertThat(seen).containsExactly("other");
        held.now();

        await().untilAsserted(() -> assertThat(seen).containsExactly("other", "leaving"));
    }

    private Departures<Secret> departures(Optional<Secret> current, Departures.Farewell<Secret> farewell) {
        var begun = new Begin();
        begun.now();
        return departures(begun, current, farewell);
    }

    private Departures<Secret> departures(Begin begin, Optional<Secret> current, Departures.Farewell<Secret> farewell) {
        return new Departures<>(
                "departures",
                FINALIZER,
                _ -> current,
                farewell,
                s -> gone.add(s.getMetadata().getName()),
                begin);
    }

    private static Secret secret(String name, boolean deleted, String finalizer) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("a")
                .withName(name)
                .withUid(name)
                .withFinalizers(finalizer)
                .withDeletionTimestamp(deleted ? "2026-11-22T07:00:00Z" : null)
                .endMetadata()
                .build();
    }
}
