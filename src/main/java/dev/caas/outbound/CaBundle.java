package dev.caas.outbound;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificates that a {@code caBundle} field names, to be trusted instead of the system's roots. */
public final class CaBundle {
    private CaBundle() {}

    /**
     * Reads the field.
     *
     * @param base64 base64 of PEM, line breaks allowed
     * @throws CertificateException if it is not base64
     */
    public static byte[] decode(String base64) throws CertificateException {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new CertificateException("it is not base64", e);
        }
    }

    /**
     * A context that trusts those certificates and nothing else.
     *
     * @param pem one or more PEM certificates
     * @throws CertificateException if there is none
     */
    public static SSLContext trusting(byte[] pem) throws CertificateException {
        var certificates = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (certificates.isEmpty()) {
            throw new CertificateException("it holds no PEM certificate");
        }
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int n = 0;
            for (var certificate : certificates) {
                store.setCertificateEntry("ca-" + n++, certificate);
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new CertificateException(e.getMessage(), e);
        }
    }
}
