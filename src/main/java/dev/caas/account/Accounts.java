package dev.caas.account;

import dev.caas.acme.AcmeAccount;
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
import org.jspecify.annotations.Nullable;

/** The ACME accounts behind CaaSAccounts: where their keys are kept, and how they are used. */
public final class Accounts {
    private static final int HTTPS = 443;

    private final SecretStore secrets;
    private final OutboundPolicy policy;
    private final String userAgent;
    private final Clock clock;
    private final Parsed<AccountKey, InvalidPemException> keys = new Parsed<>(AccountKey::from);
    private final Map<ObjectName, ServerKey> used = new ConcurrentHashMap<>();
    private final Map<ServerKey, AcmeServer> servers = new ConcurrentHashMap<>();
    private final Map<ObjectName, Instant> waits = new ConcurrentHashMap<>();
    private final Set<ObjectName> doubted = ConcurrentHashMap.newKeySet();
    private final List<Consumer<ObjectName>> listeners = new CopyOnWriteArrayList<>();

    private record ServerKey(String url, @Nullable String caBundle) {}

    public Accounts(SecretStore secrets, OutboundPolicy policy, String userAgent, Clock clock) {
        this.secrets = secrets;
        this.policy = policy;
        this.userAgent = userAgent;
        this.clock = clock;
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

    /** The account ready for use, if this is its URL. */
    public Optional<AcmeAccount> open(CaaSAccount account, String accountUrl) {
        return open(account).filter(opened -> opened.url().toString().equals(accountUrl));
    }

    /** Notes that the CA asked this account to wait; its reconciler puts that on record. */
    public void waitUntil(ObjectName account, Instant until) {
        waits.values().removeIf(clock.instant()::isAfter);
        waits.merge(account, until, (a, b) -> a.isAfter(b) ? a : b);
        note(account);
    }

    /** Until when the CA asked this account to wait, if that is still ahead. */
    public Optional<Instant> waitsUntil(CaaSAccount account) {
        var recorded = Optional.ofNullable(account.getStatus()).map(s -> s.retryAfter());
        var noted = Optional.ofNullable(waits.get(ObjectName.of(account)));
        var now = clock.instant();
        return java.util.stream.Stream.of(recorded, noted)
                .flatMap(Optional::stream)
                .filter(now::isBefore)
                .max(java.util.Comparator.naturalOrder());
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
    public AcmeServer server(CaaSAccount account) throws CertificateException {
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
