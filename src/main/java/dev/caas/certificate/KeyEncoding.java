package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec.PrivateKey.Encoding;

/** How the private key stands in {@code tls.key}. It is the same key in every encoding: none is ordered for another. */
record KeyEncoding(Encoding encoding, KeptCertificate kept) implements SecretPart {
    static KeyEncoding of(ManagedCertificate certificate, KeptCertificate kept) {
        return new KeyEncoding(certificate.getSpec().privateKey().encoding(), kept);
    }

    @Override
    public SecretContent putInto(SecretContent present) {
        var key = kept.key();
        return key == null || key.isWrittenAs(encoding, present.text(KeptCertificate.PRIVATE_KEY_KEY))
                ? present
                : present.withText(KeptCertificate.PRIVATE_KEY_KEY, key.toPem(encoding));
    }
}
