package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.api.SecretKeyRef;
import dev.caas.certificate.KeystoreFiles.Declared;
import dev.caas.certificate.KeystoreFiles.Kind;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.pki.JksFormat;
import dev.caas.pki.Password;
import dev.caas.pki.Pkcs12Format;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the passwords of keystores from Secrets of the certificate's own namespace. They are other people's Secrets,
 * which nobody watches: a changed one is found by looking.
 */
final class KeystorePasswords {
    private final SecretStore secrets;

    KeystorePasswords(SecretStore secrets) {
        this.secrets = secrets;
    }

    /** What became of looking for a password. */
    sealed interface Found permits At, Nowhere {}

    /** There it is. */
    record At(Password password) implements Found {}

    /** It is not where the declaration says. */
    record Nowhere(Hindrance hindrance) implements Found {}

    /** The keystores of a declaration with their passwords; costs a read for each Secret, shared within seconds. */
    List<Declared> declared(ManagedCertificate certificate) {
        var keystores = certificate.getSpec().keystores();
        var declared = new ArrayList<Declared>();
        if (keystores != null && keystores.pkcs12() != null) {
            var pkcs12 = keystores.pkcs12();
            declared.add(new Declared(
                    Kind.PKCS12,
                    new Pkcs12Format(pkcs12.profile()),
                    pkcs12.alias(),
                    password(certificate, "spec.keystores.pkcs12", pkcs12.passwordSecretRef())));
        }
        if (keystores != null && keystores.jks() != null) {
            var jks = keystores.jks();
            declared.add(new Declared(
                    Kind.JKS,
                    new JksFormat(),
                    jks.alias(),
                    password(certificate, "spec.keystores.jks", jks.passwordSecretRef())));
        }
        return declared;
    }

    /** Why a keystore cannot be written, if one cannot. */
    static Optional<Hindrance> hindrance(List<Declared> declared) {
        return declared.stream()
                .map(Declared::password)
                .flatMap(found -> found instanceof Nowhere nowhere
                        ? java.util.stream.Stream.of(nowhere.hindrance())
                        : java.util.stream.Stream.empty())
                .findFirst();
    }

    private Found password(ManagedCertificate certificate, String field, SecretKeyRef ref) {
        var secret = secrets.read(new ObjectName(certificate.getMetadata().getNamespace(), ref.name()));
        if (secret.isEmpty()) {
            return nowhere(
                    Reason.SecretNotFound,
                    field + ": there is no Secret '" + ref.name() + "' in this namespace; create it with the password"
                            + " under key '" + ref.key() + "'");
        }
        return octets(secret.get(), ref.key())
                .flatMap(Password::of)
                .<Found>map(At::new)
                .orElseGet(() -> nowhere(
                        Reason.SecretKeyMissing,
                        field + ": Secret '" + ref.name() + "' has no password under key '" + ref.key()
                                + "'; put it there, as ASCII text"));
    }

    private static Optional<byte[]> octets(Secret secret, String key) {
        return SecretContent.of(secret).octets(key);
    }

    private static Found nowhere(Reason reason, String message) {
        return new Nowhere(new Hindrance(
                reason, message + ". The certificate itself does not wait for it; it is looked for every minute."));
    }
}
