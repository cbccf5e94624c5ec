package dev.caas.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

/** What holds for every address and every host. */
class AddressLawsTest {
    private static final OutboundPolicy STRICT = new OutboundPolicy(List.of("*"), List.of(), AddressLawsTest::noLookup);

    @Property
    void whatTheJdkCallsLocalIsDenied(@ForAll @Size(16) byte[] octets, @ForAll @IntRange(max = 1) int family)
            throws Exception {
        InetAddress address = InetAddress.getByAddress(family == 0 ? java.util.Arrays.copyOf(octets, 4) : octets);

        if (address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress()) {
            assertThat(allowed(STRICT, address)).isFalse();
        }
    }

    @Property
    void translatedIpv4IsAllowedExactlyWhenItIsAllowedItself(@ForAll @Size(4) byte[] ipv4) throws Exception {
        boolean itself = allowed(STRICT, InetAddress.getByAddress(ipv4));

        byte[] nat64 = InetAddress.ofLiteral("64:ff9b::").getAddress();
        System.arraycopy(ipv4, 0, nat64, 12, 4);
        byte[] sixToFour = InetAddress.ofLiteral("2002::1").getAddress();
        System.arraycopy(ipv4, 0, sixToFour, 2, 4);
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xff;
        System.arraycopy(ipv4, 0, mapped, 12, 4);

        assertThat(allowed(STRICT, InetAddress.getByAddress(nat64))).isEqualTo(itself);
        assertThat(allowed(STRICT, InetAddress.getByAddress(sixToFour))).isEqualTo(itself);
        assertThat(allowed(STRICT, InetAddress.getByAddress(mapped))).isEqualTo(itself);
    }

    @Property
    void openedAddressPassesAndNothingElseChanges(@ForAll @Size(4) byte[] opened, @ForAll @Size(4) byte[] other)
            throws Exception {
        InetAddress one = InetAddress.getByAddress(opened);
        InetAddress another = InetAddress.getByAddress(other);
        var policy = new OutboundPolicy(List.of("*"), List.of(one.getHostAddress()), AddressLawsTest::noLookup);

        assertThat(allowed(policy, one)).isTrue();
        if (!one.equals(another)) {
            assertThat(allowed(policy, another)).isEqualTo(allowed(STRICT, another));
        }
    }

    @Property
    void rangeContainsAnAddressExactlyWhenItsPrefixIsTheSame(
            @ForAll @Size(16) byte[] octets,
            @ForAll @IntRange(max = 128) int prefixLength,
            @ForAll @IntRange(max = 127) int flipped)
            throws Exception {
        byte[] network = octets.clone();
        for (int bit = prefixLength; bit < 128; bit++) {
            network[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        InetAddress networkAddress = InetAddress.getByAddress(network);
        if (networkAddress.getAddress().length != 16) {
            return;
        }
        var range = new AddressRange(networkAddress, prefixLength);
        octets[flipped / 8] ^= (byte) (0x80 >> flipped % 8);

        assertThat(range.contains(InetAddress.getByAddress(octets))).isEqualTo(flipped >= prefixLength);
        assertThat(AddressRange.parse(range.toString())).isEqualTo(range);
    }

    @Property
    void starMatchesBelowASuffixAndNothingElse(
            @ForAll @AlphaChars @StringLength(min = 1, max = 20) String label,
            @ForAll @AlphaChars @StringLength(min = 1, max = 20) String zone) {
        String below = (label + "." + zone + ".example").toLowerCase(Locale.ROOT);
        String suffix = (zone + ".example").toLowerCase(Locale.ROOT);
        var pattern = new HostPattern("*." + zone + ".EXAMPLE");

        assertThat(pattern.matches(below, false)).isTrue();
        assertThat(pattern.matches("deeper." + below, false)).isTrue();
        assertThat(pattern.matches(suffix, false)).isFalse();
        assertThat(pattern.matches("x" + suffix, false)).isFalse();
        assertThat(pattern.matches(below + ".evil", false)).isFalse();
    }

    @Property
    void literalIsNeverLookedUp(@ForAll @Size(4) byte[] ipv4, @ForAll @IntRange(min = 1, max = 65535) int port)
            throws Exception {
        InetAddress address = InetAddress.getByAddress(ipv4);
        var everything = new OutboundPolicy(List.of("*"), List.of("0.0.0.0/0"), AddressLawsTest::noLookup);

        assertThat(everything
                        .checkServer(address.getHostAddress() + ":" + port, 53)
                        .getAddress())
                .isEqualTo(address);
    }

    private static boolean allowed(OutboundPolicy policy, InetAddress address) {
        try {
            policy.checkAddress("host", address);
            return true;
        } catch (AddressNotAllowedException e) {
            return false;
        }
    }

    private static InetAddress[] noLookup(String host) throws UnknownHostException {
        throw new AssertionError("looked up " + host);
    }
}
