package dev.caas.e2e;

import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;

/** What a TLS Secret gives to whoever serves it, read as a server would. */
record ServedCertificate(CertificateChain chain, CertificateKey key) {

    static ServedCertificate of(Secret secret) {
        try {
            return new ServedCertificate(
                    CertificateChain.ofPem(text(secret, "tls.crt")), CertificateKey.fromPem(text(secret, "tls.key")));
        } catch (InvalidPemException e) {
            throw new AssertionError("Secret " + secret.getMetadata().getName() + " cannot be served", e);
        }
    }

    String serial() {
        return chain.serialNumber();
    }

    Set<String> names() {
        return chain.dnsNames();
    }

    boolean keyMatches() {
        return chain.matches(key.pair().getPublic());
    }

    /** Whether a client that trusts this root accepts the chain as it is served: leaf first, nothing missing. */
    boolean verifiesAgainst(String rootPem) {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            var root = (X509Certificate)
                    factory.generateCertificate(new ByteArrayInputStream(rootPem.getBytes(StandardCharsets.US_ASCII)));
            var trust = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
            trust.setRevocationEnabled(false);
            CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(chain.certificates()), trust);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static String text(Secret secret, String key) {
        return new String(Base64.getDecoder().decode(secret.getData().getOrDefault(key, "")), StandardCharsets.UTF_8);
    }
}
