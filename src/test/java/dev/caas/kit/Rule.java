package dev.caas.kit;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A fault for the requests of one step about certain names, until it was used up or removed. */
public final class Rule {
    private final Step step;
    private final String scope;
    private final Predicate<Set<String>> names;
    private final Predicate<String> payload;
    private final int limit;
    private final Fault fault;
    private final AtomicInteger hits = new AtomicInteger();
    private volatile boolean removed;

    Rule(Step step, String scope, Predicate<Set<String>> names, Predicate<String> payload, int limit, Fault fault) {
        this.step = step;
        this.scope = scope;
        this.names = names;
        this.payload = payload;
        this.limit = limit;
        this.fault = fault;
    }

    /** How many requests it applied to so far. */
    public int hits() {
        return hits.get();
    }

    /** Applies to nothing from here on, and lets go what it holds. */
    public void remove() {
        removed = true;
        if (fault instanceof Fault.Held held) {
            held.hold().release();
        }
    }

    boolean isScopedBy(String name) {
        return scope.equals(name);
    }

    Fault fault() {
        return fault;
    }

    /** The request it applied to came to nothing; its time is not used up. */
    void giveBack() {
        hits.decrementAndGet();
    }

    /** Whether it applies to this request; if so, one of its times is used up. */
    boolean take(AcmeRequest request, Set<String> about) {
        if (removed || request.step() != step || !names.test(about) || !payload.test(request.payload())) {
            return false;
        }
        return hits.getAndUpdate(hit -> hit < limit ? hit + 1 : hit) < limit;
    }
}
