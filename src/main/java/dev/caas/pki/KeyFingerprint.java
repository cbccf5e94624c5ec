package dev.caas.pki;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.HexFormat;

/** Tells public keys apart: SHA-256 of the SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), lower-case hexadecimal. */
final class KeyFingerprint {
    private KeyFingerprint() {}

    static String of(PublicKey key) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
