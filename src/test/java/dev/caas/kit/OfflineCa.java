package dev.caas.kit;

import dev.caas.api.KeyAlgorithm;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Issues certificates without an order: those that were there before the test. No CA of the stage knows them. Each has
 * its own key (P-256), and the authority's certificate behind it, as a CA's answer has.
 */
public final class OfflineCa {
    private static final X500Name NAME = new X500Name("CN=Frozen Test CA");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SERIAL_BITS = 120;

    private final CertificateKey key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
    private final Instant start;
    private final Instant end;
    private final X509Certificate own;

    /** A certificate with its key. */
    public record Issued(CertificateChain chain, CertificateKey key) {}

    /** Issues what is valid from a minute ago, as a CA does, to the end. */
    public OfflineCa(Instant end) {
        this.start = Instant.now().minus(Duration.ofMinutes(1));
        this.end = end;
        try {
            own = sign(builder(NAME, key.pair().getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(true)));
        } catch (CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate for these names, with a serial number of its own. */
    public Issued issue(List<String> dnsNames) {
        var leafKey = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        var names = dnsNames.stream()
                .map(name -> new GeneralName(GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        try {
            var leaf = builder(
                            new X500Name("CN=" + dnsNames.getFirst()),
                            leafKey.pair().getPublic())
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(own));
            return new Issued(CertificateChain.of(List.of(sign(leaf), own)), leafKey);
        } catch (CertIOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509v3CertificateBuilder builder(X500Name subject, PublicKey subjectKey) throws CertIOException {
        try {
            return new JcaX509v3CertificateBuilder(
                            NAME,
                            new BigInteger(SERIAL_BITS, RANDOM),
                            Date.from(start),
                            Date.from(end),
                            subject,
                            subjectKey)
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(subjectKey));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate sign(X509v3CertificateBuilder builder) {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(key.pair().getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
