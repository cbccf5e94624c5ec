package dev.caas.kit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands until a test moves it. */
public final class SteppedClock extends Clock {
    private volatile Instant now;

    public SteppedClock(Instant start) {
        now = start;
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }

    /** Moves to a moment that is not in the past. */
    public void passTo(Instant moment) {
        if (moment.isBefore(now)) {
            throw new IllegalArgumentException(moment + " is over: it is " + now);
        }
        now = moment;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
