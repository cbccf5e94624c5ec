package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A network namespace of this JVM's own, joined to the machine by a veth pair, for addresses that are not loopback and
 * lead to no real network: 10.77.n.0/24 and, where the machine has IPv6, fd77:0:0:n::/64. It goes when it is closed; what
 * a killed JVM left behind goes when the next one makes its own.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Pattern NAME = Pattern.compile("caas-(\\d+)-\\d+");
    private static final String INSIDE = "eth0";
    private static final int LAST_HOST = 254;

    private final Ip ip;
    private final int number;
    private final boolean hasIpv6;
    private final NamespaceThread inside;
    private final List<PodAddress> addresses = new ArrayList<>();
    private final Thread atExit = new Thread(this::delete, "network-namespace-ends");

    private NetworkNamespace(Ip ip, int number) {
        this.ip = ip;
        this.number = number;
        try {
            ip.run("addr", "add", address(1) + "/24", "dev", link(number));
            hasIpv6 = ip.tryRun("addr", "add", ipv6Address(1) + "/64", "dev", link(number), "nodad");
            ip.run("link", "set", link(number), "up");
            ip.run("-n", name(number), "link", "set", INSIDE, "up");
            inside = NamespaceThread.enter(NAMESPACES.resolve(name(number)));
        } catch (RuntimeException e) {
            delete();
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Makes one with a number that nobody on this machine uses.
     *
     * @throws PartUnavailable where this machine or this user cannot
     */
    static NetworkNamespace create() {
        Ip ip = Ip.find();
        deleteLeftovers(ip);
        List<Integer> numbers = new ArrayList<>(IntStream.range(1, 255).boxed().toList());
        Collections.shuffle(numbers);
        for (int number : numbers) {
            if (isFree(ip, number) && claim(ip, number)) {
                return new NetworkNamespace(ip, number);
            }
        }
        throw new PartUnavailable("All networks 10.77.n.0/24 are taken");
    }

    /** Addresses that nobody had before. */
    public synchronized PodAddress podAddress() {
        int host = addresses.size() + 2;
        if (host > LAST_HOST) {
            throw new PartFailed("The network namespace has no more addresses");
        }
        ip.run("-n", name(number), "addr", "add", address(host) + "/24", "dev", INSIDE);
        if (hasIpv6) {
            ip.run("-n", name(number), "addr", "add", ipv6Address(host) + "/64", "dev", INSIDE, "nodad");
        }
        var added = new PodAddress(inside, address(host), hasIpv6 ? Optional.of(ipv6Address(host)) : Optional.empty());
        addresses.add(added);
        return added;
    }

    @Override
    public synchronized void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        addresses.forEach(PodAddress::close);
        inside.close();
        delete();
    }

    private void delete() {
        ip.tryRun("link", "del", link(number));
        ip.tryRun("netns", "del", name(number));
    }

    private String address(int host) {
        return "10.77." + number + "." + host;
    }

    private String ipv6Address(int host) {
        return "fd77:0:0:" + number + "::" + host;
    }

    private static String name(int number) {
        return "caas-" + ProcessHandle.current().pid() + "-" + number;
    }

    private static String link(int number) {
        return "caas" + number;
    }

    private static boolean isFree(Ip ip, int number) {
        return !linkExists(number)
                && ip.run("route", "show", "10.77." + number + ".0/24").isEmpty();
    }

    private static boolean linkExists(int number) {
        return Files.exists(Path.of("/sys/class/net", link(number)));
    }

    /** Makes the namespace and the pair; false when someone else was quicker: of one name there can be one link. */
    private static boolean claim(Ip ip, int number) {
        ip.run("netns", "add", name(number));
        if (ip.tryRun("link", "add", link(number), "type", "veth", "peer", "name", INSIDE, "netns", name(number))) {
            return true;
        }
        ip.run("netns", "del", name(number));
        if (linkExists(number)) {
            return false;
        }
        throw new PartUnavailable("This machine makes no veth pair for a network namespace");
    }

    /** With a namespace go its end of the pair, and so the other. */
    private static void deleteLeftovers(Ip ip) {
        if (!Files.isDirectory(NAMESPACES)) {
            return;
        }
        try (var files = Files.list(NAMESPACES)) {
            files.map(file -> NAME.matcher(file.getFileName().toString()))
                    .filter(name -> name.matches()
                            && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty())
                    .forEach(name -> ip.tryRun("netns", "del", name.group()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
