package dev.caas.certificate;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caas.api.CaaSAccount;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.entitlement.DomainName;
import dev.caas.entitlement.Entitlement;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.pki.GivenRequest;
import dev.caas.pki.InvalidRequestException;
import dev.caas.pki.Wanted;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an order asks for: everything of a declaration that ends up in the certificate. An order whose declaration has
 * changed in any of this is of no use any more.
 *
 * @param dnsNames A-labels, lower case, sorted
 * @param duration Go duration, or null for the CA's default
 * @param ipAddresses as RFC 5952 writes them, sorted
 * @param keyFingerprint of the key whose holder made the signing request; null when the operator makes it
 */
public record Ordered(
        List<String> dnsNames,
        @Nullable String commonName,
        KeyAlgorithm keyAlgorithm,
        @Nullable String profile,
        @Nullable String duration,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> ipAddresses,
        @Nullable String keyFingerprint) {
    public Ordered {
        dnsNames = List.copyOf(dnsNames);
        ipAddresses = ipAddresses == null ? List.of() : List.copyOf(ipAddresses);
    }

    /** All that it is for, names and addresses, sorted. */
    List<String> names() {
        return names(dnsNames, ipAddresses);
    }

    private static List<String> names(List<String> dnsNames, List<String> ipAddresses) {
        return Stream.concat(dnsNames.stream(), ipAddresses.stream()).sorted().toList();
    }

    /** What this declaration asks for under this account. */
    static Ordered of(ManagedCertificate certificate, CaaSAccount account)
            throws InvalidNameException, InvalidRequestException {
        var spec = certificate.getSpec();
        var given = DeclaredRequest.of(spec);
        return new Ordered(
                Entitlement.wantedNames(spec),
                commonName(spec),
                keyAlgorithm(spec, given),
                spec.profile() != null ? spec.profile() : account.getSpec().profile(),
                spec.duration(),
                Entitlement.wantedAddresses(spec),
                given.map(GivenRequest::keyFingerprint).orElse(null));
    }

    /** What a certificate must be to satisfy this declaration, under whatever account it was issued. */
    static Wanted wanted(ManagedCertificateSpec spec) throws InvalidNameException, InvalidRequestException {
        var given = DeclaredRequest.of(spec);
        return new Wanted(
                Set.copyOf(names(Entitlement.wantedNames(spec), Entitlement.wantedAddresses(spec))),
                commonName(spec),
                keyAlgorithm(spec, given),
                given.map(GivenRequest::keyFingerprint).orElse(null));
    }

    private static KeyAlgorithm keyAlgorithm(ManagedCertificateSpec spec, Optional<GivenRequest> given) {
        return given.map(GivenRequest::keyAlgorithm).orElseGet(() -> KeyAlgorithm.of(spec.privateKey()));
    }

    private static @Nullable String commonName(ManagedCertificateSpec spec) throws InvalidNameException {
        return spec.commonName() == null
                ? null
                : DomainName.parse(spec.commonName()).ascii();
    }

    /** What the certificate that comes of this order must be. */
    Wanted wanted() {
        return new Wanted(Set.copyOf(names()), commonName, keyAlgorithm, keyFingerprint);
    }
}
