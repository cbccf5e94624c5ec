package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.SecretTakenException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;

/**
 * Moves domains to the anchor that is declared for them. A platform moves all domains of a binding that have the old
 * anchor. What is about to be moved is recorded before: as a move names the old and the new anchor, asking again after an
 * unknown outcome, or after a kill, moves nothing twice; and it comes before any other move, so that a declaration that
 * changed back meanwhile is not mistaken for one that was never acted on.
 */
public final class AnchorMoves {
    private final Ledger ledger;
    private final Purchases purchases;
    private final AuditLog audit;
    private final Clock clock;

    public AnchorMoves(Ledger ledger, Purchases purchases, AuditLog audit, Clock clock) {
        this.ledger = ledger;
        this.purchases = purchases;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Has a domain under the anchor that is declared for it. Of one whose anchor is not known, because it was not bought
     * from here or the ledger was lost, the declaration is believed.
     *
     * @param domain A-labels, lower case; the account has it
     * @return the entry as it is then
     */
    public LedgerEntry settle(CaaSAccount account, PartnerApi api, String keyId, String domain, String declared)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException, InterruptedException {
        try (var _ = purchases.turn(account)) {
            var entry = finished(account, api, keyId, domain, declared);
            var anchor = entry.anchor(domain);
            if (anchor.isEmpty() || anchor.get().number().equals(declared)) {
                return ledger.change(account, e -> e.anchored(domain, declared, now()));
            }
            return anchor.get().isSettledFor(declared)
                    ? entry
                    : move(account, api, keyId, domain, anchor.get().number(), declared);
        }
    }

    /**
     * Asks again for whatever was under way: one move at most, as no other begins before it is finished. What the platform
     * refuses now it did not do before, since it knows both anchors once it has moved something: then nothing is under way,
     * and whoever declares that finds out when they ask for it themselves. That is now if it is still declared for the same
     * domain: then it stands until they correct it.
     */
    private LedgerEntry finished(CaaSAccount account, PartnerApi api, String keyId, String asked, String declared)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var entry = ledger.entry(account);
        var intent = entry.intent();
        if (intent != null && intent.anchor() != null) {
            throw new PlatformFailure(
                    PlatformFailure.Kind.UNKNOWN_OUTCOME,
                    "it is not known yet whether the platform added '" + intent.domain()
                            + "'; anchors are moved once it is");
        }
        for (var held : entry.domains().entrySet()) {
            var anchor = held.getValue().anchor();
            if (anchor != null && anchor.movingTo() != null) {
                var domain = held.getKey();
                return finish(
                        account,
                        api,
                        keyId,
                        domain,
                        anchor,
                        domain.equals(asked) && anchor.movingTo().equals(declared));
            }
        }
        return entry;
    }

    private LedgerEntry finish(
            CaaSAccount account, PartnerApi api, String keyId, String domain, Anchor anchor, boolean declared)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        var from = anchor.number();
        var to = Objects.requireNonNull(anchor.movingTo());
        try {
            api.moveAnchor(keyId, from, to);
        } catch (PlatformFailure e) {
            if (declared || e.kind() != PlatformFailure.Kind.REFUSED) {
                throw e;
            }
            return ledger.change(account, entry -> entry.movingAnchor(domain, null));
        }
        return moved(account, from, to);
    }

    private LedgerEntry move(CaaSAccount account, PartnerApi api, String keyId, String domain, String from, String to)
            throws PlatformFailure, LedgerUnreadableException, SecretTakenException {
        ledger.change(account, e -> e.movingAnchor(domain, to));
        try {
            if (api.moveAnchor(keyId, from, to) == 0) {
                throw new PlatformFailure(
                        PlatformFailure.Kind.REFUSED,
                        "the platform moved nothing from anchor " + from + " to " + to
                                + ": it has no domain of this binding under " + from
                                + ", which was declared here before; ask it which anchor they have");
            }
        } catch (PlatformFailure e) {
            if (e.kind() != PlatformFailure.Kind.UNKNOWN_OUTCOME) {
                ledger.change(account, entry -> entry.movingAnchor(domain, null));
            }
            throw e;
        }
        return moved(account, from, to);
    }

    private LedgerEntry moved(CaaSAccount account, String from, String to)
            throws LedgerUnreadableException, SecretTakenException {
        audit.record(AuditRecord.Type.ANCHOR_MOVED, account, Map.of("from", from, "to", to));
        return ledger.change(account, e -> e.movedAnchor(from, to, now()));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }
}
