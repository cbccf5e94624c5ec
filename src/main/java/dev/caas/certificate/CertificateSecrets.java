package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.kube.Conditions;
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
    private final KeystorePasswords passwords;

    CertificateSecrets(SecretStore secrets) {
        this.secrets = secrets;
        this.passwords = new KeystorePasswords(secrets);
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
     * Writes the certificate, over an older one of ours, over the Secret to adopt, or as a new Secret. The type of a
     * Secret cannot be changed: one of ours that has another than is wanted now makes way for a new one, with all that
     * others put into it. Between the two a kill loses nothing, since the order is still kept.
     *
     * @throws SecretTakenException if a Secret of that name is somebody else's; nothing was written
     */
    Secret save(ManagedCertificate certificate, KeptCertificate issued, Optional<ForeignSecret> adopted)
            throws SecretTakenException {
        var type = type(certificate);
        var outdated = secret(certificate).filter(s -> !type.equals(s.getType()));
        if (outdated.isPresent()) {
            return secrets.replace(outdated.get(), marked(retyped(outdated.get(), type, issued), certificate, issued));
        }
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
                        .withType(type)
                        .withData(issued.toData())
                        .build(),
                certificate,
                issued));
    }

    private static Secret retyped(Secret outdated, String type, KeptCertificate issued) {
        var meta = outdated.getMetadata();
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace(meta.getNamespace())
                .withName(meta.getName())
                .withLabels(meta.getLabels())
                .withAnnotations(meta.getAnnotations())
                .withOwnerReferences(meta.getOwnerReferences())
                .endMetadata()
                .withType(type)
                .withData(outdated.getData())
                .removeFromData(KeptCertificate.PRIVATE_KEY_KEY)
                .addToData(issued.toData())
                .build();
    }

    /** The type of the Secret that a declaration wants: without a key it cannot be a TLS Secret. */
    private static String type(ManagedCertificate certificate) {
        return certificate.getSpec().csr() == null ? TYPE : KeptCertificate.OPAQUE;
    }

    /** Whether a Secret of this certificate has just what is declared around certificate and key. */
    boolean isComplete(ManagedCertificate certificate, Secret secret, KeptCertificate kept) {
        var content = SecretContent.of(secret);
        return kept.isNotedOn(secret) && parts(certificate, kept).stream().allMatch(part -> part.isIn(content));
    }

    /** What keeps the certificate's Secret from being made just what is declared. */
    Optional<Hindrance> hindrance(ManagedCertificate certificate) {
        return conflict(certificate).or(() -> KeystorePasswords.hindrance(passwords.declared(certificate)));
    }

    /**
     * Why the Secret cannot be written. One that is ours no more is looked for only where a certificate was issued before,
     * so that a new certificate costs no read.
     */
    private Optional<Hindrance> conflict(ManagedCertificate certificate) {
        var own = secret(certificate);
        if (own.isPresent()) {
            return own.filter(s -> Boolean.TRUE.equals(s.getImmutable()))
                    .map(s -> conflict(
                            certificate,
                            "was made immutable, so that no renewal can be written; delete it to have a certificate issued"
                                    + " into a new one, or choose another spec.secretName, to which key and certificate"
                                    + " move"));
        }
        boolean looks = wasIssued(certificate)
                && elsewhere(certificate).isEmpty()
                && !certificate.getSpec().adoptExistingSecret();
        return (looks ? foreign(certificate) : Optional.<Secret>empty())
                .filter(s -> !isOfAnyCertificate(s))
                .map(s -> conflict(
                        certificate,
                        "is there and not this certificate's, or not any more: a Secret is the operator's by its labels "
                                + Ownership.ROLE + ", " + Ownership.KIND + " and " + Ownership.NAME
                                + "; put them back, choose another spec.secretName, delete that Secret, or set"
                                + " spec.adoptExistingSecret"));
    }

    private static Hindrance conflict(ManagedCertificate certificate, String why) {
        return new Hindrance(
                Reason.SecretConflict, "Secret '" + certificate.getSpec().secretName() + "' " + why);
    }

    /** By its labels; whose it is may be about to move away, and is settled between the two. */
    private static boolean isOfAnyCertificate(Secret secret) {
        return SecretContent.of(secret)
                .labels()
                .keySet()
                .containsAll(List.of(Ownership.ROLE, Ownership.KIND, Ownership.NAME));
    }

    /** Whether a certificate was in the Secret before, or the Secret is known to be in the way. */
    private static boolean wasIssued(ManagedCertificate certificate) {
        var status = certificate.getStatus();
        return status != null
                && (status.serialNumber() != null
                        || new Conditions(status.conditions()).hasReason(Conditions.STALLED, Reason.SecretConflict));
    }

    /** Leaves certificate and key as they stand in a Secret, and makes what is around them what is declared. */
    Secret mark(ManagedCertificate certificate, Secret secret, KeptCertificate kept) {
        return secrets.update(marked(SecretStore.edit(secret).build(), certificate, kept));
    }

    /** Makes it the certificate's, in all forms declared. Keys, labels and annotations of others stay as they are. */
    private Secret marked(Secret secret, ManagedCertificate certificate, KeptCertificate kept) {
        var labels = new HashMap<>(ownership(certificate).labels());
        // Who manages the object as a whole may be somebody else, such as Helm.
        Optional.ofNullable(secret.getMetadata().getLabels())
                .map(present -> present.get(Ownership.MANAGED_BY))
                .ifPresent(manager -> labels.put(Ownership.MANAGED_BY, manager));
        var marked = new SecretBuilder(secret)
                .editMetadata()
                .addToLabels(labels)
                .addToAnnotations(kept.toAnnotations())
                .endMetadata()
                .build();
        var content = SecretContent.of(marked);
        for (var part : parts(certificate, kept)) {
            content = part.putInto(content);
        }
        return content.into(marked);
    }

    /** What a declaration wants in the Secret beside certificate and key; what is written later wins. */
    private List<SecretPart> parts(ManagedCertificate certificate, KeptCertificate kept) {
        return List.of(
                KeyEncoding.of(certificate, kept),
                OutputForms.of(certificate, kept),
                new KeystoreFiles(passwords.declared(certificate), kept),
                TemplatePart.of(certificate));
    }

    void delete(Secret secret) {
        secrets.delete(secret);
    }

    /** The same where nobody judges it anew: one that has changed is not left alone without a word. */
    void deleteAsSeen(Secret secret) {
        secrets.deleteAsSeen(secret);
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
