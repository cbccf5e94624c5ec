package dev.caas.kit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A fault for certain requests of the form API, until it was used up or removed. */
public final class FormRule {
    private final Predicate<FormCall> calls;
    private final int limit;
    private final FormFault fault;
    private final AtomicInteger hits = new AtomicInteger();
    private volatile boolean removed;

    FormRule(Predicate<FormCall> calls, int limit, FormFault fault) {
        this.calls = calls;
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
        if (fault instanceof FormFault.Held held) {
            held.hold().release();
        }
    }

    FormFault fault() {
        return fault;
    }

    /** Whether it applies to this request; if so, one of its times is used up. */
    boolean take(FormCall call) {
        return !removed && calls.test(call) && hits.getAndUpdate(hit -> hit < limit ? hit + 1 : hit) < limit;
    }
}
