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
    private static final String TYPE = "kubernetes.io/tls";

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

    /** Whether a Secret belongs to this certificate, under whatever name. */
    static boolean isOf(ManagedCertificate certificate, Secret secret) {
        return ownership(certificate).isOn(secret);
    }

    /**
     * Writes the certificate, over an older one of ours or as a new Secret.
     *
     * @throws SecretTakenException if a Secret of that name is somebody else's; nothing was written
     */
    Secret save(ManagedCertificate certificate, KeptCertificate issued) throws SecretTakenException {
        var existing = secret(certificate);
        if (existing.isPresent()) {
            return update(existing.get(), issued);
        }
        var ownership = ownership(certificate);
        return secrets.create(new SecretBuilder()
                .withNewMetadata()
                .withNamespace(certificate.getMetadata().getNamespace())
                .withName(certificate.getSpec().secretName())
                .withLabels(ownership.labels())
                .withAnnotations(issued.toAnnotations())
                .endMetadata()
                .withType(TYPE)
                .withData(issued.toData())
                .build());
    }

    /** Keys, labels and annotations of others stay as they are. */
    private Secret update(Secret existing, KeptCertificate issued) {
        var data = new HashMap<>(Optional.ofNullable(existing.getData()).orElseGet(HashMap::new));
        data.putAll(issued.toData());
        return secrets.update(SecretStore.edit(existing)
                .editMetadata()
                .addToAnnotations(issued.toAnnotations())
                .endMetadata()
                .withData(data)
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
