package dev.caas.pki;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificateSpec.PrivateKey.Encoding;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.Optional;

/**
 * The private key of a certificate with its public key. Never shows the key except in {@link #toPem()},
 * {@link #toPem(Encoding)} and {@link #toDer()}.
 *
 * @param pair both keys, of the JDK's providers; the private key has a PKCS#8 encoding
 */
public record CertificateKey(KeyPair pair) {
    public CertificateKey {
        if (pair.getPrivate() == null
                || pair.getPublic() == null
                || !"PKCS#8".equals(pair.getPrivate().getFormat())) {
            throw new IllegalArgumentException("a pair of a public key and a PKCS#8 private key is needed");
        }
    }

    /** A new key from the JDK's secure random source. RSA-4096 takes up to seconds of processor time. */
    public static CertificateKey generate(KeyAlgorithm algorithm) {
        try {
            return new CertificateKey(generator(algorithm).generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot make keys of kind " + algorithm.label(), e);
        }
    }

    /**
     * Reads a private key: the first {@code PRIVATE KEY} (PKCS#8, RFC 5958), {@code EC PRIVATE KEY} (RFC 5915) or
     * {@code RSA PRIVATE KEY} (PKCS#1, RFC 8017) in the text. The public key is always derived, never believed.
     *
     * @throws InvalidPemException when there is none, it is encrypted, or its kind or curve is unknown
     */
    public static CertificateKey fromPem(String text) throws InvalidPemException {
        return PrivateKeyReader.read(text);
    }

    /** The private key as PKCS#8 PEM ({@code PRIVATE KEY}), ending with a line break. A secret. */
    public String toPem() {
        return Pem.write(List.of(new Pem("PRIVATE KEY", toDer())));
    }

    /**
     * The private key as PEM in an encoding, ending with a line break: Traditional is {@code RSA PRIVATE KEY} (PKCS#1,
     * RFC 8017) or {@code EC PRIVATE KEY} (SEC 1, RFC 5915); Ed25519 has only PKCS#8. A secret.
     */
    public String toPem(Encoding encoding) {
        return encoding == Encoding.PKCS8 ? toPem() : Pem.write(List.of(TraditionalKey.of(pair)));
    }

    /** Whether the first private key in a text stands there in the encoding asked for, whichever key it is. */
    public boolean isWrittenAs(Encoding encoding, String text) {
        try {
            return PrivateKeyReader.label(text).equals(PrivateKeyReader.label(toPem(encoding)));
        } catch (InvalidPemException e) {
            return false;
        }
    }

    /** The private key as PKCS#8 DER (RFC 5958). A secret. */
    public byte[] toDer() {
        return pair.getPrivate().getEncoded();
    }

    /** The algorithm and size, or empty when it is none that a certificate can ask for. */
    public Optional<KeyAlgorithm> algorithm() {
        return KeyAlgorithms.of(pair.getPublic());
    }

    @Override
    public String toString() {
        return "CertificateKey["
                + algorithm().map(KeyAlgorithm::label).orElse(pair.getPublic().getAlgorithm()) + "]";
    }

    private static KeyPairGenerator generator(KeyAlgorithm algorithm) throws GeneralSecurityException {
        return switch (algorithm) {
            case ECDSA_P256 -> ec("secp256r1");
            case ECDSA_P384 -> ec("secp384r1");
            case RSA_2048 -> rsa(2048);
            case RSA_3072 -> rsa(3072);
            case RSA_4096 -> rsa(4096);
            case ED25519 -> KeyPairGenerator.getInstance("Ed25519");
        };
    }

    private static KeyPairGenerator ec(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator;
    }

    private static KeyPairGenerator rsa(int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator;
    }
}
