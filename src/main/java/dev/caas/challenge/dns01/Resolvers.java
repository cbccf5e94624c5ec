package dev.caas.challenge.dns01;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.xbill.DNS.SimpleResolver;

/** Makes dnsjava's resolvers, which all share one selector thread; a waiting virtual thread holds no other one. */
final class Resolvers {
    static {
        // Its shutdown hook would end the network before orders in flight have taken their records out; the thread is
        // a daemon and needs none.
        System.setProperty("dnsjava.nio.register_shutdown_hook", "false");
    }

    private Resolvers() {}

    /** One server, asked by UDP, and by TCP when the answer is truncated; a datagram is not repeated. */
    static SimpleResolver at(InetSocketAddress address, Duration timeout) {
        SimpleResolver resolver = new SimpleResolver(address);
        resolver.setTimeout(timeout);
        return resolver;
    }
}
