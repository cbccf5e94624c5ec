package dev.caas.kit;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports on 127.0.0.1, for parts that cannot choose one themselves. They lie below the range that the kernel gives
 * to outgoing connections, so nothing takes one between here and the part's bind, and none is handed out twice.
 */
final class Ports {
    private static final int FIRST = 20_000;
    private static final int END = 32_000;
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    private Ports() {}

    /** A port that is free for TCP and UDP. */
    static int free() {
        while (TAKEN.size() < END - FIRST) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (TAKEN.add(port) && isFree(port)) {
                return port;
            }
        }
        throw new PartFailed("No free port between " + FIRST + " and " + END);
    }

    private static boolean isFree(int port) {
        var address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        try (var tcp = new ServerSocket();
                var udp = new DatagramSocket(null)) {
            tcp.bind(address);
            udp.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
