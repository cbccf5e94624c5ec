package dev.caas.pki;

import dev.caas.api.ManagedCertificateSpec.Pkcs12.Profile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCS12MacCalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCS12MacCalculatorBuilderProvider;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;

/** PKCS#12 (RFC 7292), as PFX files are called in full. */
public final class Pkcs12Format extends KeystoreFormat {
    /** As many as the JDK uses. */
    private static final int ITERATIONS = 10_000;

    private static final AlgorithmIdentifier HMAC_SHA256 =
            new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);

    /** An attribute of Oracle's, without which Java does not see a certificate as one to trust. */
    private static final ASN1ObjectIdentifier TRUSTED_KEY_USAGE =
            new ASN1ObjectIdentifier("2.16.840.1.113894.746875.1.1");

    private static final Provider PROVIDER = new BouncyCastleProvider();

    private final Profile profile;

    /**
     * @param profile Modern: PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC, integrity by HMAC-SHA-256 (OpenSSL 1.1, Java
     *     8u301, Windows Server 2019, and later). Legacy: triple DES, integrity by HMAC-SHA-1, which every program reads
     */
    public Pkcs12Format(Profile profile) {
        super("PKCS12");
        this.profile = profile;
    }

    @Override
    public byte[] keystore(KeystoreEntry entry, Password password) {
        try {
            var certificates = entry.chain().certificates();
            var bags = new PKCS12SafeBag[certificates.size()];
            // By this the key finds its certificate.
            var localKeyId = new DEROctetString(entry.chain().fingerprint().getBytes(StandardCharsets.US_ASCII));
            bags[0] = named(new JcaPKCS12SafeBagBuilder(certificates.getFirst()), entry.alias(), localKeyId);
            for (int i = 1; i < bags.length; i++) {
                bags[i] = new JcaPKCS12SafeBagBuilder(certificates.get(i)).build();
            }
            var key = named(
                    new JcaPKCS12SafeBagBuilder(entry.key().pair().getPrivate(), encryptor(password)),
                    entry.alias(),
                    localKeyId);
            return sealed(
                    new PKCS12PfxPduBuilder()
                            .addEncryptedData(encryptor(password), bags)
                            .addData(key),
                    password);
        } catch (IOException e) {
            throw new IllegalStateException("writing a PKCS#12 to memory does not fail", e);
        }
    }

    @Override
    public byte[] truststore(List<X509Certificate> trusted, Password password) {
        try {
            var bags = new PKCS12SafeBag[trusted.size()];
            for (int i = 0; i < bags.length; i++) {
                bags[i] = new JcaPKCS12SafeBagBuilder(trusted.get(i))
                        .addBagAttribute(
                                PKCSObjectIdentifiers.pkcs_9_at_friendlyName, new DERBMPString(aliasOfIssuer(i)))
                        .addBagAttribute(TRUSTED_KEY_USAGE, KeyPurposeId.anyExtendedKeyUsage)
                        .build();
            }
            return sealed(new PKCS12PfxPduBuilder().addEncryptedData(encryptor(password), bags), password);
        } catch (IOException e) {
            throw new IllegalStateException("writing a PKCS#12 to memory does not fail", e);
        }
    }

    /** By its MAC, of which nobody makes us compute a more expensive one than our own. */
    @Override
    boolean isOurs(byte[] file, Password password) {
        try {
            var mac = Pfx.getInstance(file).getMacData();
            return mac != null
                    && mac.getIterationCount().intValueExact() == ITERATIONS
                    && mac.getMac().getAlgorithmId().getAlgorithm().equals(digest())
                    && new PKCS12PfxPdu(file)
                            .isMacValid(
                                    new JcePKCS12MacCalculatorBuilderProvider().setProvider(PROVIDER),
                                    password.characters());
        } catch (IOException | PKCSException | RuntimeException e) {
            return false;
        }
    }

    private ASN1ObjectIdentifier cipher() {
        return profile == Profile.Modern
                ? NISTObjectIdentifiers.id_aes256_CBC
                : PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC;
    }

    private ASN1ObjectIdentifier digest() {
        return profile == Profile.Modern ? NISTObjectIdentifiers.id_sha256 : OIWObjectIdentifiers.idSHA1;
    }

    private static PKCS12SafeBag named(PKCS12SafeBagBuilder bag, String alias, ASN1Encodable localKeyId) {
        return bag.addBagAttribute(PKCSObjectIdentifiers.pkcs_9_at_friendlyName, new DERBMPString(alias))
                .addBagAttribute(PKCSObjectIdentifiers.pkcs_9_at_localKeyId, localKeyId)
                .build();
    }

    private OutputEncryptor encryptor(Password password) {
        try {
            return new JcePKCSPBEOutputEncryptorBuilder(cipher())
                    .setProvider(PROVIDER)
                    .setPRF(HMAC_SHA256)
                    .setIterationCount(ITERATIONS)
                    .build(password.characters());
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("Bouncy Castle has these ciphers", e);
        }
    }

    private byte[] sealed(PKCS12PfxPduBuilder contents, Password password) {
        try {
            return contents.build(
                            new JcePKCS12MacCalculatorBuilder(digest())
                                    .setProvider(PROVIDER)
                                    .setIterationCount(ITERATIONS),
                            password.characters())
                    .getEncoded("DER");
        } catch (PKCSException | IOException e) {
            throw new IllegalStateException("writing a PKCS#12 to memory does not fail", e);
        }
    }
}
