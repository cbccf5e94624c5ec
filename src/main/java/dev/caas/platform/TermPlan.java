package dev.caas.platform;

import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a term and what is declared about it ask for: when it is to be extended, and of what to warn before. Pure. An
 * extension moves its own reason a year away, so whoever does what is due, once or after a crash again by the term that
 * is there then, extends once.
 *
 * @param term the term as it is
 * @param paidThrough extend it while it ends before that day; null if that is not declared
 * @param autoExtendBefore extend it that long before each end, within its window; null if that is not declared
 * @param delay how much later than that it is due here, so that whoever else plans the same is not at it in the same
 *     moment; at most half of what is left until the end
 */
public record TermPlan(
        Term term,
        @Nullable LocalDate paidThrough,
        @Nullable Duration autoExtendBefore,
        Duration delay) {
    private static final List<Integer> DAYS_BEFORE_END = List.of(60, 30, 7, 1);
    private static final List<Integer> DAYS_BEFORE_EXTENSION = List.of(30, 7, 1);

    private static final Duration MOST_DELAY = Duration.ofMinutes(10);

    /** A plan that nobody else has, too. */
    public TermPlan(Term term, @Nullable LocalDate paidThrough, @Nullable Duration autoExtendBefore) {
        this(term, paidThrough, autoExtendBefore, Duration.ZERO);
    }

    /**
     * This plan, later by some minutes. Two clusters that share a binding come to the same instant by its term: each is to
     * see what the other one bought.
     *
     * @param own what no other cluster's plan has, such as the uid of the account
     */
    public TermPlan spread(String own) {
        return new TermPlan(
                term,
                paidThrough,
                autoExtendBefore,
                Duration.ofSeconds(Math.floorMod(own.hashCode(), MOST_DELAY.toSeconds())));
    }

    /**
     * How things stand at a moment.
     *
     * @param state where the term stands
     * @param due whether the term is to be extended now
     * @param warning what is to be warned of; null if nothing is
     */
    public record Outlook(
            TermStatus.State state, boolean due, @Nullable Warning warning) {}

    /**
     * A warning, which holds until the next one or until what it warns of.
     *
     * @param kind what it warns of
     * @param days how many days before at most: 60, 30, 7 or 1
     * @param at when it comes
     */
    public record Warning(Kind kind, int days, Instant at) {
        /** What can be warned of. */
        public enum Kind {
            /** The term ends, and nothing is going to extend it before. */
            END,
            /** The term is going to be extended, which is charged for all its domains. */
            EXTENSION
        }
    }

    /** The plan of a term by what is declared; nothing declared is a plan, too. */
    public static TermPlan of(Term term, CaaSAccountSpec.@Nullable Term declared) throws InvalidDurationException {
        if (declared == null) {
            return new TermPlan(term, null, null);
        }
        @Nullable String paidThrough = declared.paidThrough();
        return new TermPlan(
                term,
                paidThrough == null ? null : LocalDate.parse(paidThrough),
                declared.autoExtend() ? GoDuration.parse(declared.autoExtendBefore()) : null);
    }

    /** When the extension that is declared is due, or was; empty if none is. It lies within the window. */
    public Optional<Instant> extendsAt() {
        return declaredFor().map(at -> {
            var most = Duration.between(at, term.expiresAt()).dividedBy(2);
            return at.plus(delay.compareTo(most) < 0 ? delay : most);
        });
    }

    private Optional<Instant> declaredFor() {
        var opens = term.window().opensAt();
        if (paidThrough != null && term.isOwed(paidThrough)) {
            return Optional.of(opens);
        }
        return Optional.ofNullable(autoExtendBefore)
                .map(before -> term.expiresAt().minus(before))
                .map(at -> at.isBefore(opens) ? opens : at);
    }

    /** How things stand. */
    public Outlook at(Instant now) {
        boolean due = term.isExtendable(now)
                && extendsAt().filter(at -> !now.isBefore(at)).isPresent();
        return new Outlook(term.state(now), due, warning(now));
    }

    /** When to look again: the next moment at which {@link #at} answers differently; nothing once it is over for good. */
    public Optional<Instant> nextLook(Instant now) {
        var present = at(now);
        return moments()
                .filter(now::isBefore)
                .sorted()
                .filter(moment -> !at(moment).equals(present))
                .findFirst();
    }

    /** An end that an extension is going to move is nothing to warn of, as long as that does not fail when it is due. */
    private @Nullable Warning warning(Instant now) {
        var extension = extendsAt().filter(now::isBefore);
        return extension.isPresent()
                ? warning(Warning.Kind.EXTENSION, DAYS_BEFORE_EXTENSION, extension.get(), now)
                : warning(Warning.Kind.END, DAYS_BEFORE_END, term.expiresAt(), now);
    }

    private static @Nullable Warning warning(Warning.Kind kind, List<Integer> days, Instant at, Instant now) {
        return days.stream()
                .filter(d -> now.isBefore(at) && !now.isBefore(before(at, d)))
                .min(Integer::compare)
                .map(d -> new Warning(kind, d, at))
                .orElse(null);
    }

    /** All at which something may change. */
    private Stream<Instant> moments() {
        var end = term.expiresAt();
        return Stream.of(
                        Stream.of(end, term.window().closesAt().plusNanos(1)),
                        DAYS_BEFORE_END.stream().map(d -> before(end, d)),
                        extendsAt().stream(),
                        extendsAt().stream()
                                .flatMap(at -> DAYS_BEFORE_EXTENSION.stream().map(d -> before(at, d))))
                .flatMap(moments -> moments);
    }

    private static Instant before(Instant at, int days) {
        return at.minus(Duration.ofDays(days));
    }
}
