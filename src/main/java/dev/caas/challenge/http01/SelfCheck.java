package dev.caas.challenge.http01;

import com.google.common.net.InetAddresses;
import dev.caas.acme.AcmeOrder;
import dev.caas.api.Solver;
import dev.caas.challenge.dns01.HostLookup;
import dev.caas.challenge.http01.Http01Exception.Kind;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import dev.caas.outbound.AddressNotAllowedException;
import dev.caas.outbound.OutboundPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asks for the answer before the CA does: every replica by its address, then the host the way the CA would, redirects
 * included (RFC 8555 section 8.3). It goes on asking until the answer is right or the time is over, and then says which
 * hop failed.
 */
public final class SelfCheck {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private static final Duration REPLICAS_WAIT = Duration.ofSeconds(15);
    private static final int MOST_REDIRECTS = 10;
    private static final int MOST_ADDRESSES = 8;
    private static final int MOST_NAMESERVERS = 3;
    private static final int DNS_PORT = 53;

    private final Supplier<List<InetAddress>> replicas;
    private final int port;
    private final Fetch fetcher;
    private final OutboundPolicy policy;

    public SelfCheck(Replicas replicas, int port, Fetcher fetcher, OutboundPolicy policy) {
        this(replicas::addresses, port, fetcher, policy);
    }

    /** @param port the responder's */
    SelfCheck(Supplier<List<InetAddress>> replicas, int port, Fetch fetcher, OutboundPolicy policy) {
        this.replicas = replicas;
        this.port = port;
        this.fetcher = fetcher;
        this.policy = policy;
    }

