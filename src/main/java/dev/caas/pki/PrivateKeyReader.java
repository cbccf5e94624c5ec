package dev.caas.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/** Reads private keys in the three encodings that tools write, and derives their public keys. */
final class PrivateKeyReader {
    private PrivateKeyReader() {}

    static CertificateKey read(String text) throws InvalidPemException {
        for (Pem pem : Pem.read(text)) {
            Optional<PrivateKeyInfo> info = keyInfo(pem);
            if (info.isPresent()) {
                return new CertificateKey(pairOf(info.get()));
            }
        }
        throw new InvalidPemException("there is no PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY in the text");
    }

    /** The label of the key that {@link #read} reads. */
    static String label(String text) throws InvalidPemException {
        for (Pem pem : Pem.read(text)) {
            if (pem.label().endsWith("PRIVATE KEY")) {
                return pem.label();
            }
        }
        throw new InvalidPemException("there is no PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY in the text");
    }

    private static Optional<PrivateKeyInfo> keyInfo(Pem pem) throws InvalidPemException {
        try {
            return switch (pem.label()) {
                case "PRIVATE KEY" -> Optional.of(PrivateKeyInfo.getInstance(pem.der()));
                case "EC PRIVATE KEY" -> Optional.of(ofSec1(ECPrivateKey.getInstance(pem.der())));
                case "RSA PRIVATE KEY" -> Optional.of(ofPkcs1(pem.der()));
                case "ENCRYPTED PRIVATE KEY" ->
                    throw new InvalidPemException("the private key is encrypted: store it unencrypted");
                default -> Optional.empty();
            };
        } catch (IOException | RuntimeException e) {
            throw new InvalidPemException("the " + pem.label() + " is damaged, or encrypted in OpenSSL's own way");
        }
    }

    private static PrivateKeyInfo ofSec1(ECPrivateKey key) throws IOException {
        var algorithm = new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject());
        return new PrivateKeyInfo(algorithm, key);
    }

    private static PrivateKeyInfo ofPkcs1(byte[] der) throws IOException {
        var algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
        return new PrivateKeyInfo(algorithm, org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(der));
    }

    private static KeyPair pairOf(PrivateKeyInfo info) throws InvalidPemException {
        try {
            AsymmetricKeyParameter secret = PrivateKeyFactory.createKey(info);
            byte[] publicInfo = SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicPart(secret))
                    .getEncoded();
            KeyFactory factory = KeyFactory.getInstance(
                    switch (secret) {
                        case RSAKeyParameters _ -> "RSA";
                        case ECPrivateKeyParameters _ -> "EC";
                        default -> "Ed25519";
                    });
            PrivateKey privateKey = factory.generatePrivate(
                    new PKCS8EncodedKeySpec(plain(info, secret).getEncoded()));
            PublicKey publicKey = factory.generatePublic(new X509EncodedKeySpec(publicInfo));
            return new KeyPair(publicKey, privateKey);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new InvalidPemException("the private key is damaged or of a kind or curve that is not supported");
        }
    }

    /** Without public key and attributes, which may stand in two places (RFC 5958, RFC 5915) and stop some readers. */
    private static PrivateKeyInfo plain(PrivateKeyInfo info, AsymmetricKeyParameter secret) throws IOException {
        ASN1Encodable key = secret instanceof ECPrivateKeyParameters ec
                ? new ECPrivateKey(ec.getParameters().getN().bitLength(), ec.getD())
                : info.parsePrivateKey();
        return new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), key);
    }

    private static AsymmetricKeyParameter publicPart(AsymmetricKeyParameter secret) throws InvalidPemException {
        return switch (secret) {
            case RSAPrivateCrtKeyParameters rsa ->
                new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
            case ECPrivateKeyParameters ec ->
                new ECPublicKeyParameters(
                        new FixedPointCombMultiplier()
                                .multiply(ec.getParameters().getG(), ec.getD()),
                        ec.getParameters());
            case Ed25519PrivateKeyParameters ed -> ed.generatePublicKey();
            default -> throw new InvalidPemException("only RSA, EC and Ed25519 keys are supported");
        };
    }
}
