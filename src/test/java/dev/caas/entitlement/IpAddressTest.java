package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    /** The examples of RFC 5952 section 4, and IPv4. */
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "2001:0db8::0001, 2001:db8::1",
        "2001:DB8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "::, ::"
    })
    void allSpellingsOfAnAddressAreOne(String written, String canonical) throws Exception {
        assertThat(IpAddress.parse(written)).isEqualTo(new IpAddress(canonical)).hasToString(canonical);
        assertThat(Identifier.parse(written)).isEqualTo(new IpAddress(canonical));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "192.0.2",
                "192.0.2.256",
                "192.0.2.1:80",
                "192.0.2.0/24",
                "[::1]",
                "fe80::1%eth0",
                "a.example"
            })
    void whatIsNoAddressIsRefusedWithAnExampleOfOne(String text) {
        assertThatThrownBy(() -> IpAddress.parse(text))
                .isInstanceOf(InvalidNameException.class)
                .hasMessageContaining("write one such as 192.0.2.1 or 2001:db8::1");
    }

    @Test
    void onlyTheCanonicalFormIsAValue() {
        assertThatThrownBy(() -> new IpAddress("2001:DB8::1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new IpAddress("www.example.com")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAddressIsNeverTakenForANameNorANameForAnAddress() throws Exception {
        assertThat(Identifier.parse("www.example.com.")).isEqualTo(new DomainName("www.example.com"));
        assertThatThrownBy(() -> Identifier.parse("*.192.0.2.1")).isInstanceOf(InvalidNameException.class);
        assertThatThrownBy(() -> DomainName.parse("192.0.2.1")).hasMessageContaining("spec.ipAddresses");
    }

    @Property
    void everyIpv6AddressIsReadFromAnySpelling(@ForAll @Size(16) byte[] bytes)
            throws UnknownHostException, InvalidNameException {
        InetAddress address = InetAddress.getByAddress(bytes);

        IpAddress read = IpAddress.parse(address.getHostAddress());

        assertThat(InetAddresses.forString(read.text())).isEqualTo(address);
        assertThat(IpAddress.parse(read.text())).isEqualTo(read);
    }
}
