package dev.caas.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.jspecify.annotations.Nullable;

/** The question whether one certificate was issued by the holder of another (RFC 5280 section 6.1.3). */
record Issuance(X509Certificate certificate, X509Certificate issuer) {
    /** Whether the certificate names this issuer: the same name, and no other key identifier. */
    boolean isClaimed() {
        return certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
                && (!hasKeyIdentifier() || Arrays.equals(authorityKeyIdentifier(), subjectKeyIdentifier()));
    }

    /** Whether both certificates have the extension that tells keys of one issuer apart. */
    boolean hasKeyIdentifier() {
        return authorityKeyIdentifier() != null && subjectKeyIdentifier() != null;
    }

    /** Whether the issuer's key made the certificate's signature. */
    boolean signatureHolds() {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private byte @Nullable [] authorityKeyIdentifier() {
        byte[] value = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
        return value == null
                ? null
                : AuthorityKeyIdentifier.getInstance(
                                ASN1OctetString.getInstance(value).getOctets())
                        .getKeyIdentifierOctets();
    }

    private byte @Nullable [] subjectKeyIdentifier() {
        byte[] value = issuer.getExtensionValue(Extension.subjectKeyIdentifier.getId());
        return value == null
                ? null
                : SubjectKeyIdentifier.getInstance(
                                ASN1OctetString.getInstance(value).getOctets())
                        .getKeyIdentifier();
    }
}
