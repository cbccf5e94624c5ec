package dev.caas.entitlement;

/**
 * Which identifiers a subscribed one pays for: an address covers itself, as {@code a.z} does, {@code *.z} only the wildcard name; with
 * {@code coversSubdomains} either covers every name and wildcard below {@code z}, and {@code z} itself only when the
 * domain is {@code z} (design.md section 2).
 */
public final class Coverage {
    private Coverage() {}

    /** Whether a name or address is covered by one that is subscribed. */
    public static boolean covers(Identifier subscribed, boolean coversSubdomains, Identifier wanted) {
        return wanted.equals(subscribed)
                || (coversSubdomains
                        && subscribed instanceof DomainName zone
                        && wanted instanceof DomainName name
                        && name.isBelow(zone.base()));
    }
}
