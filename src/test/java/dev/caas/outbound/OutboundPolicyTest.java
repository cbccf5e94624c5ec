package dev.caas.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundPolicyTest {
    private static final Map<String, List<String>> NAMES = Map.of(
            "ca.example", List.of("1.1.1.1", "2606:4700::1111"),
            "inside.example", List.of("10.0.0.1"),
            "half.example", List.of("1.1.1.1", "127.0.0.1"),
            "ns.corp.example", List.of("10.9.8.7"));

    private final OutboundPolicy open = policy(List.of("*"), List.of());

    @Test
    void publicHttpsUrlPasses() {
        assertThatCode(() -> open.checkUrl(URI.create("https://ca.example/directory")))
                .doesNotThrowAnyException();
        assertThatCode(() -> open.checkUrl(URI.create("https://CA.example.:8443/d")))
                .doesNotThrowAnyException();
        assertThatCode(() -> open.checkUrl(URI.create("https://[2606:4700::1111]/d")))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://ca.example/", "ftp://ca.example/", "file:///etc/passwd", "//ca.example/", "ca.example"})
    void onlyHttpsPasses(String url) {
        assertThatThrownBy(() -> open.checkUrl(URI.create(url)))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessageContaining("only https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https:///directory", "https:ca.example", "https://ca_1.example/", "https://:443/"})
    void urlWithoutProperHostIsDenied(String url) {
        assertThatThrownBy(() -> open.checkUrl(URI.create(url)))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessageContaining("no valid host name");
    }

    @Test
    void userInformationIsDeniedAndNotRepeated() {
        assertThatThrownBy(() -> open.checkUrl(URI.create("https://joe:hunter2@ca.example/")))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessageContaining("ca.example")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void privateAddressIsDeniedWithWhatToDo() {
        assertThatThrownBy(() -> open.checkUrl(URI.create("https://inside.example/")))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessage("host inside.example resolves to 10.0.0.1, a private address: add its range to"
                        + " caas.outbound.private-ranges");
    }

    @Test
    void oneDeniedAddressAmongPublicOnesDenies() {
        assertThatThrownBy(() -> open.checkUrl(URI.create("https://half.example/")))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessageContaining("127.0.0.1, a loopback address");
    }

    @Test
    void openedRangePasses() {
        OutboundPolicy policy = policy(List.of("*"), List.of("10.0.0.0/16"));

        assertThatCode(() -> policy.checkUrl(URI.create("https://inside.example/")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> policy.checkUrl(URI.create("https://ns.corp.example/")))
                .isInstanceOf(AddressNotAllowedException.class);
    }

    @Test
    void hostThatIsNotListedIsDeniedBeforeItIsLookedUp() {
        OutboundPolicy policy = policy(List.of("acme.example", "*.corp.example"), List.of("10.0.0.0/8"));

        assertThatThrownBy(() -> policy.checkUrl(URI.create("https://nowhere.example/")))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessage("host nowhere.example is not allowed: name another, or add it to" + " caas.outbound.hosts");
        assertThatCode(() -> policy.checkServer("ns.corp.example", 53)).doesNotThrowAnyException();
    }

    @Test
    void unknownHostIsNotCalledDenied() {
        assertThatThrownBy(() -> open.checkUrl(URI.create("https://nowhere.example/")))
                .isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> new OutboundPolicy(List.of("*"), List.of()).checkServer("nowhere.invalid", 53))
                .isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.1",
                "2130706433",
                "10.1.2.3",
                "172.31.255.255",
                "192.168.0.1",
                "100.64.0.1",
                "169.254.169.254",
                "0.0.0.0",
                "0",
                "192.0.0.8",
                "192.0.2.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.9",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "::127.0.0.1",
                "::ffff:10.0.0.1",
                "fe80::1",
                "fec0::1",
                "fd00::1",
                "ff02::1",
                "2001:db8::1",
                "3fff::1",
                "2001::1",
                "100::1",
                "5f00::1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::1",
                "2002:0a00:0001::1",
                "2002:7f00:1::"
            })
    void specialAddressIsDeniedWithoutLookup(String literal) {
        assertThatThrownBy(() -> open.checkServer(literal, 53)).isInstanceOf(AddressNotAllowedException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "169.253.255.255",
                "192.0.1.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "2001:200::1",
                "64:ff9b::1.1.1.1",
                "2002:0101:0101::1",
                "::ffff:1.1.1.1"
            })
    void publicAddressPassesWithoutLookup(String literal) {
        assertThatCode(() -> open.checkServer(literal, 53)).doesNotThrowAnyException();
    }

    @Test
    void serverIsReadInEveryForm() throws Exception {
        assertThat(open.checkServer("ca.example", 53)).isEqualTo(address("1.1.1.1", 53));
        assertThat(open.checkServer("ca.example:5353", 53)).isEqualTo(address("1.1.1.1", 5353));
        assertThat(open.checkServer("1.1.1.1:5353", 53)).isEqualTo(address("1.1.1.1", 5353));
        assertThat(open.checkServer("[2606:4700::1111]:5353", 53)).isEqualTo(address("2606:4700::1111", 5353));
        assertThat(open.checkServer("[2606:4700::1111]", 53)).isEqualTo(address("2606:4700::1111", 53));
        assertThat(open.checkServer("2606:4700::1111", 53)).isEqualTo(address("2606:4700::1111", 53));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":53",
                "ca.example:",
                "ca.example:0",
                "ca.example:65536",
                "ca.example:dns",
                "[::1",
                "[ca.example]:53",
                "joe@ca.example",
                "ca.example/x",
                "ca example",
                "https://ca.example"
            })
    void malformedServerIsDenied(String written) {
        assertThatThrownBy(() -> open.checkServer(written, 53))
                .isInstanceOf(AddressNotAllowedException.class)
                .hasMessageContaining("names no server");
    }

    @Test
    void malformedConfigurationIsRefusedAtOnce() {
        for (String range : List.of("10.0.0.0/33", "10.0.0.1/8", "ten/8", "10.0.0.0/", "10.0.0.0/-1", "")) {
            assertThatThrownBy(() -> new OutboundPolicy(List.of(), List.of(range)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("caas.outbound.private-ranges");
        }
        for (String host : List.of("", "a.*.example", "*.", "https://a", "a..b")) {
            assertThatThrownBy(() -> new OutboundPolicy(List.of(host), List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static OutboundPolicy policy(List<String> hosts, List<String> ranges) {
        return new OutboundPolicy(hosts, ranges, OutboundPolicyTest::lookup);
    }

    private static InetAddress[] lookup(String host) throws UnknownHostException {
        List<String> found = NAMES.get(host);
        if (found == null) {
            throw new UnknownHostException(host);
        }
        return Stream.of(found)
                .flatMap(List::stream)
                .map(InetAddress::ofLiteral)
                .toArray(InetAddress[]::new);
    }

    private static InetSocketAddress address(String literal, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
    }
}
