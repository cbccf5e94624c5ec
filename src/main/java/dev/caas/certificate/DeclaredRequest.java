package dev.caas.certificate;

import com.google.common.net.InetAddresses;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.entitlement.Entitlement;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.pki.GivenRequest;
import dev.caas.pki.InvalidRequestException;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads the signing request that a declaration has, for those who keep their keys. It must be for just the names that are
 * declared beside it: those are what people review and what entitlement judges. Pure.
 */
final class DeclaredRequest {
    private DeclaredRequest() {}

    /**
     * The request of a declaration; empty if it has none.
     *
     * @throws InvalidRequestException when it cannot be used; the message is for people
     */
    static Optional<GivenRequest> of(ManagedCertificateSpec spec) throws InvalidRequestException, InvalidNameException {
        if (spec.csr() == null) {
            return Optional.empty();
        }
        try {
            var request = GivenRequest.ofPem(spec.csr());
            var names = new HashSet<>(Entitlement.wantedNames(spec));
            if (!request.dnsNames().equals(names)) {
                throw new InvalidRequestException("is for " + shown(request.dnsNames()) + ", and spec.dnsNames has "
                        + shown(names) + "; they must be the same names");
            }
            var addresses = addresses(spec);
            if (!request.ipAddresses().equals(addresses)) {
                throw new InvalidRequestException("is for the IP addresses " + text(request.ipAddresses())
                        + ", and spec.ipAddresses has " + text(addresses) + "; they must be the same");
            }
            return Optional.of(request);
        } catch (InvalidRequestException e) {
            throw new InvalidRequestException("spec.csr " + e.getMessage());
        }
    }

    private static Set<InetAddress> addresses(ManagedCertificateSpec spec) {
        return spec.ipAddresses().stream()
                .filter(InetAddresses::isInetAddress)
                .map(InetAddresses::forString)
                .collect(Collectors.toSet());
    }

    private static String text(Set<InetAddress> addresses) {
        return shown(addresses.stream().map(InetAddresses::toAddrString).collect(Collectors.toSet()));
    }

    private static String shown(Set<String> names) {
        var sorted = new TreeSet<>(names)
                .stream().map(InvalidNameException::printable).toList();
        return sorted.isEmpty()
                ? "none"
                : String.join(", ", sorted.subList(0, Math.min(sorted.size(), 5)))
                        + (sorted.size() > 5 ? " and " + (sorted.size() - 5) + " more" : "");
    }
}
