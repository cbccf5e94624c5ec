package dev.caas.entitlement;

import dev.caas.api.DomainSubscriptionSpec;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which identifiers a subscribed one pays for: an address covers itself, as {@code a.z} does, {@code *.z} only the wildcard name; with
 * {@code coversSubdomains} either covers every name and wildcard below {@code z}, and {@code z} itself only when the
 * domain is {@code z} (design.md section 2).
 */
public final class Coverage {
    private Coverage() {}

    /** What a platform has for a subscription: the domain first, and its associated name if that is subscribed, too. */
    public static List<Identifier> subscribed(DomainSubscriptionSpec spec) throws InvalidNameException {
        var domain = Identifier.parse(spec.domain());
        return domain instanceof DomainName name && spec.includeAssociated()
                ? Stream.concat(Stream.of(domain), name.associated().stream()).toList()
                : List.of(domain);
    }

    /** Whether a name or address is covered by one that is subscribed. */
    public static boolean covers(Identifier subscribed, boolean coversSubdomains, Identifier wanted) {
        return wanted.equals(subscribed)
                || (coversSubdomains
                        && subscribed instanceof DomainName zone
                        && wanted instanceof DomainName name
                        && name.isBelow(zone.base()));
    }
}
