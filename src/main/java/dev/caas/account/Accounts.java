package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeServer;
import dev.caas.api.CaaSAccount;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.Parsed;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The ACME accounts behind CaaSAccounts: where their keys are kept, and how they are used. */
public final class Accounts {
    private static final Logger LOG = Logger.getLogger(Accounts.class);
    private static final int HTTPS = 443;

    private final SecretStore secrets;
    private final OutboundPolicy policy;
    private final String userAgent;
    private final Clock clock;
    private final Parsed<AccountKey, InvalidPemException> keys = new Parsed<>(AccountKey::from);
    private final Map<ObjectName, ServerKey> used = new ConcurrentHashMap<>();
    private final Map<ServerKey, AcmeServer> servers = new ConcurrentHashMap<>();
    private final Standstills standstills;
    private final Set<ObjectName> doubted = ConcurrentHashMap.newKeySet();
    private final List<Consumer<ObjectName>> listeners = new CopyOnWriteArrayList<>();

    private record ServerKey(String url, @Nullable String caBundle) {}

    public Accounts(SecretStore secrets, OutboundPolicy policy, String userAgent, Clock clock, RandomGenerator random) {
        this.secrets = secrets;
        this.policy = policy;
        this.userAgent = userAgent;
        this.clock = clock;
        this.standstills = new Standstills(clock, random);
    }

    /** Whether the account is registered at its CA, as far as we know. */
    public boolean isRegistered(CaaSAccount account) {
        return url(account).isPresent();
    }

    /** The account's URL at its CA, once it is registered. */
    public Optional<String> url(CaaSAccount account) {
        try {
            return key(account)
                    .filter(k -> isFor(k, account))
                    .map(AccountKey::url)
                    .map(Object::toString);
        } catch (InvalidPemException e) {
            return Optional.empty();
        }
    }

    /**
     * The account ready for use.
     *
     * @return empty if it is not registered (yet)
     */
    public Optional<AcmeAccount> open(CaaSAccount account) {
        try {
            var key = key(account).filter(k -> isFor(k, account));
            if (key.isEmpty() || key.get().url() == null) {
                return Optional.empty();
            }
            return Optional.of(
                    server(account).account(key.get().url(), key.get().key().pair()));
        } catch (InvalidPemException | CertificateException | IllegalArgumentException e) {
            // Its reconciler finds the same and says so in the account's status.
            return Optional.empty();
        }
    }

    /**
     * Notes that the CA asked this account to wait; its reconciler puts that on record.
     *
     * @return until when it waits, which is later if the CA asks for the same again and again
     */
    public Instant waitUntil(ObjectName account, String why, Instant until) {
        var standstill = standstills.asked(account, why, until);
        note(account);
        return standstill.until();
    }

    /** Why this account's orders stand still, if they do until a time that is still ahead. */
    public Optional<Standstill> standstill(CaaSAccount account) {
        return standstills.of(account).filter(s -> s.isWaiting(clock.instant()));
    }

    /** What its status is to tell of that. */
    Optional<Standstill> shownStandstill(CaaSAccount account) {
        return standstills.of(account).filter(s -> clock.instant().isBefore(s.shownUntil()));
    }

    /** Until when this account waits for its CA, if that is still ahead. */
    public Optional<Instant> waitsUntil(CaaSAccount account) {
        return standstill(account).map(Standstill::until);
    }

    /** Whether the CA has to answer one certificate before others may ask. */
    public boolean isDoubtful(CaaSAccount account) {
        return standstills.of(account).isPresent();
    }

    /**
     * Takes in how an order failed; whether that is an outage is told by more than one.
     *
     * @param certificate whose order it is: a name that no other certificate has
     * @return why the account stands still from now on, if it does
     */
    public Optional<Standstill> failed(CaaSAccount account, String certificate, AcmeFailure failure) {
        if (failure.isOutage()) {
            var before = standstills.of(account);
            var after = standstills.failed(account, certificate, failure);
            if (!after.equals(before)) {
                after.ifPresent(
                        s -> LOG.warnf("%s stands still until %s: %s", ObjectName.of(account), s.until(), s.why()));
                note(ObjectName.of(account));
            }
            return after;
        }
        if (failure.isDecision() && failure.kind() != AcmeFailure.Kind.WAIT) {
            answered(account);
        }
        return Optional.empty();
    }

