package dev.caas.kit;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a pod's addresses are in a cluster: addresses of the test's network namespace, which EndpointSlices take as they
 * take no loopback address. What listens here is a relay to a port of this machine, so several operators that run side
 * by side, each on a port of its own, can be reached at several addresses and one port.
 */
public final class PodAddress implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress LOOPBACK_6 = InetAddress.ofLiteral("::1");

    private final NamespaceThread inside;
    private final String ip;
    private final Optional<String> ipv6;
    private final List<Relay> relays = new CopyOnWriteArrayList<>();

    PodAddress(NamespaceThread inside, String ip, Optional<String> ipv6) {
        this.inside = inside;
        this.ip = ip;
        this.ipv6 = ipv6;
    }

    /** The IPv4 address. */
    public String ip() {
        return ip;
    }

    /** The IPv6 address, where the machine has IPv6. */
    public Optional<String> ipv6() {
        return ipv6;
    }

    /** All addresses as {@code POD_IP} has them: separated by commas. */
    public String ips() {
        return ipv6.map(six -> ip + "," + six).orElse(ip);
    }

    /** Listens at a port of these addresses and relays to 127.0.0.1, the IPv6 address to ::1. */
    public PodAddress forward(int port, int hostPort) {
        relays.add(relay(ip, port, new InetSocketAddress(LOOPBACK, hostPort)));
        ipv6.ifPresent(address -> relays.add(relay(address, port, new InetSocketAddress(LOOPBACK_6, hostPort))));
        return this;
    }

    /** How many connections came here so far. */
    public long connections() {
        return relays.stream().mapToLong(Relay::accepted).sum();
    }

    /** Takes no connections any more and ends those there are, as a pod that is gone; {@link #forward} brings it back. */
    @Override
    public void close() {
        relays.forEach(Relay::close);
    }

    private Relay relay(String address, int port, InetSocketAddress target) {
        return Relay.start(inside.listen(new InetSocketAddress(InetAddress.ofLiteral(address), port)), target);
    }
}
