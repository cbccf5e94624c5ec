package dev.caas.subscription;

import dev.caas.api.Reason;
import dev.caas.entitlement.Identifier;
import dev.caas.platform.Anchor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something that a person has to know about the organisation's validation of a domain that can be used all the same. Pure.
 *
 * @param reason of the Event
 * @param text what it is and what to do, without a full stop
 */
record OrganizationNote(Reason reason, String text) {
    private static final Duration AHEAD = Duration.ofDays(30);

    /** All there is to say about a domain; nothing for DV. */
    static List<OrganizationNote> of(Standing.World world, Identifier domain) {
        var anchor = Standing.held(world, domain).anchor();
        return anchor == null
                ? List.of()
                : Stream.of(
                                difference(
                                        anchor, world.subscription().getSpec().organizationValidation()),
                                ending(anchor, world.now()))
                        .flatMap(Optional::stream)
                        .toList();
    }

    /** A platform moves all domains of an anchor: another subscription's declaration may have moved this one's. */
    private static Optional<OrganizationNote> difference(Anchor anchor, @Nullable String declared) {
        return declared == null || anchor.number().equals(declared)
                ? Optional.empty()
                : Optional.of(new OrganizationNote(
                        Reason.Conflict,
                        "spec.organizationValidation is " + declared + ", but the platform has the domain under "
                                + anchor.number() + ": another DomainSubscription of the account declared that,"
                                + " which moved all domains of the old one. Declare " + anchor.number()
                                + " here, too"));
    }

    private static Optional<OrganizationNote> ending(Anchor anchor, Instant now) {
        var end = anchor.endsAt();
        if (now.isBefore(end.minus(AHEAD))) {
            return Optional.empty();
        }
        var limit = Anchor.VALIDITY.toDays() + " days";
        return Optional.of(new OrganizationNote(
                Reason.ValidationEnding,
                (now.isBefore(end)
                                ? "The organisation's validation " + anchor.number() + " has to be renewed by " + end
                                        + " at the latest: it is used here since " + anchor.since() + ", and holds "
                                        + limit + " at most"
                                : "The organisation's validation " + anchor.number() + " is used here since "
                                        + anchor.since() + ", for more than the " + limit
                                        + " that it holds at most: orders may be refused")
                        + ". When it was validated is not known here, which may have been earlier. Have the organisation"
                        + " validated again, and declare the new order number in spec.organizationValidation"));
    }
}
