package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one account's subscription. Of an account with a platform it is what that told last, and what is under
 * way there; of any other it is all there is.
 *
 * @param term the term; null before the first domain, and at platforms that have none
 * @param domains the domains (A-labels, lower case) that the account has
 * @param removed domains that somebody else removed at the platform, and when that was seen: they are not bought again by
 *     a declaration from before
 * @param intent what is under way at the platform, or was when the operator was stopped; null if nothing is
 * @param applied what was done to accounts as declared, by scope: {@code binding}, or an account's id
 * @param suspendedBecause why nothing may be issued although nobody here said so; null if the platform holds nothing back
 * @param lost what was known of the removed domains: a list may have been incomplete. Older ledgers have none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LedgerEntry(
        @Nullable Term term,
        SortedMap<String, Held> domains,
        SortedMap<String, Instant> removed,
        @Nullable Intent intent,
        SortedMap<String, Deed> applied,
        @Nullable String suspendedBecause,
        SortedMap<String, Held> lost) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    public LedgerEntry {
        domains = domains == null ? new TreeMap<>() : new TreeMap<>(domains);
        removed = removed == null ? new TreeMap<>() : new TreeMap<>(removed);
        applied = applied == null ? new TreeMap<>() : new TreeMap<>(applied);
        lost = lost == null ? new TreeMap<>() : new TreeMap<>(lost);
    }

    /** Of an account that lost nothing. */
    public LedgerEntry(
            @Nullable Term term,
            SortedMap<String, Held> domains,
            SortedMap<String, Instant> removed,
            @Nullable Intent intent,
            SortedMap<String, Deed> applied,
            @Nullable String suspendedBecause) {
        this(term, domains, removed, intent, applied, suspendedBecause, new TreeMap<>());
    }

    /** The entry of an account that has nothing yet. */
    public static LedgerEntry empty() {
        return new LedgerEntry(null, new TreeMap<>(), new TreeMap<>(), null, new TreeMap<>(), null);
    }

    /** When nothing may be issued any more; empty before the first domain. */
    public Optional<Instant> endsAt() {
        return Optional.ofNullable(term).map(Term::expiresAt);
    }

    /** Whether the platform was asked to add a domain, and nothing came of that yet. */
    public boolean isAdding(String domain) {
        return intent != null && intent.adds(domain);
    }

    /** This entry with one more domain and, if it is the first, with a term. */
    LedgerEntry with(String domain, Instant now, Term firstTerm) {
        var more = new TreeMap<>(domains);
        more.putIfAbsent(domain, Held.since(now));
        return with(more).with(term == null ? firstTerm : term);
    }

    LedgerEntry with(@Nullable Term other) {
        return new LedgerEntry(other, domains, removed, intent, applied, suspendedBecause, lost);
    }

    LedgerEntry with(SortedMap<String, Held> others) {
        return new LedgerEntry(term, others, removed, intent, applied, suspendedBecause, lost);
    }

    /** This entry when a domain was removed from here: nobody else did it. */
    LedgerEntry without(String domain) {
        var rest = new TreeMap<>(domains);
        rest.remove(domain);
        return with(rest);
    }

    private LedgerEntry withRemoved(SortedMap<String, Instant> others, SortedMap<String, Held> lost) {
        return new LedgerEntry(term, domains, others, intent, applied, suspendedBecause, lost);
    }

    LedgerEntry with(@Nullable Intent other) {
        return new LedgerEntry(term, domains, removed, other, applied, suspendedBecause, lost);
    }

    LedgerEntry withApplied(SortedMap<String, Deed> others) {
        return new LedgerEntry(term, domains, removed, intent, others, suspendedBecause, lost);
    }

    LedgerEntry suspended(@Nullable String because) {
        return new LedgerEntry(term, domains, removed, intent, applied, because, lost);
    }

    /** The organisation's validation of a domain; empty for DV, and where it is not known. */
    Optional<Anchor> anchor(String domain) {
        return Optional.ofNullable(domains.get(domain)).flatMap(held -> Optional.ofNullable(held.anchor()));
    }

    /** This entry with a domain, and what was bought together with it, under an anchor, as is declared for it. */
    LedgerEntry anchored(String domain, String number, Instant now) {
        return withAnchors((name, held) -> {
            boolean cameWithIt = held.anchor() == null && domain.equals(held.cameWith());
            return name.equals(domain) || cameWithIt
                    ? held.under(new Anchor(number, firstUse(number, now), number, null))
                    : held;
        });
    }

    /** This entry when the platform is going to be asked for another anchor of a domain; null takes that back. */
    LedgerEntry movingAnchor(String domain, @Nullable String to) {
        return withAnchors((name, held) -> {
            var anchor = held.anchor();
            return name.equals(domain) && anchor != null ? held.under(anchor.movingTo(to)) : held;
        });
    }

    /** This entry when the platform has moved all domains of one anchor to another. */
    LedgerEntry movedAnchor(String from, String to, Instant now) {
        var since = firstUse(to, now);
        return withAnchors((_, held) -> {
            var anchor = held.anchor();
            if (anchor == null || !anchor.number().equals(from)) {
                return held;
            }
            return held.under(new Anchor(to, since, to.equals(anchor.movingTo()) ? to : anchor.declared(), null));
        });
    }

    private Instant firstUse(String anchor, Instant now) {
        return domains.values().stream()
                .flatMap(held -> Optional.ofNullable(held.anchor()).stream())
                .filter(a -> a.number().equals(anchor))
                .map(Anchor::since)
                .min(Comparator.naturalOrder())
                .orElse(now);
    }

    /** What a list left out is changed, too: the platform may have it. */
    private LedgerEntry withAnchors(BiFunction<String, Held, Held> change) {
        var changed = new TreeMap<>(domains);
        changed.replaceAll(change);
        var absent = new TreeMap<>(lost);
        absent.replaceAll(change);
        return with(changed).withRemoved(removed, absent);
    }

    /**
     * This entry as a platform's list has it: what is missing there was removed by somebody else, what is new was added by
     * somebody else. What is back is as it was, unless it is being bought anew; but no move of anchors is under way for
     * what is missing, so that there is one at most.
     *
     * @param listed all domains of the binding
     * @param sharesTerm whether the platform's domains share one term; else each has its own end
     * @param years length of the first term, for a term whose start nobody here saw
     */
    LedgerEntry asListed(List<PartnerViews.Domain> listed, boolean sharesTerm, int years, Instant now) {
        var present = new TreeMap<String, Held>();
        for (var domain : listed) {
            var known = known(domain.name()).orElseGet(() -> Held.since(now.truncatedTo(ChronoUnit.SECONDS)));
            present.put(
                    domain.name(),
                    sharesTerm ? known : known.until(domain.expiresAt().orElse(null)));
        }
        var gone = new TreeMap<>(removed);
        var was = new TreeMap<>(lost);
        domains.forEach((domain, held) -> {
            gone.putIfAbsent(domain, now);
            was.put(domain, held.notMoving());
        });
        gone.keySet().removeAll(present.keySet());
        was.keySet().removeAll(present.keySet());
        var end = listed.stream().flatMap(d -> d.expiresAt().stream()).max(Comparator.naturalOrder());
        return with(present).withRemoved(gone, was).with(sharesTerm ? termUntil(end, years) : null);
    }

    private Optional<Held> known(String domain) {
        return Optional.ofNullable(domains.get(domain))
                .or(() -> Optional.ofNullable(lost.get(domain)).filter(_ -> !isAdding(domain)));
    }

    private @Nullable Term termUntil(Optional<Instant> end, int years) {
        return end.map(e -> term == null ? Term.ending(e, years) : new Term(term.startedAt(), e))
                .orElse(term);
    }

    /** The entry as the JSON that the ledger keeps. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws LedgerUnreadableException if it is something else
     */
    public static LedgerEntry fromJson(String json) throws LedgerUnreadableException {
        try {
            return Optional.ofNullable(JSON.readValue(json, LedgerEntry.class))
                    .orElseThrow(() -> new LedgerUnreadableException("it says nothing"));
        } catch (JsonProcessingException e) {
            throw new LedgerUnreadableException(e.getOriginalMessage());
        }
    }
}
