package dev.caas.subscription;

import dev.caas.account.Accounts;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import dev.caas.entitlement.Identifier;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.AnchorMoves;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms.Door;
import java.util.Optional;

/** Has an added domain under the organisation's validation that is declared for it. */
final class Anchoring {
    private final Accounts accounts;
    private final AnchorMoves moves;

    Anchoring(Accounts accounts, AnchorMoves moves) {
        this.accounts = accounts;
        this.moves = moves;
    }

    /** What came of it: what the ledger has then, or how the subscription stands. */
    sealed interface Outcome {
        record Settled(LedgerEntry ledger) implements Outcome {}

        record Stands(Standing standing) implements Outcome {}
    }

    /** Whether there is anything to do. One that nothing is issued for is left as it is. */
    static boolean isDue(Standing.World world, Standing.Added added) {
        var spec = world.subscription().getSpec();
        if (spec.validationType() != ValidationType.OV || added.state() != Standing.State.ACTIVE) {
            return false;
        }
        var anchor = Standing.held(world, added.domain()).anchor();
        return anchor == null || !anchor.isSettledFor(declared(spec));
    }

    Outcome settle(Standing.World world, Identifier domain)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        if (!(world.door() instanceof Door.Open door)) {
            return new Outcome.Stands(new Standing.Refused(
                    Reason.Unsupported,
                    "spec.validationType: OV needs an account with platformRef; the built-in ledger knows no"
                            + " organisations"));
        }
        var account = world.account().orElseThrow();
        try {
            var unsuitable = Buyer.unsuitable(world.subscription(), account, door);
            if (unsuitable.isPresent()) {
                return new Outcome.Stands(unsuitable.get());
            }
            return new Outcome.Settled(moves.settle(
                    account,
                    door.api(),
                    accounts.keyId(account).orElseThrow(),
                    domain.text(),
                    declared(world.subscription().getSpec())));
        } catch (PlatformFailure e) {
            return new Outcome.Stands(new Standing.NotAnchored(domain, e.reason(), e.text(), e.isPassing()));
        }
    }

    /** Admission demands it for OV. */
    private static String declared(DomainSubscriptionSpec spec) {
        return Optional.ofNullable(spec.organizationValidation()).orElseThrow();
    }
}
