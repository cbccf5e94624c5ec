package dev.caas.platform;

import dev.caas.api.CaaSAccountStatus.Extension;
import dev.caas.api.CaaSAccountStatus.TermStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * How long an account's subscription runs in the built-in ledger. All its domains share the term; a year has 365 days, and
 * days are those of UTC. A term is never shortened. The rules are the CaaS vendor's: 365, 730 or 1095 days from the next
 * calendar day, extended a year at a time between 100 days before and 30 days after its end.
 *
 * @param startedAt when the first domain was added
 * @param expiresAt nothing is issued from then on
 */
public record Term(Instant startedAt, Instant expiresAt) {
    /** What counts as a year. */
    public static final Duration YEAR = Duration.ofDays(365);

    private static final int LONGEST_YEARS = 3;
    private static final Duration OPENS_BEFORE = Duration.ofDays(100);
    private static final Duration GRACE = Duration.ofDays(30);
    private static final LocalTime LAST_SECOND = LocalTime.of(23, 59, 59);

    public Term {
        if (!startedAt.isBefore(expiresAt)) {
            throw new IllegalArgumentException("a term that starts at " + startedAt + " cannot end at " + expiresAt);
        }
    }

    /** The term that the first domain starts: one to three years, from tomorrow to the last second of its last day. */
    public static Term start(Instant now, int years) {
        if (years < 1 || years > LONGEST_YEARS) {
            throw new IllegalArgumentException("a first term has 1 to " + LONGEST_YEARS + " years, not " + years);
        }
        Instant end = date(now).atTime(LAST_SECOND).toInstant(ZoneOffset.UTC);
        return new Term(now, end.plus(YEAR.multipliedBy(years)));
    }

    /** A term of which only the end is known, and how long it was to be at first. */
    static Term ending(Instant expiresAt, int years) {
        return new Term(expiresAt.minus(YEAR.multipliedBy(years)), expiresAt);
    }

    /** The term with one more year, whether its window is open or not. */
    public Term oneYearLonger() {
        return new Term(startedAt, expiresAt.plus(YEAR));
    }

    /** Whether the window in which it can be extended is open. */
    public boolean isExtendable(Instant now) {
        return !now.isBefore(window().opensAt()) && !now.isAfter(window().closesAt());
    }

    /**
     * Full days until the end, of the calendar of UTC: today does not count, as it does not for the term itself. All days
     * of a term when it starts, none on its last day and after it.
     */
    public long fullDaysLeft(Instant now) {
        return Math.max(0, ChronoUnit.DAYS.between(date(now), date(expiresAt)));
    }

    /** Where the term stands. */
    public TermStatus.State state(Instant now) {
        if (now.isBefore(expiresAt)) {
            return TermStatus.State.Active;
        }
        return now.isAfter(window().closesAt()) ? TermStatus.State.Expired : TermStatus.State.Grace;
    }

    /** When the term can be extended, both ends included. */
    public Extension window() {
        return new Extension(expiresAt.minus(OPENS_BEFORE), expiresAt.plus(GRACE));
    }

    /** Whether it ends before that day. */
    boolean isOwed(LocalDate paidThrough) {
        return date(expiresAt).isBefore(paidThrough);
    }

    private static LocalDate date(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }
}
