package dev.caas.platform;

import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec.State;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What was done to whole resellers, each in Secret {@code <platform>-reseller} of the operator's own namespace: it has no
 * owner, and outlives a lost status, the CaaSPlatform and the operator's installation.
 */
public final class ResellerRecords {
    private static final String STATE = "state";

    /** Another CaaSPlatform of the same name may be another reseller's. */
    private static final String ENDPOINT = "endpoint";

    /** Ids of ACME accounts that were suspended already, one a line: they are not resumed. */
    private static final String SUSPENDED_BEFORE = "suspendedBefore";

    private final SecretStore secrets;
    private final String namespace;

    /** @param namespace the operator's own */
    public ResellerRecords(SecretStore secrets, String namespace) {
        this.secrets = secrets;
        this.namespace = namespace;
    }

    /** Whether a reseller was given up, by this CaaSPlatform or by one of before. Asks nobody. */
    boolean isDeactivated(CaaSPlatform platform) {
        return secrets.get(ownership(platform), namespace)
                .flatMap(record -> state(platform, record))
                .filter(State.Deactivated::equals)
                .isPresent();
    }

    /** Where a platform's record is, or would be. */
    ObjectName place(CaaSPlatform platform) {
        return new ObjectName(namespace, ownership(platform).secretName());
    }

    /**
     * A platform's record as it is now; empty if nothing was ever done to it.
     *
     * @throws PlatformFailure if a Secret of its name is none
     */
    Optional<Secret> now(CaaSPlatform platform) throws PlatformFailure {
        var record = secrets.readNow(place(platform));
        if (record.isPresent() && !ownership(platform).isOn(record.get())) {
            throw new PlatformFailure(PlatformFailure.Kind.REFUSED, taken(record.get()));
        }
        return record;
    }

    /** What was done and not undone. */
    static Optional<State> applied(CaaSPlatform platform, Optional<Secret> record) {
        return record.flatMap(r -> state(platform, r));
    }

    private static Optional<State> state(CaaSPlatform platform, Secret record) {
        return text(record, ENDPOINT).equals(endpoint(platform))
                ? Optional.of(State.valueOf(text(record, STATE))).filter(s -> s != State.Active)
                : Optional.empty();
    }

    /** The ACME accounts that were suspended before all of them were. */
    static Set<String> suspendedBefore(Optional<Secret> record) {
        return record.map(r -> text(r, SUSPENDED_BEFORE)).stream()
                .flatMap(String::lines)
                .collect(Collectors.toSet());
    }

    Secret keep(CaaSPlatform platform, Optional<Secret> record, State state, Set<String> suspendedBefore)
            throws PlatformFailure {
        var data = Map.of(
                STATE,
                SecretText.encoded(state.name()),
                ENDPOINT,
                SecretText.encoded(endpoint(platform)),
                SUSPENDED_BEFORE,
                SecretText.encoded(String.join("\n", suspendedBefore)));
        if (record.isPresent()) {
            return secrets.update(SecretStore.edit(record.get()).withData(data).build());
        }
        var secret = ownership(platform).newSecret(namespace, data);
        try {
            return secrets.create(secret);
        } catch (SecretTakenException e) {
            throw new PlatformFailure(PlatformFailure.Kind.REFUSED, taken(secret), e);
        }
    }

    private static String taken(Secret secret) {
        return "Secret " + ObjectName.of(secret)
                + ", where what is done to the whole reseller is put on record, is somebody else's: nothing was done."
                + " Rename or delete it.";
    }

    private static Ownership ownership(CaaSPlatform platform) {
        return new Ownership(
                Ownership.Role.reseller, "CaaSPlatform", platform.getMetadata().getName());
    }

    private static String endpoint(CaaSPlatform platform) {
        return Optional.ofNullable(platform.getSpec().endpoint()).orElse("");
    }

    private static String text(Secret record, String key) {
        return SecretText.of(record, key).orElse("");
    }
}
