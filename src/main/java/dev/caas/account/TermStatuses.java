package dev.caas.account;

import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.platform.LedgerEntry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Shows a ledger entry's term in status. */
final class TermStatuses {
    private TermStatuses() {}

    /**
     * The term as the ledger has it. A ledger without one was lost if the status knows of a term: that is kept, because
     * the ledger is written again from it.
     */
    static TermStatus of(LedgerEntry entry, @Nullable TermStatus known, Instant now) {
        var term = entry.term();
        if (term == null) {
            return known == null ? new TermStatus(TermStatus.State.None, null, null, null) : known;
        }
        return new TermStatus(term.state(now), term.startedAt(), term.expiresAt(), term.window());
    }
}
