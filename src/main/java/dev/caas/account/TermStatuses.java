package dev.caas.account;

import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.platform.LedgerEntry;
import java.time.Instant;

/** Shows a ledger entry's term in status. */
final class TermStatuses {
    private TermStatuses() {}

    static TermStatus of(LedgerEntry entry, Instant now) {
        var term = entry.term();
        return term == null
                ? new TermStatus(TermStatus.State.None, null, null, null)
                : new TermStatus(term.state(now), term.startedAt(), term.expiresAt(), term.window());
    }
}