    /** Notes that the CA answered: who waited for that may go. */
    public void answered(CaaSAccount account) {
        if (standstills.answered(ObjectName.of(account))) {
            note(ObjectName.of(account));
        }
    }

    /** Notes that the CA said it does not know this account; its reconciler looks into it. */
    public void doubt(ObjectName account) {
        doubted.add(account);
        note(account);
    }

    /** Asks the account's reconciler to look again: its ledger changed. */
    public void note(ObjectName account) {
        listeners.forEach(l -> l.accept(account));
    }

    boolean isDoubted(ObjectName account) {
        return doubted.contains(account);
    }

    void trust(ObjectName account) {
        doubted.remove(account);
    }

    /** Calls the listener when something about an account was noted that its reconciler should look at. */
    void onNote(Consumer<ObjectName> listener) {
        listeners.add(listener);
    }

    /** The server of an account, shared with all accounts that use it with the same trust. */
    AcmeServer server(CaaSAccount account) throws CertificateException {
        var key = new ServerKey(account.getSpec().server(), account.getSpec().caBundle());
        var known = servers.get(key);
        if (known != null) {
            return known;
        }
        var server = new AcmeServer(URI.create(key.url), bundle(key.caBundle), userAgent, policy, clock);
        var earlier = servers.putIfAbsent(key, server);
        used.put(ObjectName.of(account), key);
        // A server that an account was changed away from is not kept: it has connections and a thread.
        servers.keySet().retainAll(used.values());
        return earlier == null ? server : earlier;
    }

    private static byte @Nullable [] bundle(@Nullable String base64) throws CertificateException {
        try {
            return base64 == null ? null : Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new CertificateException("it is not base64", e);
        }
    }

    /** When the account's key was first stored, which decides who came first. */
    Optional<String> registeredSince(CaaSAccount account) {
        return isRegistered(account)
                ? secret(account).map(s -> s.getMetadata().getCreationTimestamp())
                : Optional.empty();
    }

    Optional<AccountKey> key(CaaSAccount account) throws InvalidPemException {
        var secret = secret(account);
        return secret.isEmpty() ? Optional.empty() : Optional.of(keys.of(secret.get()));
    }

    static boolean isFor(AccountKey key, CaaSAccount account) {
        var spec = account.getSpec();
        return key.server().equals(spec.server())
                && key.keyId().equals(spec.externalAccountBinding().keyId());
    }

    /** Whether two accounts are at one CA, however its URL is spelt (RFC 3986 section 6.2). */
    static boolean isSameServer(CaaSAccount one, CaaSAccount other) {
        return normalised(one.getSpec().server())
                .equals(normalised(other.getSpec().server()));
    }

    private static String normalised(String url) {
        try {
            var uri = new URI(url).normalize();
            var host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
            int port = uri.getPort() == HTTPS ? -1 : uri.getPort();
            var path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            return new URI("https", null, host, port, path, uri.getQuery(), null).toString();
        } catch (URISyntaxException e) {
            return url;
        }
    }

    /** Stores the key, with the URL if there is one; never over a Secret of somebody else. */
    void store(CaaSAccount account, AccountKey key) throws SecretTakenException {
        var existing = secret(account);
        if (existing.isPresent()) {
            secrets.update(
                    SecretStore.edit(existing.get()).withData(key.toData()).build());
            return;
        }
        var ownership = ownership(account);
        secrets.create(new SecretBuilder()
                .withNewMetadata()
                .withNamespace(account.getMetadata().getNamespace())
                .withName(ownership.secretName())
                .withLabels(ownership.labels())
                .endMetadata()
                .withType("Opaque")
                .withData(key.toData())
                .build());
    }

    private Optional<Secret> secret(CaaSAccount account) {
        return secrets.get(ownership(account), account.getMetadata().getNamespace());
    }

    private static Ownership ownership(CaaSAccount account) {
        return new Ownership(
                Ownership.Role.account, "CaaSAccount", account.getMetadata().getName());
    }
}
