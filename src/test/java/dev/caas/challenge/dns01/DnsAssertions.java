package dev.caas.challenge.dns01;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.challenge.dns01.DnsException.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests of this room say about servers and failures. */
final class DnsAssertions {
    private DnsAssertions() {}

    static AbstractThrowableAssert<?, ? extends Throwable> assertDnsFailure(ThrowingCallable call, Kind kind) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DnsException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    /** A literal IPv4 address and port. */
    static InetSocketAddress address(String hostPort) {
        int colon = hostPort.lastIndexOf(':');
        return new InetSocketAddress(
                InetAddress.ofLiteral(hostPort.substring(0, colon)), Integer.parseInt(hostPort.substring(colon + 1)));
    }
}
