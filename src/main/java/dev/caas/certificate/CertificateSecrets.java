package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** Where issued certificates are kept: TLS Secrets under the names that people chose. */
final class CertificateSecrets {
    static final String TYPE = "kubernetes.io/tls";

    private final SecretStore secrets;

    CertificateSecrets(SecretStore secrets) {
        this.secrets = secrets;
    }

    /** The Secret of this certificate under the name its declaration gives. */
    Optional<Secret> secret(ManagedCertificate certificate) {
        return secrets.get(ownership(certificate), name(certificate));
    }

    /** Secrets of this certificate under other names: it was renamed. */
    List<Secret> elsewhere(ManagedCertificate certificate) {
        return secrets.list(ownership(certificate), certificate.getMetadata().getNamespace()).stream()
                .filter(s -> !ObjectName.of(s).equals(name(certificate)))
                .toList();
    }

    /** Whoever's Secret has the declared name, read now: a watch of ours does not see it. */
    Optional<Secret> foreign(ManagedCertificate certificate) {
        return secrets.readNow(name(certificate));
    }

    /** Whether a Secret belongs to this certificate, under whatever name. */
    static boolean isOf(ManagedCertificate certificate, Secret secret) {
        return ownership(certificate).isOn(secret);
    }

    /**
     * Writes the certificate, over an older one of ours, over the Secret to adopt, or as a new Secret.
     *
     * @throws SecretTakenException if a Secret of that name is somebody else's; nothing was written
     */
    Secret save(ManagedCertificate certificate, KeptCertificate issued, Optional<ForeignSecret> adopted)
            throws SecretTakenException {
        var existing = secret(certificate).or(() -> adopted.map(ForeignSecret::secret));
        if (existing.isPresent()) {
            return secrets.update(marked(
                    SecretStore.edit(existing.get()).addToData(issued.toData()).build(), certificate, issued));
        }
        return secrets.create(marked(
                new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(certificate.getMetadata().getNamespace())
                        .withName(certificate.getSpec().secretName())
                        .endMetadata()
                        .withType(TYPE)
                        .withData(issued.toData())
                        .build(),
                certificate,
                issued));
    }

    /** Leaves certificate and key as they stand in a Secret, and makes what is around them what is declared. */
    Secret mark(ManagedCertificate certificate, Secret secret, KeptCertificate kept) {
        return secrets.update(marked(SecretStore.edit(secret).build(), certificate, kept));
    }

    /** Makes it the certificate's, in all forms declared. Keys, labels and annotations of others stay as they are. */
    private static Secret marked(Secret secret, ManagedCertificate certificate, KeptCertificate kept) {
        var labels = new HashMap<>(ownership(certificate).labels());
        // Who manages the object as a whole may be somebody else, such as Helm.
        Optional.ofNullable(secret.getMetadata().getLabels())
                .map(present -> present.get(Ownership.MANAGED_BY))
                .ifPresent(manager -> labels.put(Ownership.MANAGED_BY, manager));
        return OutputForms.of(certificate, kept)
                .putInto(new SecretBuilder(secret)
                        .editMetadata()
                        .addToLabels(labels)
                        .addToAnnotations(kept.toAnnotations())
                        .endMetadata()
                        .build());
    }

    void delete(Secret secret) {
        secrets.delete(secret);
    }

    static Ownership ownership(ManagedCertificate certificate) {
        return new Ownership(
                Ownership.Role.certificate,
                "ManagedCertificate",
                certificate.getMetadata().getName());
    }

    private static ObjectName name(ManagedCertificate certificate) {
        return new ObjectName(
                certificate.getMetadata().getNamespace(), certificate.getSpec().secretName());
    }
}
