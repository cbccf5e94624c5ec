package dev.caas.pki;

import dev.caas.api.KeyAlgorithm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * A certificate signing request (PKCS#10, RFC 2986) that somebody made who keeps the private key. It goes to the CA as it
 * is; all it asks for by name is known here, so that nothing is asked for that was not judged.
 */
public final class GivenRequest {
    private final PKCS10CertificationRequest request;
    private final PublicKey key;
    private final KeyAlgorithm keyAlgorithm;
    private final Set<String> dnsNames;
    private final Set<InetAddress> ipAddresses;

    private GivenRequest(PKCS10CertificationRequest request) throws InvalidRequestException {
        this.request = request;
        this.key = key(request);
        this.keyAlgorithm = KeyAlgorithms.of(key)
                .orElseThrow(() -> new InvalidRequestException("is for a key of a kind that is not supported; use "
                        + Stream.of(KeyAlgorithm.values())
                                .map(KeyAlgorithm::label)
                                .collect(Collectors.joining(", "))));
        var alternativeNames = alternativeNames(request);
        this.dnsNames = Set.copyOf(dnsNames(alternativeNames));
        this.ipAddresses = Set.copyOf(ipAddresses(alternativeNames));
        verifySignature();
        verifyCommonNames();
    }

    /**
     * Reads the one {@code CERTIFICATE REQUEST} in a text.
     *
     * @throws InvalidRequestException when it cannot be read, its signature does not hold, its key is of no supported kind,
     *     or it names what is no DNS name or IP address; the message goes on after the name of the field
     */
    public static GivenRequest ofPem(String text) throws InvalidRequestException {
        try {
            var requests = Pem.read(text).stream()
                    .filter(pem -> pem.label().endsWith("CERTIFICATE REQUEST"))
                    .toList();
            if (requests.size() != 1) {
                throw new InvalidRequestException(
                        "must have one CERTIFICATE REQUEST in PEM, and has " + requests.size());
            }
            return new GivenRequest(
                    new PKCS10CertificationRequest(requests.getFirst().der()));
        } catch (InvalidPemException | IOException | RuntimeException e) {
            throw new InvalidRequestException("cannot be read as PKCS#10; make it anew, such as with openssl req -new");
        }
    }

    /** The request as it was given, in DER. */
    public byte[] der() {
        try {
            return request.getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException("a request that was read has an encoding", e);
        }
    }

    /** The dNSName alternative names, lower case. */
    public Set<String> dnsNames() {
        return dnsNames;
    }

    /** The iPAddress alternative names. */
    public Set<InetAddress> ipAddresses() {
        return ipAddresses;
    }

    /** Algorithm and size of its key. */
    public KeyAlgorithm keyAlgorithm() {
        return keyAlgorithm;
    }

    /** By which the certificate that comes of it is known: see {@link KeyFingerprint}. */
    public String keyFingerprint() {
        return KeyFingerprint.of(key);
    }

    /** The holder of the key made it (RFC 2986 section 4.2). */
    private void verifySignature() throws InvalidRequestException {
        try {
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new InvalidRequestException("is not signed by its own key; make it anew");
            }
        } catch (OperatorCreationException | PKCSException | RuntimeException e) {
            throw new InvalidRequestException("has a signature that cannot be verified; make it anew with SHA-256");
        }
    }

    /** A CA takes the common name for one more name (RFC 8555 section 7.4). */
    private void verifyCommonNames() throws InvalidRequestException {
        for (var rdn : request.getSubject().getRDNs(BCStyle.CN)) {
            for (var attribute : rdn.getTypesAndValues()) {
                if (attribute.getType().equals(BCStyle.CN)
                        && !(attribute.getValue() instanceof ASN1String name
                                && isNamed(name.getString().toLowerCase(Locale.ROOT)))) {
                    throw new InvalidRequestException("has a common name that is not among its alternative names; leave"
                            + " it out, or name it there too (subjectAltName)");
                }
            }
        }
    }

    private boolean isNamed(String name) {
        return dnsNames.contains(name)
                || ipAddresses.stream().anyMatch(a -> a.getHostAddress().equals(name));
    }

    private static PublicKey key(PKCS10CertificationRequest request) throws InvalidRequestException {
        try {
            var info = request.getSubjectPublicKeyInfo();
            var algorithm = switch (info.getAlgorithm().getAlgorithm().getId()) {
                case "1.2.840.113549.1.1.1" -> "RSA";
                case "1.2.840.10045.2.1" -> "EC";
                default -> "Ed25519";
            };
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(info.getEncoded()));
        } catch (GeneralSecurityException | IOException e) {
            throw new InvalidRequestException(
                    "is for a key that cannot be read; make it anew with an ECDSA or RSA key");
        }
    }

    private static GeneralName[] alternativeNames(PKCS10CertificationRequest request) throws InvalidRequestException {
        var extensions = request.getRequestedExtensions();
        var names =
                extensions == null ? null : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        if (names == null || names.getNames().length == 0) {
            throw new InvalidRequestException(
                    "has no alternative names; make it anew, such as with openssl req -new -addext subjectAltName=DNS:…");
        }
        return names.getNames();
    }

    private static Set<String> dnsNames(GeneralName[] names) throws InvalidRequestException {
        var found = new TreeSet<String>();
        for (var name : names) {
            switch (name.getTagNo()) {
                case GeneralName.dNSName ->
                    found.add(ASN1String.class.cast(name.getName()).getString().toLowerCase(Locale.ROOT));
                case GeneralName.iPAddress -> {}
                default ->
                    throw new InvalidRequestException(
                            "has an alternative name that is no DNS name and no IP address; leave it out");
            }
        }
        return found;
    }

    private static Set<InetAddress> ipAddresses(GeneralName[] names) throws InvalidRequestException {
        var found = new java.util.HashSet<InetAddress>();
        for (var name : names) {
            if (name.getTagNo() == GeneralName.iPAddress) {
                try {
                    found.add(InetAddress.getByAddress(
                            ASN1OctetString.getInstance(name.getName()).getOctets()));
                } catch (UnknownHostException e) {
                    throw new InvalidRequestException("has an IP address of neither 4 nor 16 octets; make it anew");
                }
            }
        }
        return found;
    }

    @Override
    public String toString() {
        return "GivenRequest[" + dnsNames + ipAddresses + ", " + keyAlgorithm.label() + "]";
    }
}
