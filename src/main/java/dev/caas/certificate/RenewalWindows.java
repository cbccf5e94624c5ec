package dev.caas.certificate;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.caas.api.ManagedCertificateSpec.RenewalWindow;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The times in which renewals are welcome. None means always. Pure. */
final class RenewalWindows {
    private static final CronParser CRON = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    /** Any time is welcome. */
    static final RenewalWindows NONE = new RenewalWindows(List.of());

    /** Many certificates have the same windows, and reading them takes long. */
    private static final Cache<List<RenewalWindow>, RenewalWindows> READ =
            CacheBuilder.newBuilder().maximumSize(1000).build();

    private final List<Window> windows;

    private record Window(ExecutionTime opening, ZoneId zone, Duration open) {

        /** The time the window is open at or after a moment; empty if its schedule has no such time. */
        Optional<Opening> at(Instant moment) {
            var local = ZonedDateTime.ofInstant(moment, zone);
            return Stream.of(opening.lastExecution(local.plusSeconds(1)), opening.nextExecution(local))
                    .flatMap(Optional::stream)
                    .map(from -> new Opening(from.toInstant(), from.toInstant().plus(open)))
                    .filter(o -> moment.isBefore(o.to))
                    .findFirst();
        }
    }

    private record Opening(Instant from, Instant to) {}

    private RenewalWindows(List<Window> windows) {
        this.windows = windows;
    }

    /** Reads the declared windows. */
    static RenewalWindows of(List<RenewalWindow> declared) throws InvalidWindowException {
        if (declared.isEmpty()) {
            return NONE;
        }
        var known = READ.getIfPresent(declared);
        if (known != null) {
            return known;
        }
        var windows = new ArrayList<Window>();
        for (int i = 0; i < declared.size(); i++) {
            var window = declared.get(i);
            var where = "spec.renewalWindows[" + i + "].";
            windows.add(new Window(opening(window, where), zone(window, where), open(window, where)));
        }
        var read = new RenewalWindows(List.copyOf(windows));
        READ.put(declared, read);
        return read;
    }

    private static ExecutionTime opening(RenewalWindow window, String where) throws InvalidWindowException {
        try {
            return ExecutionTime.forCron(CRON.parse(window.cron()));
        } catch (IllegalArgumentException e) {
            throw new InvalidWindowException(where + "cron '" + window.cron()
                    + "' cannot be read; write minute, hour, day of month, month and day of week, such as '0 2 * * 6'");
        }
    }

    private static ZoneId zone(RenewalWindow window, String where) throws InvalidWindowException {
        try {
            return ZoneId.of(window.timeZone());
        } catch (DateTimeException e) {
            throw new InvalidWindowException(where + "timeZone '" + window.timeZone()
                    + "' is not known; write one of the IANA time zones, such as Europe/Berlin");
        }
    }

    private static Duration open(RenewalWindow window, String where) throws InvalidWindowException {
        try {
            var duration = GoDuration.parse(window.duration());
            if (duration.isZero()) {
                throw new InvalidWindowException(where + "duration is no time; write one such as 4h");
            }
            return duration;
        } catch (InvalidDurationException e) {
            throw new InvalidWindowException(where + "duration " + e.getMessage());
        }
    }

    /**
     * The moment itself if it is in a window; otherwise one in the next window, so far into it as the share says.
     *
     * @param share from 0 to 1: certificates that wait for one window are spread over it
     * @return empty if no window opens any more
     */
    Optional<Instant> next(Instant moment, double share) {
        if (windows.isEmpty()) {
            return Optional.of(moment);
        }
        return windows.stream()
                .flatMap(w -> w.at(moment).stream())
                .min(Comparator.comparing(Opening::from))
                .map(o -> o.from.isAfter(moment)
                        ? o.from.plusMillis(
                                (long) (Duration.between(o.from, o.to).toMillis() * share))
                        : moment);
    }
}
