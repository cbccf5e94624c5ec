package dev.caas.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * A kind of file that holds keys and certificates under a password. Writing is salted, so that no two files are alike:
 * whether a file is what it should be is found out by opening it.
 */
public abstract sealed class KeystoreFormat permits Pkcs12Format, JksFormat {
    private final String type;

    /** @param type the JDK's name for it */
    KeystoreFormat(String type) {
        this.type = type;
    }

    /** A file with a private key, its certificate and the issuers'. A secret. */
    public abstract byte[] keystore(KeystoreEntry entry, Password password);

    /** A file with certificates to trust, under the aliases {@code issuer-1}, {@code issuer-2} and so on. */
    public abstract byte[] truststore(List<X509Certificate> trusted, Password password);

    /** Whether a file opens with this password, is written in this way and holds just this. */
    public final boolean holds(byte[] file, KeystoreEntry entry, Password password) {
        return open(file, password)
                .filter(store -> {
                    try {
                        Key key = store.getKey(entry.alias(), password.characters());
                        // Java finds the issuers by name: some may be left out, and none is somebody else's.
                        var chain = key == null ? null : store.getCertificateChain(entry.alias());
                        return store.size() == 1
                                && key != null
                                && Arrays.equals(key.getEncoded(), entry.key().toDer())
                                && chain != null
                                && chain[0].equals(entry.chain().leaf())
                                && entry.chain().certificates().containsAll(Arrays.asList(chain));
                    } catch (GeneralSecurityException | RuntimeException e) {
                        return false;
                    }
                })
                .isPresent();
    }

    /** Whether a file opens with this password, is written in this way and trusts just these. */
    public final boolean trusts(byte[] file, List<X509Certificate> trusted, Password password) {
        return open(file, password)
                .filter(store -> {
                    try {
                        var found = new HashSet<Certificate>();
                        for (var alias : Collections.list(store.aliases())) {
                            if (store.isCertificateEntry(alias)) {
                                found.add(store.getCertificate(alias));
                            }
                        }
                        return store.size() == trusted.size() && found.equals(new HashSet<Certificate>(trusted));
                    } catch (GeneralSecurityException | RuntimeException e) {
                        return false;
                    }
                })
                .isPresent();
    }

    /**
     * Whether a file, of whomever, is written in this way and, as far as that can be told, under this password. Comes
     * before it is opened, and costs no more for what somebody else put there than for what we wrote.
     */
    abstract boolean isOurs(byte[] file, Password password);

    static String aliasOfIssuer(int index) {
        return "issuer-" + (index + 1);
    }

    private Optional<KeyStore> open(byte[] file, Password password) {
        if (!isOurs(file, password)) {
            return Optional.empty();
        }
        try {
            var store = KeyStore.getInstance(type);
            store.load(new ByteArrayInputStream(file), password.characters());
            return Optional.of(store);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
