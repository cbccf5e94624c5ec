package dev.caas.entitlement;

import com.google.common.net.InetAddresses;

/**
 * An IP address as orders carry it (RFC 8738 section 3): IPv4 as four numbers, IPv6 as RFC 5952 writes it. An IPv4 address
 * in the dress of IPv6 ({@code ::ffff:192.0.2.1}) is that IPv4 address. Which addresses are public is for the CA to say.
 *
 * @param text the address in that form
 */
public record IpAddress(String text) implements Identifier {

    /** @throws IllegalArgumentException when it is not in the form described above; texts of people go to parse */
    public IpAddress {
        if (!isOne(text) || !canonical(text).equals(text)) {
            throw new IllegalArgumentException("'" + InvalidNameException.printable(text) + "' is no IP address");
        }
    }

    /** Whether a text can be read as an address. One with a zone ({@code fe80::1%eth0}) means something on one link only. */
    public static boolean isOne(String text) {
        return text.indexOf('%') < 0 && InetAddresses.isInetAddress(text);
    }

    /** Reads what people write: any spelling of one address, without brackets, port or zone. */
    public static IpAddress parse(String text) throws InvalidNameException {
        if (!isOne(text)) {
            throw new InvalidNameException(
                    text,
                    "is no IP address; write one such as 192.0.2.1 or 2001:db8::1, without brackets, port or zone");
        }
        return new IpAddress(canonical(text));
    }

    private static String canonical(String text) {
        return InetAddresses.toAddrString(InetAddresses.forString(text));
    }

    @Override
    public boolean isWildcard() {
        return false;
    }

    @Override
    public boolean isPublicSuffix() {
        return false;
    }

    @Override
    public String toString() {
        return text;
    }
}
