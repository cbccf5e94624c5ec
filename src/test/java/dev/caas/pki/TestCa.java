package dev.caas.pki;

import com.google.common.net.InetAddresses;
import dev.caas.api.KeyAlgorithm;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues certificates: a root and an intermediate with P-256 keys, and leaves below the intermediate. */
final class TestCa {
    static final Instant NOT_BEFORE = Instant.parse("2026-01-01T00:00:00Z");
    static final Instant NOT_AFTER = Instant.parse("2026-04-01T00:00:00Z");
    static final Instant DURING = Instant.parse("2026-02-01T00:00:00Z");

    private static final X500Name ROOT_NAME = new X500Name("CN=Test Root,O=Test");
    private static final X500Name INTERMEDIATE_NAME = new X500Name("CN=Test Intermediate,O=Test");

    private final KeyPair rootKey = p256();
    private final KeyPair intermediateKey = p256();
    final X509Certificate root;
    final X509Certificate intermediate;
    private boolean keyIdentifiers = true;
    private int serial = 0xabc0;

    TestCa() throws Exception {
        root = certificate(ROOT_NAME, ROOT_NAME, rootKey, rootKey, List.of());
        intermediate = certificate(ROOT_NAME, INTERMEDIATE_NAME, rootKey, intermediateKey, List.of());
    }

    /** The certificates that are issued next carry no key identifiers, as an old CA's. */
    TestCa withoutKeyIdentifiers() {
        keyIdentifiers = false;
        return this;
    }

    CertificateChain issue(CertificateKey key, String subject, String... names) throws Exception {
        X509Certificate leaf =
                certificate(INTERMEDIATE_NAME, new X500Name(subject), intermediateKey, key.pair(), List.of(names));
        return CertificateChain.of(List.of(leaf, intermediate));
    }

    private X509Certificate certificate(
            X500Name issuer, X500Name subject, KeyPair issuerKey, KeyPair subjectKey, List<String> alternativeNames)
            throws Exception {
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(serial++),
                Date.from(NOT_BEFORE),
                Date.from(NOT_AFTER),
                subject,
                subjectKey.getPublic());
        if (!alternativeNames.isEmpty()) {
            List<GeneralName> names = new ArrayList<>();
            alternativeNames.forEach(name -> names.add(new GeneralName(
                    InetAddresses.isInetAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name)));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    subject.getRDNs().length == 0,
                    new GeneralNames(names.toArray(GeneralName[]::new)));
        }
        if (keyIdentifiers) {
            var identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    identifiers.createAuthorityKeyIdentifier(issuerKey.getPublic()));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    identifiers.createSubjectKeyIdentifier(subjectKey.getPublic()));
        }
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static KeyPair p256() {
        return CertificateKey.generate(KeyAlgorithm.ECDSA_P256).pair();
    }
}
