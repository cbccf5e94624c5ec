package dev.caas.pki;

import java.io.IOException;
import java.security.KeyPair;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X962Parameters;

/** Writes private keys as OpenSSL did before PKCS#8: each algorithm in a form of its own. */
final class TraditionalKey {
    private TraditionalKey() {}

    /** PKCS#1 of an RSA key, SEC 1 of an EC key; PKCS#8 of one that has no such form. */
    static Pem of(KeyPair pair) {
        var info = PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded());
        try {
            return switch (pair.getPrivate().getAlgorithm()) {
                case "RSA" ->
                    new Pem(
                            "RSA PRIVATE KEY",
                            info.parsePrivateKey().toASN1Primitive().getEncoded(ASN1Encoding.DER));
                case "EC" -> new Pem("EC PRIVATE KEY", sec1(info, pair).getEncoded(ASN1Encoding.DER));
                default -> new Pem("PRIVATE KEY", pair.getPrivate().getEncoded());
            };
        } catch (IOException e) {
            throw new IllegalStateException("a key that was read can be written", e);
        }
    }

    /** With curve and public key, which PKCS#8 keeps elsewhere or leaves out. */
    private static ECPrivateKey sec1(PrivateKeyInfo info, KeyPair pair) throws IOException {
        var curve =
                ASN1ObjectIdentifier.getInstance(info.getPrivateKeyAlgorithm().getParameters());
        return new ECPrivateKey(
                ECNamedCurveTable.getByOID(curve).getN().bitLength(),
                ECPrivateKey.getInstance(info.parsePrivateKey()).getKey(),
                SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()).getPublicKeyData(),
                new X962Parameters(curve));
    }
}
