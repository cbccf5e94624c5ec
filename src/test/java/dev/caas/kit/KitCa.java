package dev.caas.kit;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** The authority behind the TLS of the kit's own servers (API server, Pebble, proxy); it issues nothing that is tested. */
public final class KitCa {
    private static final Duration VALIDITY = Duration.ofDays(30);

    private final KeyPair keys;
    private final X509Certificate certificate;

    /** A server's key and certificate. */
    public record Leaf(PrivateKey key, X509Certificate certificate) {
        /** Writes {@code <name>.crt} and {@code <name>.key}. */
        void write(Path dir, String name) {
            WorkFiles.write(dir.resolve(name + ".crt"), certificatePem());
            WorkFiles.write(dir.resolve(name + ".key"), keyPem());
        }

        /** As a Secret of type {@code kubernetes.io/tls}, not yet created. */
        public Secret secret(String namespace, String name) {
            return new SecretBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName(name)
                    .endMetadata()
                    .withType("kubernetes.io/tls")
                    .addToStringData("tls.crt", certificatePem())
                    .addToStringData("tls.key", keyPem())
                    .build();
        }

        private String certificatePem() {
            return Pem.certificate(certificate);
        }

        private String keyPem() {
            return Pem.encode("PRIVATE KEY", key.getEncoded());
        }
    }

    private KitCa(KeyPair keys, X509Certificate certificate) {
        this.keys = keys;
        this.certificate = certificate;
    }

    public static KitCa create() {
        try {
            KeyPair keys = ecKeys();
            var name = new X500Name("CN=caas test kit");
            var builder = builder(name, name, keys)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new KitCa(keys, sign(builder, keys));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate for localhost and 127.0.0.1, and for the given names beside them. */
    public Leaf issueForLoopback(String... moreNames) {
        try {
            KeyPair leaf = ecKeys();
            var names = new GeneralNames(Stream.concat(
                            Stream.of(
                                    new GeneralName(GeneralName.dNSName, "localhost"),
                                    new GeneralName(GeneralName.iPAddress, "127.0.0.1")),
                            Arrays.stream(moreNames).map(n -> new GeneralName(GeneralName.dNSName, n)))
                    .toArray(GeneralName[]::new));
            var issuer =
                    X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
            var builder = builder(issuer, new X500Name("CN=localhost"), leaf)
                    .addExtension(Extension.subjectAlternativeName, false, names);
            return new Leaf(leaf.getPrivate(), sign(builder, keys));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's certificate. */
    public String pem() {
        return Pem.certificate(certificate);
    }

    /** The authority's certificate as a {@code caBundle} holds it: base64 of PEM. */
    public String caBundle() {
        return Base64.getEncoder().encodeToString(pem().getBytes(StandardCharsets.US_ASCII));
    }

    /** For clients: trusts this authority and no other. */
    public SSLContext trusting() {
        return trusting(certificate);
    }

    /** For clients: trusts that authority and no other. */
    static SSLContext trusting(X509Certificate authority) {
        try {
            var trusted = emptyStore();
            trusted.setCertificateEntry("authority", authority);
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            return context(null, trust);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For servers: presents the leaf. */
    public SSLContext serving(Leaf leaf) {
        try {
            var store = emptyStore();
            store.setKeyEntry("leaf", leaf.key(), new char[0], new X509Certificate[] {leaf.certificate(), certificate});
            var identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            identity.init(store, new char[0]);
            return context(identity, null);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(@Nullable KeyManagerFactory identity, @Nullable TrustManagerFactory trust)
            throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(
                identity == null ? null : identity.getKeyManagers(),
                trust == null ? null : trust.getTrustManagers(),
                null);
        return context;
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static KeyPair ecKeys() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static JcaX509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair keys) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(120, new SecureRandom()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(VALIDITY)),
                subject,
                keys.getPublic());
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair issuer)
            throws OperatorCreationException, GeneralSecurityException {
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }
}
