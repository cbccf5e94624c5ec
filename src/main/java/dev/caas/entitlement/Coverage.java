package dev.caas.entitlement;

/**
 * Which names a subscribed domain pays for: {@code a.z} covers itself, {@code *.z} only the wildcard name; with
 * {@code coversSubdomains} either covers every name and wildcard below {@code z}, and {@code z} itself only when the
 * domain is {@code z} (design.md section 2).
 */
public final class Coverage {
    private Coverage() {}

    /** Whether a name is covered by one subscribed domain. */
    public static boolean covers(DomainName subscribed, boolean coversSubdomains, DomainName name) {
        return name.equals(subscribed) || (coversSubdomains && name.isBelow(subscribed.base()));
    }
}
