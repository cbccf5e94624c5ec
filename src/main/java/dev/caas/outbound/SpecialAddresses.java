package dev.caas.outbound;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The addresses that are not public, from IANA's special-purpose address registries (RFC 6890): reaching one from the
 * operator's pod reaches something the tenant could not. IPv6 is judged the safe way round: what is outside
 * {@code 2000::/3} is not public.
 */
final class SpecialAddresses {
    private static final List<Special> SPECIAL = List.of(
            special("127.0.0.0/8", "a loopback address"),
            special("10.0.0.0/8", "a private address"),
            special("172.16.0.0/12", "a private address"),
            special("192.168.0.0/16", "a private address"),
            special("100.64.0.0/10", "a shared (carrier-grade NAT) address"),
            special("169.254.0.0/16", "a link-local address"),
            special("0.0.0.0/8", "an unspecified address"),
            special("192.0.0.0/24", "an address reserved for protocols"),
            special("192.0.2.0/24", "a documentation address"),
            special("198.51.100.0/24", "a documentation address"),
            special("203.0.113.0/24", "a documentation address"),
            special("198.18.0.0/15", "a benchmarking address"),
            special("192.88.99.0/24", "a 6to4 relay address"),
            special("224.0.0.0/4", "a multicast address"),
            special("255.255.255.255", "the broadcast address"),
            special("240.0.0.0/4", "a reserved address"),
            special("::1", "a loopback address"),
            special("::", "the unspecified address"),
            special("fe80::/10", "a link-local address"),
            special("fec0::/10", "a site-local address"),
            special("fc00::/7", "a private (unique local) address"),
            special("ff00::/8", "a multicast address"),
            special("2001:db8::/32", "a documentation address"),
            special("3fff::/20", "a documentation address"),
            special("2001::/23", "an address reserved for protocols"));

    private static final AddressRange GLOBAL_UNICAST = AddressRange.parse("2000::/3");

    /** RFC 6052: the IPv4 address is in the last four octets. */
    private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96");

    /** RFC 3056: the IPv4 address is in octets 2 to 5. */
    private static final AddressRange SIX_TO_FOUR = AddressRange.parse("2002::/16");

    private SpecialAddresses() {}

    /**
     * The address that a packet to this one ends up at: the IPv4 address inside a NAT64 or 6to4 address, otherwise the
     * address itself. (The JDK has turned IPv4-mapped addresses into IPv4 ones already.)
     */
    static InetAddress effective(InetAddress address) {
        if (address instanceof Inet6Address) {
            byte[] octets = address.getAddress();
            if (NAT64.contains(address)) {
                return ipv4(Arrays.copyOfRange(octets, 12, 16));
            }
            if (SIX_TO_FOUR.contains(address)) {
                return ipv4(Arrays.copyOfRange(octets, 2, 6));
            }
        }
        return address;
    }

    /** What is special about an {@linkplain #effective effective} address, or empty when it is public. */
    static Optional<String> kindOf(InetAddress address) {
        for (Special special : SPECIAL) {
            if (special.range().contains(address)) {
                return Optional.of(special.kind());
            }
        }
        return address instanceof Inet4Address || GLOBAL_UNICAST.contains(address)
                ? Optional.empty()
                : Optional.of("not a global unicast address");
    }

    private static InetAddress ipv4(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four octets are an IPv4 address", e);
        }
    }

    private static Special special(String range, String kind) {
        return new Special(AddressRange.parse(range), kind);
    }

    private record Special(AddressRange range, String kind) {}
}
