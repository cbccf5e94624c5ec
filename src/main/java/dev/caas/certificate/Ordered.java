package dev.caas.certificate;

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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an order asks for: everything of a declaration that ends up in the certificate. An order whose declaration has
 * changed in any of this is of no use any more.
 *
 * @param dnsNames A-labels, lower case, sorted
 * @param duration Go duration, or null for the CA's default
 * @param keyFingerprint of the key whose holder made the signing request; null when the operator makes it
 */
public record Ordered(
        List<String> dnsNames,
        @Nullable String commonName,
        KeyAlgorithm keyAlgorithm,
        @Nullable String profile,
        @Nullable String duration,
        @Nullable String keyFingerprint) {
    public Ordered {
        dnsNames = List.copyOf(dnsNames);
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
                given.map(GivenRequest::keyFingerprint).orElse(null));
    }

    /** What a certificate must be to satisfy this declaration, under whatever account it was issued. */
    static Wanted wanted(ManagedCertificateSpec spec) throws InvalidNameException, InvalidRequestException {
        var given = DeclaredRequest.of(spec);
        return new Wanted(
                new HashSet<>(Entitlement.wantedNames(spec)),
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
        return new Wanted(new HashSet<>(dnsNames), commonName, keyAlgorithm, keyFingerprint);
    }
}
