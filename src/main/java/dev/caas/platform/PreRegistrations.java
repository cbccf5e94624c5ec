package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.kube.Doubling;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.SecretText;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The bindings that platforms handed out, and those they are asked for. What was paid for hangs on a binding, and a
 * platform hands it out once: so each account has a place for one at its platform, Secret {@code
 * caas-preregistration-<hash>} of the operator's own namespace, which is there before the platform is asked, and never
 * given to another account.
 */
public final class PreRegistrations {
    private static final String KEY_ID = "keyId";
    private static final String MAC_KEY = "macKey";
    private static final String SERVER = "server";

    /** Key ids that the platform knew before it was asked, one a line. */
    private static final String KNOWN = "keyIdsBefore";

    /** How often it was asked without anybody knowing what came of it, and by which declaration. */
    private static final String ASKED = "asked";

    private static final String ASKED_BY = "askedBy";

    private static final int MOST_TRIES = 6;
    private static final Doubling PAUSE = new Doubling(Duration.ofMillis(100), Duration.ofSeconds(2));

    private final AccountRecords records;

    /** @param namespace the operator's own */
    public PreRegistrations(SecretStore secrets, String namespace) {
        this.records = new AccountRecords(secrets, namespace, Ownership.Role.preregistration);
    }

    /** The place of an account's binding; it does not print. */
    public static final class Place {
        private final Secret secret;

        private Place(Secret secret) {
            this.secret = secret;
        }

        /** What was handed out; empty while nothing is known to have been. */
        public Optional<NewBinding> binding() {
            return text(KEY_ID).flatMap(id -> text(MAC_KEY).map(key -> new NewBinding(id, key)));
        }

        /** The ACME directory that it was asked for. */
        public String server() {
            return text(SERVER).orElse("");
        }

        /** The key ids that the platform knew before it was asked last. */
        public Set<String> keyIdsBefore() {
            return text(KNOWN).stream().flatMap(String::lines).collect(Collectors.toSet());
        }

        /** How often the platform was asked for this declaration without anybody knowing what came of it. */
        public int asked(CaaSAccount account) {
            return text(ASKED_BY).filter(declaration(account)::equals).isPresent()
                    ? text(ASKED).map(Integer::parseInt).orElse(0)
                    : 0;
        }

        private Optional<String> text(String key) {
            return SecretText.of(secret, key);
        }
    }

    /**
     * The place of an account's binding, as it is now; empty if its platform was never asked for one.
     *
     * @throws SecretTakenException if a Secret of its name is none
     */
    public Optional<Place> of(CaaSAccount account) throws SecretTakenException {
        return records.now(account, id(account))
                .filter(record -> records.isAbout(record, account))
                .map(Place::new);
    }

    /** All key ids that were handed out to accounts here. */
    public Set<String> keyIds() {
        return records.all().stream()
                .flatMap(record -> SecretText.of(record, KEY_ID).stream())
                .collect(Collectors.toSet());
    }

    /**
     * Makes the place, before the platform is asked.
     *
     * @param keyIdsBefore what the platform knows now
     * @throws SecretTakenException if a Secret of its name is none
     */
    public Place ask(CaaSAccount account, Optional<Place> before, List<String> keyIdsBefore)
            throws SecretTakenException {
        int asked = before.map(place -> place.asked(account)).orElse(0) + 1;
        var texts = Map.of(
                SERVER, account.getSpec().server(),
                KNOWN, String.join("\n", keyIdsBefore),
                ASKED, Integer.toString(asked),
                ASKED_BY, declaration(account));
        return new Place(
                before.isPresent()
                        ? records.update(before.get().secret, account, texts)
                        : records.create(account, id(account), texts));
    }

    /** The platform said that it did not do it. */
    public void refused(CaaSAccount account, Place place) {
        records.update(place.secret, account, Map.of(ASKED, Integer.toString(place.asked(account) - 1)));
    }

    /** What the platform has made since it was asked was told to somebody. */
    public void told(CaaSAccount account, Place place, List<String> keyIds) {
        records.update(place.secret, account, Map.of(KNOWN, String.join("\n", keyIds)));
    }

    /**
     * Keeps what the platform handed out. Its MAC key was told once and is nowhere else, so this is tried for some seconds;
     * and the place is the account's, whoever changed or deleted its Secret meanwhile. But a binding that somebody has put
     * back into it meanwhile stays: that may be paid for, and its MAC key, too, is nowhere else.
     *
     * @return whether it is kept; false if another one has the place
     * @throws KubernetesClientException if it could not be kept
     * @throws SecretTakenException if somebody else has put a Secret there
     */
    public boolean keep(CaaSAccount account, Place place, NewBinding binding)
            throws SecretTakenException, InterruptedException {
        var texts = Map.of(SERVER, place.server(), KEY_ID, binding.keyId(), MAC_KEY, binding.macKey(), ASKED, "0");
        var seen = Optional.of(place.secret);
        for (int attempt = 1; ; attempt++) {
            try {
                if (attempt > 1) {
                    seen = records.now(account, id(account));
                }
                if (seen.map(Place::new)
                        .flatMap(Place::binding)
                        .filter(b -> !b.keyId().equals(binding.keyId()))
                        .isPresent()) {
                    return false;
                }
                if (seen.isPresent()) {
                    records.update(seen.get(), account, texts);
                } else {
                    records.create(account, id(account), texts);
                }
                return true;
            } catch (KubernetesClientException e) {
                if (attempt == MOST_TRIES) {
                    throw e;
                }
            }
            Thread.sleep(PAUSE.after(attempt));
        }
    }

    private static String id(CaaSAccount account) {
        return ObjectName.of(account).toString();
    }

    private static String declaration(CaaSAccount account) {
        var meta = account.getMetadata();
        return meta.getUid() + "/" + meta.getGeneration();
    }
}