    /**
     * Returns when the answers are right everywhere. However many there are, that takes no longer than the longest of
     * their times: a certificate that waits for its answers holds one of its account's slots.
     *
     * @param checks how each answer is checked
     * @throws Http01Exception NOT_ANSWERED when one is not right in time, with the hop that failed; ADDRESS_NOT_ALLOWED
     *     when the outbound policy denies an address on the way
     */
    void await(Map<AcmeOrder.Http01, Solver.SelfCheck> checks) throws Http01Exception, InterruptedException {
        var start = Instant.now();
        for (var challenge : checks.keySet()) {
            await(start.plus(REPLICAS_WAIT), until -> faultOfReplicas(challenge));
        }
        var asked = Instant.now();
        var patience = Duration.ZERO;
        var delay = Duration.ZERO;
        for (var how : checks.values()) {
            patience = max(patience, bounded(how.timeout()));
            delay = max(delay, how.delay() == null ? Duration.ZERO : bounded(how.delay()));
        }
        var deadline = asked.plus(patience);
        for (var check : checks.entrySet()) {
            if (!check.getValue().skip() && check.getValue().delay() == null) {
                await(deadline, until -> faultOfHost(check.getKey(), check.getValue(), until));
            }
        }
        Thread.sleep(max(Duration.ZERO, Duration.between(Instant.now(), asked.plus(delay))));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private interface Check {
        /** What is wrong, as far as it can be found out until then; nothing when the answer is right. */
        Optional<String> fault(Instant until) throws Http01Exception, InterruptedException;
    }

    private static void await(Instant deadline, Check check) throws Http01Exception, InterruptedException {
        var pause = FIRST_PAUSE;
        for (var fault = check.fault(deadline); fault.isPresent(); fault = check.fault(deadline)) {
            if (Instant.now().plus(pause).isAfter(deadline)) {
                throw new Http01Exception(
                        Kind.NOT_ANSWERED, "the CA was not asked to look, since the self-check failed: " + fault.get());
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(3).dividedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        }
    }

    /** A replica learns from the API server for whom to answer; the CA may meet any of them. */
    private Optional<String> faultOfReplicas(AcmeOrder.Http01 challenge) throws InterruptedException {
        for (var address : replicas.get()) {
            var url = url("http", challenge.name(), port, Responder.PATH + challenge.token());
            var where = "the operator's responder at " + text(address) + ":" + port;
            try {
                var reply = fetcher.fetch(url, address);
                if (!isRight(reply, challenge)) {
                    return Optional.of(where + " answered " + reply.status() + " for " + challenge.name()
                            + ": it does not know of this order yet");
                }
            } catch (IOException e) {
                return Optional.of(
                        where + ": " + e.getMessage() + "; the operator's pods must reach each other at this port");
            }
        }
        return Optional.empty();
    }

    private Optional<String> faultOfHost(AcmeOrder.Http01 challenge, Solver.SelfCheck how, Instant until)
            throws Http01Exception, InterruptedException {
        var url = url("http", challenge.name(), -1, Responder.PATH + challenge.token());
        var seen = new ArrayList<URI>();
        while (true) {
            seen.add(url);
            List<InetAddress> addresses;
            try {
                addresses = addresses(url.getHost(), how.nameservers());
            } catch (IOException e) {
                return Optional.of(hop(url) + ": " + e.getMessage());
            }
            var hop = firstReply(url, addresses, until);
            if (hop.reply().isEmpty()) {
                return Optional.of(hop.fault());
            }
            var reply = hop.reply().get();
            if (!reply.isRedirect()) {
                return isRight(reply, challenge)
                        ? Optional.empty()
                        : Optional.of(hop(url) + " at " + hop.where() + wrong(reply, challenge.name()));
            }
            var target = target(url, reply.location().orElse(""));
            if (target.isEmpty()) {
                return Optional.of(hop(url) + " at " + hop.where() + " redirects to something that is no URL");
            }
            var next = target.get();
            var fault = faultOfRedirect(url, next, seen);
            if (fault.isPresent()) {
                return fault;
            }
            url = next;
        }
    }

    /** @param fault empty when there is a reply */
    private record Hop(Optional<Fetch.Reply> reply, String where, String fault) {}

    /** As a CA does, the next address is tried when one cannot be connected to; a wrong answer is not passed over. */
    private Hop firstReply(URI url, List<InetAddress> addresses, Instant until) throws InterruptedException {
        var fault =
                hop(url) + ": " + url.getHost() + " does not resolve to an address; publish an A or AAAA record that"
                        + " leads to the ingress controller";
        int port = Fetch.port(url);
        boolean tried = false;
        for (var address : addresses.subList(0, Math.min(addresses.size(), MOST_ADDRESSES))) {
            var where = text(address) + ":" + port;
            if (tried && Instant.now().isAfter(until)) {
                break;
            }
            tried = true;
            try {
                return new Hop(Optional.of(fetcher.fetch(url, address)), where, "");
            } catch (IOException e) {
                fault = hop(url) + " at " + where + ": " + e.getMessage();
            }
        }
        return new Hop(Optional.empty(), "", fault);
    }

    private static Optional<URI> target(URI from, String location) {
        try {
            return Optional.of(from.resolve(location));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> faultOfRedirect(URI from, URI to, List<URI> seen) {
        if (!"http".equals(to.getScheme()) && !"https".equals(to.getScheme())) {
            return Optional.of(hop(from) + " redirects to something else than http or https");
        }
        if (to.getHost() == null || (Fetch.port(to) != 80 && Fetch.port(to) != 443)) {
            return Optional.of(hop(from) + " redirects to port " + Fetch.port(to) + "; CAs follow to 80 and 443 only");
        }
        if (seen.contains(to) || seen.size() > MOST_REDIRECTS) {
            return Optional.of(hop(from) + " is in a redirect loop: after " + seen.size() + " hops it leads to "
                    + hop(to) + " again; exempt " + Responder.PATH + " from the redirect");
        }
        return Optional.empty();
    }

    private List<InetAddress> addresses(String host, List<String> nameservers) throws Http01Exception, IOException {
        try {
            var bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            var addresses = nameservers.isEmpty() || InetAddresses.isInetAddress(bare)
                    ? resolved(bare)
                    : HostLookup.addresses(bare, servers(nameservers));
            for (var address : addresses) {
                policy.checkAddress(bare, address);
            }
            return addresses;
        } catch (AddressNotAllowedException e) {
            throw new Http01Exception(
                    Kind.ADDRESS_NOT_ALLOWED,
                    "the self-check may not ask the host: " + e.getMessage() + "; or set http01.selfCheck.skip");
        }
    }

    private static List<InetAddress> resolved(String host) {
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    private List<InetSocketAddress> servers(List<String> nameservers) throws AddressNotAllowedException, IOException {
        var servers = new ArrayList<InetSocketAddress>();
        for (var server : nameservers.subList(0, Math.min(nameservers.size(), MOST_NAMESERVERS))) {
            servers.add(policy.checkServer(server, DNS_PORT));
        }
        return servers;
    }

    private static boolean isRight(Fetch.Reply reply, AcmeOrder.Http01 challenge) {
        return reply.status() == 200 && reply.body().strip().equals(challenge.keyAuthorization());
    }

    private static String wrong(Fetch.Reply reply, String host) {
        var server = reply.server().map(s -> " (server: " + s + ")").orElse("");
        return reply.status() == 200
                ? " answered with another body than the operator's" + server + "; see what else serves "
                        + Responder.PATH + " for " + host
                : " answered " + reply.status() + server + "; its ingress controller has not taken up the route of "
                        + host + ", or the request does not reach it";
    }

    private static String hop(URI url) {
        return url.getScheme() + "://" + url.getAuthority()
                + (url.getPath().startsWith(Responder.PATH) ? Responder.PATH + "..." : "/...");
    }

    private static URI url(String scheme, String host, int port, String path) {
        var authority = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return URI.create(scheme + "://" + authority + (port < 0 ? "" : ":" + port) + path);
    }

    private static String text(InetAddress address) {
        var literal = InetAddresses.toAddrString(address);
        return literal.indexOf(':') < 0 ? literal : "[" + literal + "]";
    }

    private static Duration bounded(String text) throws Http01Exception {
        try {
            var duration = GoDuration.parse(text);
            return duration.compareTo(LONGEST_WAIT) < 0 ? duration : LONGEST_WAIT;
        } catch (InvalidDurationException e) {
            throw new Http01Exception(Kind.CONFIGURATION, "http01.selfCheck: " + e.getMessage());
        }
    }
}
