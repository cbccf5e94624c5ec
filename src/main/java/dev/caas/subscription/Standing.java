package dev.caas.subscription;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.Money;
import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kube.Conditions;
import dev.caas.kube.Declared;
import dev.caas.platform.Held;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.Platforms;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** How a subscription stands, decided from what can be seen. Pure. */
sealed interface Standing {

    /** Nothing happens until somebody changes something. */
    record Refused(Reason reason, String message) implements Standing {}

    /** It will be added once nothing stops that any more. */
    record Waiting(Reason reason, String message) implements Standing {}

    /** It has to be put on the ledger. */
    record ToBeAdded(Identifier domain) implements Standing {}

    /**
     * Nobody agreed yet to what it costs.
     *
     * @param quote empty where the platform tells no prices
     */
    record AwaitingApproval(Optional<Money> quote) implements Standing {}

    /** It was asked for, and nobody knows yet whether it was done. */
    record Unsettled(String message, Instant until) implements Standing {}

    /** The platform did not answer. */
    record PlatformAway(Reason reason, String message) implements Standing {}

    /** It was on the ledger, and somebody removed it at the platform. */
    record Removed(Identifier domain, Instant seenAt) implements Standing {}

    /** It is on the ledger, and can be used, but not under the organisation's validation that is declared. */
    record NotAnchored(Identifier domain, Reason reason, String message, boolean passing) implements Standing {}

    /** It is on the ledger, and somebody holds it back: nothing is ordered for its names. */
    record HeldBack(Identifier domain, Reason reason, String message) implements Standing {}

    /** It is on the ledger. */
    record Added(Identifier domain, State state) implements Standing {}

    /** What an added subscription is good for. */
    enum State {
        ACTIVE,
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

        /** Whether nothing was declared otherwise in between. */
        boolean isDeclaredAs(World other) {
            return declarations().equals(other.declarations());
        }

        private List<Declared> declarations() {
            return Stream.<Optional<? extends HasMetadata>>of(
                            Optional.of(subscription),
                            account,
                            door instanceof Platforms.Door.Open open ? Optional.of(open.platform()) : Optional.empty())
                    .flatMap(Optional::stream)
                    .map(Declared::by)
                    .toList();
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
            return new Waiting(
                    Reason.AccountNotReady,
                    "CaaSAccount '" + spec.accountRef().name()
                            + "' does not exist in this namespace; create it, or subscribe under another account");
        }
        if (!world.ledger().domains().containsKey(domain.text())) {
            if (!world.accountRegistered()) {
                return new Waiting(
                        Reason.AccountNotReady,
                        "CaaSAccount '" + spec.accountRef().name()
                                + "' is not registered yet; see its conditions. The domain is added, and its term starts, then");
            }
            var removedAt = world.ledger().removed().get(domain.text());
            if (removedAt != null && isOlder(world.subscription(), removedAt)) {
                return new Removed(domain, removedAt);
            }
            boolean over = world.ledger()
                    .endsAt()
                    .filter(end -> !world.now().isBefore(end))
                    .isPresent();
            if (over) {
                return new Refused(
                        Reason.SubscriptionExpired,
                        "the account's term has ended, nothing can be added; extend it with spec.term.paidThrough");
            }
            return stopped(world, world.account().get()).orElseGet(() -> new ToBeAdded(domain));
        }
        var anchor = held(world, domain).anchor();
        if (anchor != null && spec.validationType() == ValidationType.DV) {
            return new Refused(
                    Reason.InvalidSpec,
                    "spec.validationType: the platform has '" + domain + "' under the organisation's validation "
                            + anchor.number() + "; subscribe it as OV with that, or have it removed first");
        }
        return added(world, domain, world.account().get());
    }

    /** The API server tells only the second of a creation: an object of that very second is known by what it had. */
    private static boolean isOlder(DomainSubscription subscription, Instant than) {
        var second = than.truncatedTo(ChronoUnit.SECONDS);
        var created = Instant.parse(subscription.getMetadata().getCreationTimestamp());
        return created.isBefore(second) || (created.equals(second) && hadIt(subscription));
    }

    private static boolean hadIt(DomainSubscription subscription) {
        var status = subscription.getStatus();
        return status != null && (status.addedAt() != null || status.state() == DomainSubscriptionStatus.State.Removed);
    }

    /** Why no money is spent on it although everything else is there: what nobody may use is not bought. */
    private static Optional<Standing> stopped(World world, CaaSAccount account) {
        var name = "CaaSAccount '" + account.getMetadata().getName() + "'";
        if (world.subscription().isMarkedForDeletion() || account.isMarkedForDeletion()) {
            return waiting(Reason.AccountNotReady, "this object or " + name + " is being deleted: nothing is added");
        }
        if (isInConflict(account)) {
            return waiting(
                    Reason.AccountNotReady,
                    name + " uses the binding of another account; see its conditions. The domain is added when that is"
                            + " settled");
        }
        return heldBack(world, account)
                .filter(_ -> !(world.door() instanceof Platforms.Door.Closed))
                .map(h -> new Waiting(h.reason, h.message + "; the domain is added then"));
    }

    private static Optional<Standing> waiting(Reason reason, String message) {
        return Optional.of(new Waiting(reason, message));
    }

    private static boolean isInConflict(CaaSAccount account) {
        return account.getStatus() != null
                && new Conditions(account.getStatus().conditions()).hasReason(Conditions.READY, Reason.Conflict);
    }

    private static Standing added(World world, Identifier domain, CaaSAccount account) {
        boolean over = world.ledger()
                .endsAt()
                .filter(end -> !world.now().isBefore(end))
                .isPresent();
        if (over || !held(world, domain).isUsable(world.now())) {
            return new Added(domain, State.EXPIRED);
        }
        return heldBack(world, account)
                .<Standing>map(h -> new HeldBack(domain, h.reason, h.message + "; nothing is ordered for its names"))
                .orElseGet(() -> new Added(domain, State.ACTIVE));
    }

    /** Who holds back what is subscribed, and how that ends: nearest first. */
    private static Optional<Hindrance> heldBack(World world, CaaSAccount account) {
        var name = "CaaSAccount '" + account.getMetadata().getName() + "'";
        if (world.subscription().getSpec().state() == DomainSubscriptionSpec.State.Suspended) {
            return Optional.of(new Hindrance(
                    Reason.Suspended, "this subscription is suspended: set its spec.state to Active to go on"));
        }
        return switch (account.getSpec().state()) {
            case Suspended ->
                Optional.of(
                        new Hindrance(Reason.Suspended, name + " is suspended: set its spec.state to Active to go on"));
            case Deactivated ->
                Optional.of(new Hindrance(
                        Reason.Deactivated, name + " is deactivated, for ever: subscribe under another account"));
            case Active ->
                world.door() instanceof Platforms.Door.Closed(var reason, var message)
                        ? Optional.of(new Hindrance(reason, message))
                        : Optional.ofNullable(world.ledger().suspendedBecause())
                                .map(because -> new Hindrance(Reason.Suspended, name + " " + because));
        };
    }

    /** What has to change, in words that "; ..." can follow. */
    record Hindrance(Reason reason, String message) {}
}
