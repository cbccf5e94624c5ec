package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.entitlement.InvalidDurationException;
import dev.caas.kube.Conditions;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.Ledger;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.Platforms.Door;
import dev.caas.platform.Term;
import dev.caas.platform.TermPlan;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks after the terms of accounts: says when a year is due, extends what the built-in ledger keeps, and warns of what
 * comes. A term runs on while an account is suspended, so all of that goes on, too: what is declared paid is declared.
 */
final class Terms {
    private final Accounts accounts;
    private final Ledger ledger;
    private final Attempts attempts;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;

    Terms(Accounts accounts, Ledger ledger, Attempts attempts, EventRecorder events, AuditLog audit, Clock clock) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.attempts = attempts;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * A term as it stands.
     *
     * @param warning what it is about to do, for people
     * @param nextLook when it stands otherwise; empty if nothing changes any more
     */
    record Outlook(LedgerEntry entry, Optional<String> warning, Optional<Instant> nextLook) {}

    /** The end from which the term is to be extended now; empty if it is not. */
    Optional<Instant> due(CaaSAccount account) throws LedgerUnreadableException {
        return due(account, ledger.entry(account));
    }

    private Optional<Instant> due(CaaSAccount account, LedgerEntry entry) {
        return Optional.ofNullable(entry.term())
                .filter(term -> plan(account, term).at(clock.instant()).due())
                .map(Term::expiresAt);
    }

    /** The ledger's entry; the built-in one after an extension, if one is due. */
    LedgerEntry extended(CaaSAccount account, Door door) throws LedgerUnreadableException, SecretTakenException {
        var before = ledger.entry(account);
        var due = due(account, before);
        if (!(door instanceof Door.BuiltIn) || due.isEmpty()) {
            return before;
        }
        var after = ledger.extend(account, due.get());
        if (!after.equals(before)) {
            audit.record(
                    AuditRecord.Type.TERM_EXTENDED,
                    account,
                    Map.of("expiresAt", after.endsAt().map(Instant::toString).orElse("")));
        }
        return after;
    }

    /** The same, with what is to be said about it; an Event says it when it is news. */
    Outlook outlook(CaaSAccount account, Door door) throws LedgerUnreadableException, SecretTakenException {
        var entry = extended(account, door);
        var plan = Optional.ofNullable(entry.term()).map(term -> plan(account, term));
        var warning = plan.map(p -> p.at(clock.instant()))
                .flatMap(o -> Optional.ofNullable(o.warning())
                        .map(w -> TermWarnings.text(w, unused(account, entry), refusal(account, o)) + hindrance(door)));
        warning.filter(text -> !AccountStatuses.conditions(account).says(Conditions.TERM_ENDING, text))
                .ifPresent(text -> events.warning(account, Reason.TermEnding, "Extend", text));
        return new Outlook(entry, warning, plan.flatMap(p -> p.nextLook(clock.instant())));
    }

    /** What keeps a due extension from being made, if anything is known to. */
    private Optional<Reason> refusal(CaaSAccount account, TermPlan.Outlook outlook) {
        return attempts.last(account, Attempts.Act.EXTENSION)
                .filter(_ -> outlook.due())
                .map(f -> f.trouble().reason());
    }

    private static String hindrance(Door door) {
        return door instanceof Door.Closed closed ? "; nothing can be extended meanwhile: " + closed.message() : "";
    }

    private List<String> unused(CaaSAccount account, LedgerEntry entry) {
        return entry.domains().keySet().stream()
                .filter(domain -> !accounts.isUsed(ObjectName.of(account), domain))
                .toList();
    }

    /** These conditions with the warning, or without one. */
    Conditions shown(Conditions conditions, CaaSAccount account, Outlook outlook) {
        return outlook.warning()
                .map(text -> conditions.with(
                        Conditions.TERM_ENDING,
                        true,
                        Reason.TermEnding,
                        text,
                        account.getMetadata().getGeneration(),
                        clock.instant()))
                .orElse(conditions.without(Conditions.TERM_ENDING));
    }

    /** The schema lets only durations in that can be read. */
    private static TermPlan plan(CaaSAccount account, Term term) {
        try {
            var plan = TermPlan.of(term, account.getSpec().term());
            return account.getSpec().platformRef() == null
                    ? plan
                    : plan.spread(account.getMetadata().getUid());
        } catch (InvalidDurationException e) {
            throw new IllegalStateException(e);
        }
    }
}
