package dev.caas.subscription;

import dev.caas.account.Accounts;
import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import dev.caas.kube.SecretTakenException;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms.Door;
import dev.caas.platform.Purchase;
import dev.caas.platform.Purchases;
import java.util.Optional;

/** Has a subscription's domain bought at the account's platform, if all that is asked for can be had there. */
final class Buyer {
    private final Accounts accounts;
    private final Purchases purchases;

    Buyer(Accounts accounts, Purchases purchases) {
        this.accounts = accounts;
        this.purchases = purchases;
    }

    /** What came of it: how the subscription stands, or what was bought. */
    sealed interface Deal {
        record Bought(dev.caas.platform.LedgerEntry ledger) implements Deal {}

        record Stands(Standing standing) implements Deal {}

        /** Nothing was bought: what it was decided by has changed. */
        record Changed() implements Deal {}
    }

    /** What there is to be seen. */
    interface Look {
        /** As it is now; empty if the subscription is gone. */
        Optional<Standing.World> now() throws LedgerUnreadableException;
    }

    /**
     * Buys it, if that would be decided again when its turn comes.
     *
     * @param world what it was decided by
     */
    Deal buy(Standing.World world, Standing.ToBeAdded wanted, Door.Open door, Look look)
            throws LedgerUnreadableException, SecretTakenException, InterruptedException {
        var account = world.account().orElseThrow();
        try {
            var unsuitable = unsuitable(world.subscription(), account, door);
            if (unsuitable.isPresent()) {
                return new Deal.Stands(unsuitable.get());
            }
            var outcome = purchases.buy(
                    account,
                    door.api(),
                    purchase(world.subscription(), account, wanted.domain().text()),
                    () -> look.now().filter(now -> isStillWanted(world, now)).flatMap(Buyer::approval));
            return switch (outcome) {
                case Purchases.Outcome.Done(var ledger) -> new Deal.Bought(ledger);
                case Purchases.Outcome.AwaitingApproval(var quote) ->
                    new Deal.Stands(new Standing.AwaitingApproval(Optional.of(quote)));
                case Purchases.Outcome.WithoutPrice() ->
                    new Deal.Stands(new Standing.AwaitingApproval(Optional.empty()));
                case Purchases.Outcome.Unwanted() -> new Deal.Changed();
                case Purchases.Outcome.Unlisted(var message) ->
                    new Deal.Stands(new Standing.Refused(Reason.NotListed, message));
                case Purchases.Outcome.Unsettled(var until) ->
                    new Deal.Stands(new Standing.Unsettled(
                            "it is not known yet whether the platform added the domain; it is asked again", until));
            };
        } catch (PlatformFailure e) {
            return new Deal.Stands(
                    e.isPassing()
                            ? new Standing.PlatformAway(e.reason(), e.text())
                            : new Standing.Refused(e.reason(), e.text()));
        }
    }

    private static boolean isStillWanted(Standing.World before, Standing.World now) {
        return now.isDeclaredAs(before) && Standing.of(now) instanceof Standing.ToBeAdded;
    }

    private static Optional<Purchases.Approval> approval(Standing.World world) {
        return world.door() instanceof Door.Open door
                ? Optional.of(new Purchases.Approval(
                        door.needsApproval(), world.subscription().getSpec().approvedCost()))
                : Optional.empty();
    }

    private Purchase purchase(DomainSubscription subscription, CaaSAccount account, String domain) {
        var spec = subscription.getSpec();
        return new Purchase.Domain(
                accounts.keyId(account).orElseThrow(),
                domain,
                spec.includeAssociated(),
                Optional.ofNullable(spec.organizationValidation()),
                account.getSpec().initialYears());
    }

    /** What is asked for and cannot be had: said before anything is paid. */
    static Optional<Standing> unsuitable(DomainSubscription subscription, CaaSAccount account, Door.Open door)
            throws PlatformFailure {
        var spec = subscription.getSpec();
        var can = door.api().capabilities();
        if (spec.includeAssociated() && !can.contains(Capability.ASSOCIATED_NAMES)) {
            return refused(
                    Reason.Unsupported,
                    "spec.includeAssociated: this platform cannot; subscribe the associated name by a"
                            + " DomainSubscription of its own");
        }
        if (spec.validationType() == ValidationType.OV && !can.contains(Capability.ORGANIZATION_VALIDATION)) {
            return refused(
                    Reason.Unsupported,
                    "spec.validationType: this platform knows no organisation validation; use DV, or another platform");
        }
        return can.contains(Capability.SERVERS)
                ? unsuitableServer(spec.validationType(), account, door)
                : Optional.empty();
    }

    /** A server issues one type: names of another cannot be had from it, whatever was paid for them. */
    private static Optional<Standing> unsuitableServer(ValidationType wanted, CaaSAccount account, Door.Open door)
            throws PlatformFailure {
        var servers = door.api().servers();
        var own = servers.stream()
                .filter(s -> s.url().equals(account.getSpec().server()))
                .findFirst();
        if (own.flatMap(s -> s.validationType()).filter(t -> t != wanted).isEmpty()) {
            return Optional.empty();
        }
        var suitable = servers.stream()
                .filter(s -> s.validationType().filter(t -> t == wanted).isPresent())
                .map(s -> s.url())
                .toList();
        return refused(
                Reason.InvalidSpec,
                "spec.validationType: server " + account.getSpec().server() + " of CaaSAccount '"
                        + account.getMetadata().getName() + "' does not issue " + wanted
                        + (suitable.isEmpty()
                                ? "; the platform offers no server that does"
                                : "; subscribe it under an account of " + String.join(" or ", suitable)));
    }

    private static Optional<Standing> refused(Reason reason, String message) {
        return Optional.of(new Standing.Refused(reason, message));
    }
}
