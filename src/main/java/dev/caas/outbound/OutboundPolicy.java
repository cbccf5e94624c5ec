package dev.caas.outbound;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides where the operator may connect to on behalf of a tenant (design.md section 3.10): https URLs and DNS servers
 * whose host the administrator allows and whose every address is public or in a range the administrator opened.
 *
 * <p>A check is about the addresses of this moment; the connection that follows looks the host up again. What closes
 * the time between check and connection (DNS rebinding) is the JVM's positive DNS cache, 30 seconds by default
 * ({@code networkaddress.cache.ttl}, which must not be 0): check right before connecting, and again for every URL that
 * an answer hands back. {@link #checkServer} has no such gap: its caller connects to the address it returns.
 *
 * <p>Immutable and safe for concurrent use.
 */
public final class OutboundPolicy {
    private final List<HostPattern> allowedHosts;
    private final List<AddressRange> privateRanges;
    private final Lookup lookup;

    /**
     * The policy that an administrator configured.
     *
     * @param allowedHosts hosts that may be named: {@code *}, a host name, or {@code *.} and a domain; nothing is
     *     allowed by an empty list
     * @param privateRanges ranges in CIDR notation, IPv4 or IPv6, that are allowed although they are not public
     * @throws IllegalArgumentException when a pattern or a range is malformed
     */
    public OutboundPolicy(List<String> allowedHosts, List<String> privateRanges) {
        this(allowedHosts, privateRanges, InetAddress::getAllByName);
    }

    OutboundPolicy(List<String> allowedHosts, List<String> privateRanges, Lookup lookup) {
        this.allowedHosts = allowedHosts.stream().map(HostPattern::new).toList();
        this.privateRanges = privateRanges.stream().map(OutboundPolicy::range).toList();
        this.lookup = lookup;
    }

    /**
     * Passes when the operator may send requests to this URL.
     *
     * @throws AddressNotAllowedException when it is not https, has user information, its host is not allowed, or any
     *     address of the host is neither public nor in an opened range
     * @throws UnknownHostException when the host does not resolve, which says nothing about whether it is allowed
     */
    public void checkUrl(URI url) throws AddressNotAllowedException, UnknownHostException {
        if (!"https".equalsIgnoreCase(url.getScheme())) {
            throw new AddressNotAllowedException("only https URLs are allowed, not scheme " + url.getScheme());
        }
        String host = url.getHost();
        if (host == null) {
            throw new AddressNotAllowedException("the URL has no valid host name: give it as https://host/path");
        }
        if (url.getRawUserInfo() != null) {
            throw new AddressNotAllowedException(
                    "the URL of host " + host + " carries a user name or password: take the part before the @ out");
        }
        checkedAddresses(withoutBrackets(host));
    }

    /**
     * Passes when the operator may talk to this DNS server, and says at which address.
     *
     * @param hostPort {@code host}, {@code host:port}, {@code [IPv6]:port} or a literal address
     * @param defaultPort the port when none is given, 1 to 65535
     * @return the server's address, resolved and checked; connect to this, not to the name
     * @throws AddressNotAllowedException when it has none of these forms, its host is not allowed, or any address of
     *     the host is neither public nor in an opened range
     * @throws UnknownHostException when the host does not resolve, which says nothing about whether it is allowed
     */
    public InetSocketAddress checkServer(String hostPort, int defaultPort)
            throws AddressNotAllowedException, UnknownHostException {
        ServerName server = ServerName.parse(hostPort, defaultPort);
        return new InetSocketAddress(checkedAddresses(server.host())[0], server.port());
    }

    /**
     * Passes when this address is public or in an opened range; for hosts that nobody wrote, such as those of a zone's
     * name servers, where {@code allowedHosts} does not apply.
     *
     * @param host the name to speak of in the message
     * @throws AddressNotAllowedException when it is neither
     */
    public void checkAddress(String host, InetAddress address) throws AddressNotAllowedException {
        InetAddress effective = SpecialAddresses.effective(address);
        Optional<String> special = SpecialAddresses.kindOf(effective);
        if (special.isPresent() && !opened(address) && !opened(effective)) {
            String literal = address.getHostAddress();
            throw new AddressNotAllowedException("host " + host
                    + (host.equals(literal) ? " is " : " resolves to " + literal + ", ") + special.get()
                    + ": add its range to caas.outbound.private-ranges");
        }
    }

    private InetAddress[] checkedAddresses(String writtenHost) throws AddressNotAllowedException, UnknownHostException {
        String host = canonical(writtenHost);
        Optional<InetAddress> literal = literal(host);
        if (allowedHosts.stream().noneMatch(pattern -> pattern.matches(host, literal.isPresent()))) {
            throw new AddressNotAllowedException(
                    "host " + host + " is not allowed: name another, or add it to caas.outbound.hosts");
        }
        InetAddress[] addresses = literal.isPresent() ? new InetAddress[] {literal.get()} : lookup.addresses(host);
        if (addresses.length == 0) {
            throw new UnknownHostException(host);
        }
        for (InetAddress address : addresses) {
            checkAddress(host, address);
        }
        return addresses;
    }

    private boolean opened(InetAddress address) {
        return privateRanges.stream().anyMatch(range -> range.contains(address));
    }

    private static AddressRange range(String cidr) {
        try {
            return AddressRange.parse(cidr.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + cidr + "' in caas.outbound.private-ranges is no range such as 10.0.0.0/8: " + e.getMessage(),
                    e);
        }
    }

    private static String canonical(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** Reads an address in the forms the JDK's own resolver takes as literals, {@code 127.1} included. */
    private static Optional<InetAddress> literal(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException notALiteral) {
            return Optional.empty();
        }
    }

    /** Finds the addresses of a host. */
    @FunctionalInterface
    interface Lookup {
        /** All addresses of the host, at least one. */
        InetAddress[] addresses(String host) throws UnknownHostException;
    }
}
