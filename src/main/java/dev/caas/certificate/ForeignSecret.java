package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;

/**
 * A Secret that is not ours and has the name of one that is to be adopted. Pure.
 *
 * @param secret as it was read; it is written at this resourceVersion or not at all
 * @param owner the other ManagedCertificate whose it is by its labels, if that exists
 * @param usable its certificate, if that is what is declared, so that none has to be ordered
 */
record ForeignSecret(Secret secret, Optional<ManagedCertificate> owner, Optional<KeptCertificate> usable) {

    /** Why it cannot be adopted, and what to do; empty if it can. */
    Optional<String> obstacle() {
        var name = "Secret '" + secret.getMetadata().getName() + "' ";
        var instead = "; choose another spec.secretName, or delete ";
        if (owner.isPresent()) {
            return Optional.of(name + "belongs to ManagedCertificate '"
                    + owner.get().getMetadata().getName() + "' and is not adopted while that exists" + instead
                    + "that ManagedCertificate");
        }
        if (!CertificateSecrets.TYPE.equals(secret.getType())) {
            return Optional.of(name + "is of type " + secret.getType() + ", not " + CertificateSecrets.TYPE
                    + ", and the type of a Secret cannot be changed" + instead + "that Secret");
        }
        if (Boolean.TRUE.equals(secret.getImmutable())) {
            return Optional.of(name + "is immutable, so that no renewal could be written" + instead + "that Secret");
        }
        return Optional.empty();
    }

    /** Those whose deletion takes the Secret along, as kind/name: their owner references are not ours to remove. */
    List<String> goesWith() {
        return Optional.ofNullable(secret.getMetadata().getOwnerReferences()).orElse(List.of()).stream()
                .map(o -> o.getKind() + "/" + o.getName())
                .toList();
    }
}
