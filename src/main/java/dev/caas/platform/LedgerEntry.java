package dev.caas.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger knows of one account.
 *
 * @param term the term; null before the first domain
 * @param domains when each domain (A-labels, lower case) was added
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LedgerEntry(@Nullable Term term, SortedMap<String, Instant> domains) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    public LedgerEntry {
        domains = domains == null ? new TreeMap<>() : new TreeMap<>(domains);
    }

    /** The entry of an account that has nothing yet. */
    public static LedgerEntry empty() {
        return new LedgerEntry(null, new TreeMap<>());
    }

    /** When nothing may be issued any more; empty before the first domain. */
    public Optional<Instant> endsAt() {
        return Optional.ofNullable(term).map(Term::expiresAt);
    }

    /** This entry with one more domain and, if it is the first, with a term. */
    LedgerEntry with(String domain, Instant now, Term firstTerm) {
        var more = new TreeMap<>(domains);
        more.putIfAbsent(domain, now);
        return new LedgerEntry(term == null ? firstTerm : term, more);
    }

    LedgerEntry with(Term extended) {
        return new LedgerEntry(extended, domains);
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
