package dev.caas.kube;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Values that are good for a short while after they were put, and gone afterwards. Safe for many threads. */
public final class Recent<K, V> {
    private final Duration kept;
    private final Clock clock;
    private final Map<K, Dated<V>> values = new LinkedHashMap<>();

    private record Dated<V>(V value, Instant until) {}

    /** @param kept how long a value is good */
    public Recent(Duration kept, Clock clock) {
        this.kept = kept;
        this.clock = clock;
    }

    /** Puts a value, in place of an earlier one. */
    public synchronized void put(K key, V value) {
        var now = clock.instant();
        // Taken out and put in again, a key moves to the end: the map is in order of age.
        values.remove(key);
        values.put(key, new Dated<>(value, now.plus(kept)));
        for (Iterator<Dated<V>> oldest = values.values().iterator(); oldest.hasNext(); ) {
            if (now.isBefore(oldest.next().until)) {
                break;
            }
            oldest.remove();
        }
    }

    /** The value, while it is good. */
    public synchronized Optional<V> get(K key) {
        return Optional.ofNullable(values.get(key))
                .filter(d -> clock.instant().isBefore(d.until))
                .map(Dated::value);
    }

    /** Removes the value unless it has been replaced meanwhile. */
    @SuppressWarnings("ReferenceEquality") // That very value, not one like it.
    synchronized void remove(K key, V value) {
        var dated = values.get(key);
        if (dated != null && dated.value == value) {
            values.remove(key);
        }
    }
}
