package dev.caas.outbound;

import java.net.InetAddress;
import java.util.Arrays;

/** A range of IPv4 or IPv6 addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3). */
record AddressRange(InetAddress network, int prefixLength) {
    AddressRange {
        int bits = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " is not between 0 and " + bits);
        }
        if (!Arrays.equals(masked(network.getAddress(), prefixLength), network.getAddress())) {
            throw new IllegalArgumentException(
                    network.getHostAddress() + "/" + prefixLength + " has bits set behind its prefix");
        }
    }

    /**
     * Reads {@code 10.0.0.0/8}, {@code fd00::/8}, or a single address.
     *
     * @throws IllegalArgumentException when it is neither, or has bits set behind the prefix
     */
    static AddressRange parse(String cidr) {
        int slash = cidr.indexOf('/');
        InetAddress network = InetAddress.ofLiteral(slash < 0 ? cidr : cidr.substring(0, slash));
        int bits = network.getAddress().length * Byte.SIZE;
        return new AddressRange(network, slash < 0 ? bits : Integer.parseInt(cidr.substring(slash + 1)));
    }

    /** Whether the address is in this range; an address of the other family never is. */
    boolean contains(InetAddress address) {
        return Arrays.equals(masked(address.getAddress(), prefixLength), network.getAddress());
    }

    private static byte[] masked(byte[] address, int prefixLength) {
        byte[] result = address.clone();
        for (int i = 0; i < result.length; i++) {
            int kept = Math.clamp(prefixLength - (long) i * Byte.SIZE, 0, Byte.SIZE);
            result[i] &= (byte) (0xff00 >> kept);
        }
        return result;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefixLength;
    }
}
