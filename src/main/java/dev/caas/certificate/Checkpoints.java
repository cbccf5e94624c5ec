package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import java.util.Optional;

/** Where checkpoints are kept: a Secret {@code <certificate>-checkpoint}, which goes when its certificate goes. */
final class Checkpoints {
    private final SecretStore secrets;

    Checkpoints(SecretStore secrets) {
        this.secrets = secrets;
    }

    /** The checkpoint's Secret, readable or not. */
    Optional<Secret> secret(ManagedCertificate certificate) {
        return secrets.get(ownership(certificate), certificate.getMetadata().getNamespace());
    }

    /** Whether a Secret is a checkpoint, whosever. */
    static boolean isOne(Secret secret) {
        return Ownership.Role.checkpoint
                .name()
                .equals(Optional.ofNullable(secret.getMetadata().getLabels())
                        .orElse(Map.of())
                        .get(Ownership.ROLE));
    }

    /** Whether an order is under way under the account of a URL, whosever. */
    boolean isAnyOf(String accountUrl) {
        return secrets.list(Ownership.Role.checkpoint).stream()
                .flatMap(s -> Checkpoint.from(s).stream())
                .anyMatch(c -> c.accountUrl().equals(accountUrl));
    }

    /** Keeps an order that was just placed. There is none yet: the one before was deleted. */
    void keep(ManagedCertificate certificate, Checkpoint checkpoint) throws SecretTakenException {
        var meta = certificate.getMetadata();
        var ownership = ownership(certificate);
        secrets.create(new SecretBuilder()
                .withNewMetadata()
                .withNamespace(meta.getNamespace())
                .withName(ownership.secretName())
                .withLabels(ownership.labels())
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion(certificate.getApiVersion())
                        .withKind(certificate.getKind())
                        .withName(meta.getName())
                        .withUid(meta.getUid())
                        .withController(true)
                        .build())
                .endMetadata()
                .withType("Opaque")
                .withData(checkpoint.toData())
                .build());
    }

    /** Forgets the order, if one is kept. */
    void drop(ManagedCertificate certificate) {
        secret(certificate).ifPresent(secrets::delete);
    }

    private static Ownership ownership(ManagedCertificate certificate) {
        return new Ownership(
                Ownership.Role.checkpoint,
                "ManagedCertificate",
                certificate.getMetadata().getName());
    }
}
