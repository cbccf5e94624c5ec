package dev.caas.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import java.util.Optional;

/**
 * Says by labels whose a Secret is. It is ours only when role, kind and name all match; the namespace is the Secret's.
 *
 * @param role what the Secret is for: one object may have several
 * @param kind the owner's kind
 * @param name the owner's name
 */
public record Ownership(Role role, String kind, String name) {
    public static final String ROLE = "caas.dev/role";
    public static final String KIND = "caas.dev/kind";
    public static final String NAME = "caas.dev/name";
    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    private static final int LONGEST_LABEL = 63;
    /** The longest name of most objects. */
    public static final int LONGEST_NAME = 253;

    /** What the operator keeps in Secrets. */
    public enum Role {
        account,
        /** A binding that was obtained from a platform. */
        eab,
        ledger,
        /** What a Local platform keeps of a binding. */
        local,
        /** What was done to a whole reseller. */
        reseller,
        /** Whose a binding at a platform is, and what that account has there. */
        binding,
        /** A binding that a platform handed out, or is about to. */
        preregistration,
        checkpoint,
        certificate
    }

    /** The labels to put on the Secret. */
    public Map<String, String> labels() {
        return Map.of(ROLE, role.name(), KIND, kind, NAME, shortened(name, LONGEST_LABEL), MANAGED_BY, "caas-operator");
    }

    /** Whether the object carries exactly this ownership. */
    public boolean isOn(HasMetadata object) {
        var labels = Optional.ofNullable(object.getMetadata().getLabels()).orElse(Map.of());
        return role.name().equals(labels.get(ROLE))
                && kind.equals(labels.get(KIND))
                && shortened(name, LONGEST_LABEL).equals(labels.get(NAME));
    }

    /** The name of the Secret for this role, where the operator chooses it. */
    public String secretName() {
        var suffix = "-" + role.name();
        return shortened(name, LONGEST_NAME - suffix.length()) + suffix;
    }

    /** A new Secret of this ownership, not created yet, without an owner reference. */
    public Secret newSecret(ObjectName place, Map<String, String> data) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace(place.namespace())
                .withName(place.name())
                .withLabels(labels())
                .endMetadata()
                .withType("Opaque")
                .withData(data)
                .build();
    }

    /** The same by the name that the operator chooses for this role. */
    public Secret newSecret(String namespace, Map<String, String> data) {
        return newSecret(new ObjectName(namespace, secretName()), data);
    }

    /** The name, or as much of it as fits, with a hash of all of it. */
    public static String shortened(String name, int most) {
        if (name.length() <= most) {
            return name;
        }
        return name.substring(0, most - 9) + "-" + Sha256.of(name, 4);
    }
}
