package dev.caas.challenge.dns01;

import dev.caas.challenge.dns01.DnsException.Kind;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Waits until records are published: until every server that a CA may ask answers with all of them (RFC 8555 section
 * 8.4). A server is asked directly, and not again once it has answered with everything.
 */
public final class Propagation {
    private final ServersOfRecord serversOf;

    private Propagation(ServersOfRecord serversOf) {
        this.serversOf = serversOf;
    }

    /** Watches these servers, which may be resolvers; resolved addresses, checked by the outbound policy. */
    public static Propagation at(Collection<InetSocketAddress> servers) {
        List<NameServer> all = servers.stream()
                .map(address -> new NameServer(NameServer.text(address), List.of(address), true))
                .toList();
        if (all.isEmpty()) {
            throw new IllegalArgumentException("at least one server is needed");
        }
        return new Propagation(_ -> all);
    }

    /**
     * Watches every authoritative server of the records' zones, without recursion. The zones come from the provider,
     * because finding them through a resolver could make that resolver remember the challenge's name as absent.
     */
    public static Propagation authoritative(DnsProvider provider, AuthoritativeServers servers) {
        return new Propagation(name -> servers.of(provider.zoneOf(name)));
    }

    /**
     * Returns as soon as every server answers with all values; each is asked at once, then with pauses that
     * grow from 100 ms to 2 s.
     *
     * @param timeout how long to wait, from now
     * @throws DnsException of kind {@code NOT_PROPAGATED}, naming the servers that lack something, when the time is
     *     over; of another kind when the servers cannot be found or may not be asked
     */
    public void await(Set<TxtRecord> records, Duration timeout) throws DnsException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        List<Watch> lacking = lackingAt(deadline, watches(records));
        if (!lacking.isEmpty()) {
            String findings = lacking.stream().map(Watch::finding).sorted().collect(Collectors.joining("; "));
            throw new DnsException(
                    Kind.NOT_PROPAGATED,
                    "after " + timeout.toSeconds() + " s " + findings
                            + ": check zone transfers, or raise propagation.timeout");
        }
    }

    private List<Watch> watches(Set<TxtRecord> records) throws DnsException, InterruptedException {
        Map<String, Set<String>> valuesByName = new LinkedHashMap<>();
        for (TxtRecord record : records) {
            valuesByName
                    .computeIfAbsent(record.name(), _ -> new LinkedHashSet<>())
                    .add(record.value());
        }
        Map<NameServer, Watch> watches = new HashMap<>();
        for (Map.Entry<String, Set<String>> entry : valuesByName.entrySet()) {
            for (NameServer server : serversOf.servers(entry.getKey())) {
                watches.computeIfAbsent(server, Watch::new).expect(entry.getKey(), entry.getValue());
            }
        }
        return new ArrayList<>(watches.values());
    }

    private static List<Watch> lackingAt(long deadline, List<Watch> watches) throws InterruptedException {
        List<Watch> lacking = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> outcomes = threads.invokeAll(
                    watches.stream().map(watch -> watching(watch, deadline)).toList());
            for (int i = 0; i < outcomes.size(); i++) {
                if (!outcomes.get(i).get()) {
                    lacking.add(watches.get(i));
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("watching a name server fails only by a defect", e.getCause());
        }
        return lacking;
    }

    private static Callable<Boolean> watching(Watch watch, long deadline) {
        return () -> watch.await(deadline);
    }

    /** Where the servers come from that must have a record. */
    @FunctionalInterface
    private interface ServersOfRecord {
        List<NameServer> servers(String name) throws DnsException, InterruptedException;
    }
}
