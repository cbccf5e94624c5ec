package dev.caas.pki;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;

/** Java's first format, for programs that know no other. It protects keys poorly: whoever can, takes PKCS#12. */
public final class JksFormat extends KeystoreFormat {
    private static final String TYPE = "JKS";
    private static final int MAGIC = 0xfeedfeed;

    public JksFormat() {
        super(TYPE);
    }

    @Override
    public byte[] keystore(KeystoreEntry entry, Password password) {
        return written(
                password,
                store -> store.setKeyEntry(
                        entry.alias(),
                        entry.key().pair().getPrivate(),
                        password.characters(),
                        entry.chain().certificates().toArray(Certificate[]::new)));
    }

    @Override
    public byte[] truststore(List<X509Certificate> trusted, Password password) {
        return written(password, store -> {
            for (int i = 0; i < trusted.size(); i++) {
                store.setCertificateEntry(aliasOfIssuer(i), trusted.get(i));
            }
        });
    }

    /** The JDK opens PKCS#12 under this name too. */
    @Override
    boolean isOurs(byte[] file, Password password) {
        return file.length > Integer.BYTES && ByteBuffer.wrap(file).getInt() == MAGIC;
    }

    private interface Filling {
        void fill(KeyStore store) throws GeneralSecurityException;
    }

    private static byte[] written(Password password, Filling filling) {
        try (var file = new ByteArrayOutputStream()) {
            var store = KeyStore.getInstance(TYPE);
            store.load(null, null);
            filling.fill(store);
            store.store(file, password.characters());
            return file.toByteArray();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("writing a JKS to memory does not fail", e);
        }
    }
}
