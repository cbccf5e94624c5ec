package dev.caas.pki;

import dev.caas.api.KeyAlgorithm;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** Recognizes the key algorithms that certificates may ask for. */
final class KeyAlgorithms {
    private KeyAlgorithms() {}

    /** The algorithm and size of a key, or empty when it is none that a certificate can ask for. */
    static Optional<KeyAlgorithm> of(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa ->
                switch (rsa.getModulus().bitLength()) {
                    case 2048 -> Optional.of(KeyAlgorithm.RSA_2048);
                    case 3072 -> Optional.of(KeyAlgorithm.RSA_3072);
                    case 4096 -> Optional.of(KeyAlgorithm.RSA_4096);
                    default -> Optional.empty();
                };
            case ECPublicKey ec -> curve(ec);
            case EdECPublicKey ed
            when ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) ->
                Optional.of(KeyAlgorithm.ED25519);
            default -> Optional.empty();
        };
    }

    private static Optional<KeyAlgorithm> curve(ECPublicKey key) {
        var parameters = SubjectPublicKeyInfo.getInstance(key.getEncoded())
                .getAlgorithm()
                .getParameters();
        if (!(parameters instanceof ASN1ObjectIdentifier curve)) {
            return Optional.empty();
        }
        if (curve.equals(SECObjectIdentifiers.secp256r1)) {
            return Optional.of(KeyAlgorithm.ECDSA_P256);
        }
        return curve.equals(SECObjectIdentifiers.secp384r1) ? Optional.of(KeyAlgorithm.ECDSA_P384) : Optional.empty();
    }
}
