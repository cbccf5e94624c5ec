package dev.caas.pki;

import com.google.common.net.InetAddresses;
import dev.caas.api.KeyAlgorithm;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * A certificate and the certificates that lead to its root (application/pem-certificate-chain, RFC 8555 section 9.1).
 * Whether the order is right is a question to ask ({@link #wellOrdered()}), not a condition to exist.
 *
 * @param certificates one or more certificates, the end-entity certificate ("leaf") first
 */
public record CertificateChain(List<X509Certificate> certificates) {
    /** The GeneralName choice dNSName, RFC 5280 section 4.2.1.6. */
    private static final int DNS_NAME = 2;
    /** The GeneralName choice iPAddress. */
    private static final int IP_ADDRESS = 7;

    public CertificateChain {
        certificates = List.copyOf(certificates);
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("a chain has at least one certificate");
        }
    }

    /** The chain of these certificates, leaf first; at least one. */
    public static CertificateChain of(List<X509Certificate> certificates) {
        return new CertificateChain(certificates);
    }

    /**
     * Reads all {@code CERTIFICATE} objects of a text in their order; other objects are skipped.
     *
     * @throws InvalidPemException when there is none, or one is not an X.509 certificate
     */
    public static CertificateChain ofPem(String text) throws InvalidPemException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem pem : Pem.read(text)) {
            if (pem.label().equals("CERTIFICATE")) {
                certificates.add(certificate(pem.der()));
            }
        }
        if (certificates.isEmpty()) {
            throw new InvalidPemException("there is no CERTIFICATE in the text");
        }
        return new CertificateChain(certificates);
    }

    /** All certificates as PEM, leaf first, ending with a line break. */
    public String toPem() {
        return Pem.write(certificates.stream()
                .map(certificate -> new Pem("CERTIFICATE", der(certificate)))
                .toList());
    }

    /** Whether the leaf names itself as its issuer: no CA vouches for it. */
    public boolean isSelfIssued() {
        return leaf().getIssuerX500Principal().equals(leaf().getSubjectX500Principal());
    }

    /** The end-entity certificate. */
    public X509Certificate leaf() {
        return certificates.getFirst();
    }

    /** The leaf's dNSName alternative names in lower case, sorted; empty when it has none that can be read. */
    public SortedSet<String> dnsNames() {
        return alternativeNames(DNS_NAME, name -> name.toLowerCase(Locale.ROOT));
    }

    /** The leaf's iPAddress alternative names as RFC 5952 writes them, sorted; empty when it has none that can be read. */
    public SortedSet<String> ipAddresses() {
        return alternativeNames(IP_ADDRESS, address -> InetAddresses.toAddrString(InetAddresses.forString(address)));
    }

    /** All that the leaf is for, {@link #dnsNames()} and {@link #ipAddresses()}, sorted. */
    public SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>(dnsNames());
        names.addAll(ipAddresses());
        return Collections.unmodifiableSortedSet(names);
    }

    private SortedSet<String> alternativeNames(int wanted, UnaryOperator<String> spelling) {
        SortedSet<String> names = new TreeSet<>();
        try {
            var alternativeNames = leaf().getSubjectAlternativeNames();
            for (List<?> name : alternativeNames == null ? List.<List<?>>of() : alternativeNames) {
                if (name.get(0) instanceof Integer type && type == wanted && name.get(1) instanceof String text) {
                    names.add(spelling.apply(text));
                }
            }
        } catch (CertificateParsingException e) {
            return Collections.emptySortedSet();
        }
        return Collections.unmodifiableSortedSet(names);
    }

    /** The last common name of the leaf's subject, as written; empty when there is none. */
    public Optional<String> commonName() {
        return commonName(leaf().getSubjectX500Principal());
    }

    private static Optional<String> commonName(X500Principal principal) {
        RDN[] names = X500Name.getInstance(principal.getEncoded()).getRDNs(BCStyle.CN);
        return names.length > 0 && names[names.length - 1].getFirst().getValue() instanceof ASN1String name
                ? Optional.of(name.getString())
                : Optional.empty();
    }

    /** The leaf's serial number in lower-case hexadecimal digits without leading zeros, for example {@code 3ef01}. */
    public String serialNumber() {
        return leaf().getSerialNumber().toString(16);
    }

    /** SHA-256 of the leaf's DER in 64 lower-case hexadecimal digits. */
    public String fingerprint() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der(leaf())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The common name of whoever issued the last certificate: the root that the chain leads to; empty without one. */
    public Optional<String> topmostIssuer() {
        return commonName(certificates.getLast().getIssuerX500Principal());
    }

    /** The distinguished name of the leaf's issuer (RFC 4514). */
    public String issuer() {
        return leaf().getIssuerX500Principal().getName(X500Principal.RFC2253);
    }

    /** The first moment at which the leaf is valid. */
    public Instant notBefore() {
        return leaf().getNotBefore().toInstant();
    }

    /** The last moment at which the leaf is valid. */
    public Instant notAfter() {
        return leaf().getNotAfter().toInstant();
    }

    /** Whether the moment is in the leaf's validity, both ends included (RFC 5280 section 4.1.2.5). */
    public boolean validAt(Instant moment) {
        return !moment.isBefore(notBefore()) && !moment.isAfter(notAfter());
    }

    /** Whether the leaf is for this public key. */
    public boolean matches(PublicKey key) {
        return MessageDigest.isEqual(leaf().getPublicKey().getEncoded(), key.getEncoded());
    }

    /** By which the leaf's key is told from others: SHA-256 of its SubjectPublicKeyInfo, lower-case hexadecimal. */
    public String keyFingerprint() {
        return KeyFingerprint.of(leaf().getPublicKey());
    }

    /** The certificates above the leaf, its issuer first; the root is rarely among them. */
    public List<X509Certificate> issuers() {
        return certificates.subList(1, certificates.size());
    }

    /**
     * Whether each certificate was issued by the next: names, key identifiers and signatures. The last one's issuer is
     * not looked for. Takes up to a millisecond a certificate: for a chain that has just come from a CA.
     */
    public boolean wellOrdered() {
        return eachIssuedByTheNext(Issuance::signatureHolds);
    }

    /**
     * Whether each certificate says that it was issued by the next: by name and key identifier (RFC 5280 section
     * 4.2.1.1), and only where there is no identifier by signature. For chains that were {@link #wellOrdered()} once.
     */
    public boolean inOrder() {
        return eachIssuedByTheNext(issuance -> issuance.hasKeyIdentifier() || issuance.signatureHolds());
    }

    /** The algorithm and size of the leaf's key, or empty when it is none that a certificate can ask for. */
    public Optional<KeyAlgorithm> keyAlgorithm() {
        return KeyAlgorithms.of(leaf().getPublicKey());
    }

    @Override
    public String toString() {
        return "CertificateChain[serial " + serialNumber() + ", " + certificates.size() + " certificates]";
    }

    private boolean eachIssuedByTheNext(Predicate<Issuance> proof) {
        return IntStream.range(1, certificates.size())
                .mapToObj(i -> new Issuance(certificates.get(i - 1), certificates.get(i)))
                .allMatch(issuance -> issuance.isClaimed() && proof.test(issuance));
    }

    private static X509Certificate certificate(byte[] der) throws InvalidPemException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new InvalidPemException("a CERTIFICATE is not an X.509 certificate");
        }
    }

    private static byte[] der(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read has an encoding", e);
        }
    }
}
