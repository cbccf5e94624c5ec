package dev.caas.certificate;

import com.google.common.net.InetAddresses;
import dev.caas.api.KeyAlgorithm;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Certificates for tests of what is done with them, not of what they are. */
final class SelfSigned {
    private static final CertificateKey KEY = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);

    private SelfSigned() {}

    /** Kept since the start of its validity. */
    static KeptCertificate kept(Instant notBefore, Instant notAfter, long serial) {
        return new KeptCertificate(
                chain(notBefore, notAfter, serial), KEY, notBefore, null, null, null, List.of(), null, List.of());
    }

    /** For these names and addresses, ordered with a profile. */
    static KeptCertificate kept(List<String> names, @Nullable String profile, Instant notBefore, Instant notAfter) {
        return new KeptCertificate(
                chain(notBefore, notAfter, 1, names), KEY, notBefore, null, null, profile, List.of(), null, List.of());
    }

    static CertificateChain chain(Instant notBefore, Instant notAfter) {
        return chain(notBefore, notAfter, 1);
    }

    static CertificateChain chain(Instant notBefore, Instant notAfter, long serial) {
        return chain(notBefore, notAfter, serial, List.of());
    }

    private static CertificateChain chain(Instant notBefore, Instant notAfter, long serial, List<String> names) {
        try {
            var name = new X500Name("CN=test");
            var builder = new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.valueOf(serial),
                    Date.from(notBefore),
                    Date.from(notAfter),
                    name,
                    KEY.pair().getPublic());
            if (!names.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, alternativeNames(names));
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(KEY.pair().getPrivate());
            return CertificateChain.of(
                    List.of(new JcaX509CertificateConverter().getCertificate(builder.build(signer))));
        } catch (OperatorException | GeneralSecurityException | CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralNames alternativeNames(List<String> names) {
        return new GeneralNames(names.stream()
                .map(name -> new GeneralName(
                        InetAddresses.isInetAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }
}
