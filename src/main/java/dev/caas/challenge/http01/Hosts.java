package dev.caas.challenge.http01;

import dev.caas.kube.ObjectName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who proves control of which host right now: one account at a time, since a host has one answer to one token, and one
 * namespace at a time, since an ingress controller takes one of two routes for a host.
 */
public final class Hosts {
    private final Map<String, Claims> claims = new HashMap<>();

    /** On whose behalf a host is proven. */
    public record Holder(ObjectName account, String namespace) {}

    /** @param count how many certificates of the holder are about this host */
    private record Claims(Holder holder, int count) {}

    /** The hosts held for one certificate, until closed. */
    public interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /** Holds all of the hosts, or none when one is held by another. */
    public synchronized Optional<Claim> claim(Set<String> hosts, Holder holder) {
        boolean busy = hosts.stream().map(claims::get).anyMatch(c -> c != null && !c.holder.equals(holder));
        if (busy) {
            return Optional.empty();
        }
        hosts.forEach(
                host -> claims.merge(host, new Claims(holder, 1), (a, b) -> new Claims(holder, a.count + b.count)));
        return Optional.of(() -> release(hosts));
    }

    private synchronized void release(Set<String> hosts) {
        for (var host : hosts) {
            var held = claims.remove(host);
            if (held != null && held.count > 1) {
                claims.put(host, new Claims(held.holder, held.count - 1));
            }
        }
    }
}
