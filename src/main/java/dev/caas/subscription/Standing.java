package dev.caas.subscription;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.Money;
import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.platform.Held;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.Platforms;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** How a subscription stands, decided from what can be seen. Pure. */
sealed interface Standing {

    /** Nothing happens until somebody changes something. */
    record Refused(Reason reason, String message) implements Standing {}

    /** It will be added once the account can be used. */
    record Waiting(String message) implements Standing {}

    /** It has to be put on the ledger. */
    record ToBeAdded(Identifier domain) implements Standing {}

    /** Nobody agreed yet to what it costs. */
    record AwaitingApproval(Money quote) implements Standing {}

    /** It was asked for, and nobody knows yet whether it was done. */
    record Unsettled(String message, Instant until) implements Standing {}

    /** The platform did not answer. */
    record PlatformAway(Reason reason, String message) implements Standing {}

    /** It was on the ledger, and somebody removed it at the platform. */
    record Removed(Identifier domain, Instant seenAt) implements Standing {}

    /** It is on the ledger, and can be used, but not under the organisation's validation that is declared. */
    record NotAnchored(Identifier domain, Reason reason, String message, boolean passing) implements Standing {}

    /** It is on the ledger. */
    record Added(Identifier domain, State state) implements Standing {}

    /** What an added subscription is good for. */
    enum State {
        ACTIVE,
        SUSPENDED,
        EXPIRED
    }

    /** What a reconcile sees. */
    record World(
            DomainSubscription subscription,
            Optional<CaaSAccount> account,
            boolean accountRegistered,
            List<DomainSubscription> siblings,
            Platforms.Door door,
            LedgerEntry ledger,
            Instant now) {
        World with(LedgerEntry other) {
            return new World(subscription, account, accountRegistered, siblings, door, other, now);
        }
    }

    /** What the ledger has of a domain that is on it. */
    static Held held(World world, Identifier domain) {
        return Objects.requireNonNull(world.ledger().domains().get(domain.text()));
    }

    static Standing of(World world) {
        var spec = world.subscription().getSpec();
        Identifier domain;
        try {
            domain = Identifier.parse(spec.domain());
        } catch (InvalidNameException e) {
            return new Refused(Reason.InvalidSpec, "spec.domain: " + e.getMessage());
        }
        if (domain.isPublicSuffix()) {
            return new Refused(
                    Reason.InvalidSpec,
                    "spec.domain: '" + domain
                            + "' is a public suffix, under which many owners register names; subscribe a"
                            + " domain of your own below it");
        }
        var twin = Seniority.elder(world.subscription(), world.siblings());
        if (twin.isPresent()) {
            return new Refused(
                    Reason.Conflict,
                    "DomainSubscription '" + twin.get().getMetadata().getName() + "' already subscribes '" + domain
                            + "' for this account; delete one of the two");
        }
        if (world.account().isEmpty()) {
            return new Waiting("CaaSAccount '" + spec.accountRef().name()
                    + "' does not exist in this namespace; create it, or subscribe under another account");
        }
        if (!world.ledger().domains().containsKey(domain.text())) {
            if (!world.accountRegistered()) {
                return new Waiting(
                        "CaaSAccount '" + spec.accountRef().name()
                                + "' is not registered yet; see its conditions. The domain is added, and its term starts, then");
            }
            var removedAt = world.ledger().removed().get(domain.text());
            if (removedAt != null && createdAt(world.subscription()).isBefore(removedAt)) {
                return new Removed(domain, removedAt);
            }
            boolean over = world.ledger()
                    .endsAt()
                    .filter(end -> !world.now().isBefore(end))
                    .isPresent();
            return over
                    ? new Refused(
                            Reason.SubscriptionExpired,
                            "the account's term has ended, nothing can be added; extend it with spec.term.paidThrough")
                    : new ToBeAdded(domain);
        }
        var anchor = held(world, domain).anchor();
        if (anchor != null && spec.validationType() == ValidationType.DV) {
            return new Refused(
                    Reason.InvalidSpec,
                    "spec.validationType: the platform has '" + domain + "' under the organisation's validation "
                            + anchor.number() + "; subscribe it as OV with that, or have it removed first");
        }
        return new Added(domain, state(world, domain, world.account().get()));
    }

    private static Instant createdAt(DomainSubscription subscription) {
        return Instant.parse(subscription.getMetadata().getCreationTimestamp());
    }

    private static State state(World world, Identifier domain, CaaSAccount account) {
        boolean over = world.ledger()
                .endsAt()
                .filter(end -> !world.now().isBefore(end))
                .isPresent();
        if (over || !held(world, domain).isUsable(world.now())) {
            return State.EXPIRED;
        }
        return world.subscription().getSpec().state() == DomainSubscriptionSpec.State.Suspended
                        || account.getSpec().state() != CaaSAccountSpec.State.Active
                        || world.ledger().suspendedBecause() != null
                        || world.door() instanceof Platforms.Door.Closed
                ? State.SUSPENDED
                : State.ACTIVE;
    }
}
