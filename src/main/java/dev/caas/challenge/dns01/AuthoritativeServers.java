package dev.caas.challenge.dns01;

import dev.caas.challenge.dns01.DnsException.Kind;
import dev.caas.outbound.AddressNotAllowedException;
import dev.caas.outbound.OutboundPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;

/**
 * Knows the authoritative servers of zones: the NS record set as a resolver sees it, with every address checked by the
 * outbound policy. Answers are kept for their TTL, so one instance serves all certificates; safe for concurrent use.
 */
public final class AuthoritativeServers {
    private static final int DNS_PORT = 53;
    private static final Duration LOOKUP_TIMEOUT = Duration.ofSeconds(5);

    private final LookupSession resolver;
    private final OutboundPolicy policy;
    private final int port;

    /**
     * @param resolver a recursive resolver's resolved address, or {@code null} for those of the system's configuration
     * @param policy judges the name servers' addresses
     */
    public AuthoritativeServers(@Nullable InetSocketAddress resolver, OutboundPolicy policy) {
        this(resolver, policy, DNS_PORT);
    }

    AuthoritativeServers(@Nullable InetSocketAddress resolver, OutboundPolicy policy, int port) {
        this.resolver = LookupSession.builder()
                .resolver(resolver == null ? new ExtendedResolver() : repeating(resolver))
                .cache(new Cache(DClass.IN))
                .build();
        this.policy = policy;
        this.port = port;
    }

    /** Asks again when a datagram is lost, as the system's resolvers are. */
    private static ExtendedResolver repeating(InetSocketAddress resolver) {
        return new ExtendedResolver(List.of(Resolvers.at(resolver, LOOKUP_TIMEOUT)));
    }

    /** The servers of a zone, at port 53; at least one. */
    List<NameServer> of(String zone) throws DnsException, InterruptedException {
        List<NameServer> servers = new ArrayList<>();
        for (Record record : lookup(Names.absolute(zone), Type.NS)) {
            if (record instanceof NSRecord ns) {
                List<InetSocketAddress> addresses = addressesOf(ns.getTarget());
                if (!addresses.isEmpty()) {
                    servers.add(new NameServer(Names.text(ns.getTarget()), addresses, false));
                }
            }
        }
        if (servers.isEmpty()) {
            throw new DnsException(
                    Kind.OTHER,
                    "the resolver knows no name server with an address for zone " + zone
                            + ": check the zone's delegation, or name the servers in propagation.nameservers");
        }
        return servers;
    }

    private List<InetSocketAddress> addressesOf(Name host) throws DnsException, InterruptedException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int type : new int[] {Type.A, Type.AAAA}) {
            for (Record record : lookup(host, type)) {
                switch (record) {
                    case ARecord a -> addresses.add(allowed(host, a.getAddress()));
                    case AAAARecord aaaa -> addresses.add(allowed(host, aaaa.getAddress()));
                    default -> {}
                }
            }
        }
        return addresses;
    }

    private InetSocketAddress allowed(Name host, InetAddress address) throws DnsException {
        try {
            policy.checkAddress(Names.text(host), address);
            return new InetSocketAddress(address, port);
        } catch (AddressNotAllowedException e) {
            throw new DnsException(Kind.ADDRESS_NOT_ALLOWED, "a name server of the zone: " + e.getMessage(), e);
        }
    }

    /** All records of a type, aliases followed; none when the name or the type does not exist. */
    private List<Record> lookup(Name name, int type) throws DnsException, InterruptedException {
        try {
            return resolver.lookupAsync(name, type).toCompletableFuture().get().getRecords();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof NoSuchDomainException || cause instanceof NoSuchRRSetException) {
                return List.of();
            }
            throw new DnsException(
                    Kind.UNREACHABLE,
                    "the resolver did not find " + Type.string(type) + " records of " + Names.text(name)
                            + ": check that the operator's pod can resolve names",
                    cause);
        }
    }
}
