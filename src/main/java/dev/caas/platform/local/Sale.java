package dev.caas.platform.local;

import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.api.Money;
import dev.caas.platform.Held;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import dev.caas.platform.Term;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is made of what a binding has, and what it costs. Pure: quoting and buying are the same up to the write.
 *
 * @param after what the binding has when it is paid
 * @param cost null where nothing has a price
 */
record Sale(LedgerEntry after, @Nullable Money cost) {

    /**
     * Offers what is asked for.
     *
     * @param prices null where nothing has a price
     */
    static Sale of(LedgerEntry before, Purchase purchase, @Nullable Prices prices, Instant now) throws PlatformFailure {
        return switch (purchase) {
            case Purchase.Domain domain -> domain(before, domain, prices, now);
            case Purchase.Year year -> year(before, year, prices, now);
        };
    }

    /** The first domain starts the term; a later one shares its end. */
    private static Sale domain(LedgerEntry before, Purchase.Domain domain, @Nullable Prices prices, Instant now)
            throws PlatformFailure {
        var names = missing(before, domain);
        var term = Optional.ofNullable(before.term()).orElseGet(() -> Term.start(now, domain.firstYears()));
        if (term.state(now) != TermStatus.State.Active) {
            throw new PlatformFailure(
                    Kind.TERM,
                    "the term of this binding ended at " + term.expiresAt()
                            + ", nothing can be added to it: extend it, which is possible until "
                            + term.window().closesAt() + ", or use another binding");
        }
        var cost = prices == null ? null : prices.untilEnd(term, names, now);
        var domains = new TreeMap<>(before.domains());
        names.forEach(name -> domains.put(name, Held.since(now)));
        // What was paid is on record once, at what was asked for.
        domains.put(names.getFirst(), new Held(now, null, null, cost, null, null, null));
        return new Sale(with(before, term, domains), cost);
    }

    /** The names that are to be paid for: what the binding has already is not sold again. */
    private static List<String> missing(LedgerEntry before, Purchase.Domain domain) throws PlatformFailure {
        if (domain.anchor().isPresent()) {
            throw LocalPlatform.unsupported("organisation validation (OV)");
        }
        if (domain.withAssociated()
                && (domain.name().startsWith("*.") || domain.associated().isEmpty())) {
            throw new PlatformFailure(
                    Kind.REFUSED, domain.name() + " has no associated name: leave includeAssociated out");
        }
        var names = Stream.concat(Stream.of(domain.name()), domain.associated().stream());
        var missing = names.filter(name -> !before.domains().containsKey(name)).toList();
        if (missing.isEmpty()) {
            throw new PlatformFailure(Kind.REFUSED, "this binding has " + domain.name() + " already");
        }
        return missing;
    }

    /** Asked for twice from the same end, it is sold once. */
    private static Sale year(LedgerEntry before, Purchase.Year year, @Nullable Prices prices, Instant now)
            throws PlatformFailure {
        var term = before.term();
        if (term == null) {
            throw new PlatformFailure(
                    Kind.TERM, "there is no term to extend: the first domain of this binding starts it");
        }
        if (term.expiresAt().isAfter(year.from())) {
            throw new PlatformFailure(
                    Kind.TERM,
                    "the term of this binding ends at " + term.expiresAt() + " and no longer at " + year.from()
                            + ": it was extended meanwhile");
        }
        if (!term.isExtendable(now)) {
            throw new PlatformFailure(
                    Kind.TERM,
                    "the term of this binding ends at " + term.expiresAt() + " and can be extended from "
                            + term.window().opensAt() + " to " + term.window().closesAt());
        }
        var cost = prices == null ? null : prices.year(before.domains().keySet());
        return new Sale(with(before, term.oneYearLonger(), before.domains()), cost);
    }

    /**
     * Takes a domain back; nothing is refunded.
     *
     * @param domain A-labels, lower case
     */
    static Sale without(LedgerEntry before, String domain) throws PlatformFailure {
        var domains = new TreeMap<>(before.domains());
        if (domains.remove(domain) == null) {
            throw new PlatformFailure(Kind.REFUSED, "this binding has no domain " + domain);
        }
        return new Sale(with(before, before.term(), domains), null);
    }

    private static LedgerEntry with(LedgerEntry before, @Nullable Term term, SortedMap<String, Held> domains) {
        return new LedgerEntry(
                term,
                domains,
                before.removed(),
                before.intent(),
                before.applied(),
                before.suspendedBecause(),
                before.lost());
    }
}
