package dev.caas.certificate;

import dev.caas.pki.KeystoreEntry;
import dev.caas.pki.KeystoreFormat;
import dev.caas.pki.Password;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The keystores of a certificate in its Secret: {@code keystore.*} with certificate and key, {@code truststore.*} with
 * the issuers. Files that open with the password and hold what they should stay as they are, since writing them again
 * would give other octets for nothing. An annotation says which the operator wrote, and only those are taken away.
 *
 * <p>One whose password is not at hand is left as it is, with the certificate before: the Secret does not wait for it.
 */
final class KeystoreFiles implements SecretPart {
    private static final String WRITTEN = "caas.dev/keystores";

    private final Map<Kind, Declared> declared;
    private final KeptCertificate kept;

    /** The kinds of keystores, each with a file name extension. */
    enum Kind {
        PKCS12("p12"),
        JKS("jks");

        private final String extension;

        Kind(String extension) {
            this.extension = extension;
        }

        private String keystore() {
            return "keystore." + extension;
        }

        private String truststore() {
            return "truststore." + extension;
        }
    }

    /**
     * A keystore that is declared.
     *
     * @param password what became of looking for its password
     */
    record Declared(Kind kind, KeystoreFormat format, String alias, KeystorePasswords.Found password) {}

    KeystoreFiles(Iterable<Declared> declared, KeptCertificate kept) {
        this.declared = new EnumMap<>(Kind.class);
        declared.forEach(d -> this.declared.put(d.kind, d));
        this.kept = kept;
    }

    @Override
    public SecretContent putInto(SecretContent present) {
        var written = Arrays.stream(present.note(WRITTEN).split(",", -1))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        var content = present;
        for (var kind : Kind.values()) {
            var wanted = declared.get(kind);
            if (wanted == null) {
                if (written.remove(kind.name())) {
                    content = content.without(kind.keystore()).without(kind.truststore());
                }
            } else if (wanted.password instanceof KeystorePasswords.At at) {
                content = withFiles(content, wanted, at.password(), written.contains(kind.name()));
                if (kept.key() != null) {
                    written.add(kind.name());
                }
            }
        }
        return content.withNote(WRITTEN, String.join(",", written));
    }

    private SecretContent withFiles(SecretContent present, Declared wanted, Password password, boolean ours) {
        var key = kept.key();
        if (key == null) {
            return present;
        }
        var format = wanted.format;
        var entry = new KeystoreEntry(wanted.alias, kept.chain(), key);
        var issuers = kept.chain().issuers();
        var content = with(
                present,
                wanted.kind.keystore(),
                file -> format.holds(file, entry, password),
                () -> format.keystore(entry, password));
        if (issuers.isEmpty()) {
            return ours ? content.without(wanted.kind.truststore()) : content;
        }
        return with(
                content,
                wanted.kind.truststore(),
                file -> format.trusts(file, issuers, password),
                () -> format.truststore(issuers, password));
    }

    private interface Writing {
        byte[] write();
    }

    private static SecretContent with(
            SecretContent present, String name, Function<byte[], Boolean> isFine, Writing writing) {
        return present.octets(name).filter(isFine::apply).isPresent()
                ? present
                : present.withOctets(name, writing.write());
    }
}
