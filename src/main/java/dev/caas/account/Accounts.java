package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeServer;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import dev.caas.kube.Parsed;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.outbound.CaBundle;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.pki.InvalidPemException;
import dev.caas.platform.BindingSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
    private final Parsed<AccountSecret, InvalidPemException> contents = new Parsed<>(AccountSecret::from);
    private final Map<ObjectName, ServerKey> used = new ConcurrentHashMap<>();
    private final Map<ServerKey, AcmeServer> servers = new ConcurrentHashMap<>();
    private final Standstills standstills;
    private final Set<ObjectName> doubted = ConcurrentHashMap.newKeySet();
    private final List<Consumer<ObjectName>> listeners = new CopyOnWriteArrayList<>();
    private final Map<ObjectName, ReentrantReadWriteLock> gates = new ConcurrentHashMap<>();
    private final Map<ObjectName, AccountKey.Next> notTaken = new ConcurrentHashMap<>();

    private Predicate<String> ordersUnderWay = url -> false;
    private Predicate<String> pendingRevocations = url -> false;
    private Predicate<String> usedSubscriptions = name -> false;
    private BiFunction<ObjectName, String, Optional<String>> subscriptions = (account, domain) -> Optional.empty();

    private record ServerKey(String url, @Nullable String caBundle) {}

    public Accounts(SecretStore secrets, OutboundPolicy policy, String userAgent, Clock clock, RandomGenerator random) {
        this.secrets = secrets;
        this.policy = policy;
        this.userAgent = userAgent;
        this.clock = clock;
        this.standstills = new Standstills(clock, random);
    }

    /** Whether orders can be placed under the account, as far as we know. */
    public boolean isRegistered(CaaSAccount account) {
        return account.getSpec().state() != CaaSAccountSpec.State.Deactivated
                && inUse(account).filter(k -> !isKeyInDoubt(account)).isPresent();
    }

    /** The account's URL at its CA, once it is registered. */
    public Optional<String> url(CaaSAccount account) {
        return inUse(account).map(AccountKey::url).map(Object::toString);
    }

    /**
     * The account ready for use.
     *
     * @return empty if it is not registered (yet), if it was given up, or while it is not known which key the CA has
     */
    public Optional<AcmeAccount> open(CaaSAccount account) {
        return inUse(account).filter(k -> !isKeyInDoubt(account)).flatMap(k -> opened(account, k));
    }

    /**
     * An account by its URL: the one in use, or one that was in use under another binding before. Certificates that were
     * issued under it can be revoked by it.
     *
     * @return empty if it is not known here, or was given up
     */
    public Optional<AcmeAccount> open(CaaSAccount account, String accountUrl) {
        return content(account).stream()
                .flatMap(AccountSecret::all)
                .filter(AccountKey::isRegistered)
                .filter(k -> accountUrl.equals(String.valueOf(k.url())))
                .findFirst()
                .flatMap(k -> opened(account, k));
    }

    private Optional<AcmeAccount> opened(CaaSAccount account, AccountKey key) {
        try {
            return Optional.of(server(account, key)
                    .account(Objects.requireNonNull(key.url()), key.key().pair()));
        } catch (CertificateException | IllegalArgumentException e) {
            // Its reconciler finds the same and says so in the account's status.
            return Optional.empty();
        }
    }

    /** The registered account of the declared binding. */
    private Optional<AccountKey> inUse(CaaSAccount account) {
        return content(account)
                .map(AccountSecret::current)
                .filter(k -> isBoundAs(k, account))
                .filter(AccountKey::isRegistered);
    }

    /**
     * Keeps the account's key from being changed while an order is signed and proven with it. Close what it returns when
     * that is done; {@link #open} the account in between.
     */
    public Use use(ObjectName account) throws InterruptedException {
        var shared = gate(account).readLock();
        shared.lockInterruptibly();
        return shared::unlock;
    }

    /** A use of an account. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * The account to oneself: those who use it are waited for, others wait meanwhile.
     *
     * @return empty if somebody still uses it after that time
     */
    Optional<Use> useAlone(ObjectName account, Duration most) throws InterruptedException {
        var alone = gate(account).writeLock();
        return alone.tryLock(most.toMillis(), TimeUnit.MILLISECONDS) ? Optional.of(alone::unlock) : Optional.empty();
    }

    private ReentrantReadWriteLock gate(ObjectName account) {
        return gates.computeIfAbsent(account, _ -> new ReentrantReadWriteLock(true));
    }

    /** Lets the certificates say whether orders are under way under the account of a URL. */
    public void askAboutOrders(Predicate<String> ofAccountUrl) {
        ordersUnderWay = ofAccountUrl;
    }

    /** Lets the certificates say whether something has still to be revoked by the account of a URL. */
    public void askAboutRevocations(Predicate<String> ofAccountUrl) {
        pendingRevocations = ofAccountUrl;
    }

    /** Lets the subscriptions say which of them is for a domain (A-labels, lower case) of an account. */
    public void askAboutSubscriptions(BiFunction<ObjectName, String, Optional<String>> ofDomain) {
        subscriptions = ofDomain;
    }

    /** Lets the certificates say whether any was issued under a subscription (namespace/name). */
    public void askAboutUse(Predicate<String> ofSubscription) {
        usedSubscriptions = ofSubscription;
    }

    /** Whether a certificate uses a domain of an account. */
    boolean isUsed(ObjectName account, String domain) {
        return subscriptionOf(account, domain)
                .filter(name -> usedSubscriptions.test(new ObjectName(account.namespace(), name).toString()))
                .isPresent();
    }

    Optional<String> subscriptionOf(ObjectName account, String domain) {
        return subscriptions.apply(account, domain);
    }

    boolean hasOrdersUnderWay(String accountUrl) {
        return ordersUnderWay.test(accountUrl);
    }

    boolean hasPendingRevocations(String accountUrl) {
        return pendingRevocations.test(accountUrl);
    }

    /**
     * Whether the CA may have either of two keys. So it is after a key change whose outcome is not known, and after a start
     * with a next key in the Secret; until it is found out, nothing is signed.
     */
    boolean isKeyInDoubt(CaaSAccount account) {
        return inUse(account)
                .map(AccountKey::next)
                .filter(next -> !isKnownNotTaken(ObjectName.of(account), next))
                .isPresent();
    }

    private boolean isKnownNotTaken(ObjectName account, AccountKey.Next next) {
        var known = notTaken.get(account);
        return known != null && known.createdAt().equals(next.createdAt());
    }

    /** The CA has not taken this key, as far as it can be known. */
    void notTaken(ObjectName account, AccountKey.Next next) {
        notTaken.put(account, next);
    }

    /** The CA may have taken the next key. */
    void mayBeTaken(ObjectName account) {
        notTaken.remove(account);
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
        if (standstills.answered(account)) {
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

    /** The account is gone, and none of that name took its place. */
    void forget(ObjectName account) {
        standstills.forget(account);
        doubted.remove(account);
        notTaken.remove(account);
        // An order may still be at its end.
        gates.computeIfPresent(account, (_, gate) -> isFree(gate) ? null : gate);
        used.remove(account);
        dropUnusedServers();
        contents.forget(new ObjectName(
                account.namespace(),
                new Ownership(Ownership.Role.account, "CaaSAccount", account.name()).secretName()));
    }

    private static boolean isFree(ReentrantReadWriteLock gate) {
        return gate.getReadLockCount() == 0 && !gate.isWriteLocked() && !gate.hasQueuedThreads();
    }

    /** Calls the listener when something about an account was noted that its reconciler should look at. */
    void onNote(Consumer<ObjectName> listener) {
        listeners.add(listener);
    }

    /** The server that a key is meant for, which is the declared one unless a re-created declaration names another. */
    AcmeServer server(CaaSAccount account, AccountKey key) throws CertificateException {
        return key.server().equals(account.getSpec().server())
                ? server(account)
                : server(new ServerKey(key.server(), account.getSpec().caBundle()));
    }

    /** The server of an account, shared with all accounts that use it with the same trust. */
    public AcmeServer server(CaaSAccount account) throws CertificateException {
        var key = new ServerKey(account.getSpec().server(), account.getSpec().caBundle());
        var server = server(key);
        if (!key.equals(used.put(ObjectName.of(account), key))) {
            dropUnusedServers();
        }
        return server;
    }

    private AcmeServer server(ServerKey key) throws CertificateException {
        var known = servers.get(key);
        if (known != null) {
            return known;
        }
        var server = new AcmeServer(
                URI.create(key.url),
                key.caBundle == null ? null : CaBundle.decode(key.caBundle),
                userAgent,
                policy,
                clock);
        var earlier = servers.putIfAbsent(key, server);
        return earlier == null ? server : earlier;
    }

    /** One that an account was changed away from is not kept: it has connections and a thread. */
    private void dropUnusedServers() {
        servers.keySet().retainAll(used.values());
    }

    /** When the account's key was first stored, which decides who came first. */
    Optional<String> registeredSince(CaaSAccount account) {
        return inUse(account).isPresent()
                ? secret(account).map(s -> s.getMetadata().getCreationTimestamp())
                : Optional.empty();
    }

    /**
     * What the account Secret keeps.
     *
     * @throws InvalidPemException if it holds no usable key
     */
    Optional<AccountSecret> kept(CaaSAccount account) throws InvalidPemException {
        var secret = secret(account);
        return secret.isEmpty() ? Optional.empty() : Optional.of(contents.of(secret.get()));
    }

    /** The same; empty too if it cannot be read, which the account's reconciler finds and says. */
    private Optional<AccountSecret> content(CaaSAccount account) {
        try {
            return kept(account);
        } catch (InvalidPemException e) {
            return Optional.empty();
        }
    }

    /**
     * The binding of an account: the one it declares, or the one that was obtained for it.
     *
     * @return empty until one was obtained
     */
    public Optional<ExternalAccountBinding> binding(CaaSAccount account) {
        return BindingSecret.bindingOf(account, secrets);
    }

    /** The key identifier of {@link #binding}. */
    public Optional<String> keyId(CaaSAccount account) {
        return binding(account).map(ExternalAccountBinding::keyId);
    }

    private boolean isBoundAs(AccountKey key, CaaSAccount account) {
        return keyId(account).filter(id -> key.isFor(account, id)).isPresent();
    }

    /** The account of the declared binding, in use or not, registered or not. */
    Optional<AccountKey> ofBinding(CaaSAccount account) {
        return content(account).stream()
                .flatMap(AccountSecret::all)
                .filter(k -> isBoundAs(k, account))
                .findFirst();
    }

    /** Which CA an account is at, the same however its URL is spelt (RFC 3986 section 6.2). */
    static String serverOf(CaaSAccount account) {
        var url = account.getSpec().server();
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

    /** Stores what is known of one account, beside what is kept of others. */
    void store(CaaSAccount account, AccountKey key) throws SecretTakenException {
        store(account, content(account).map(c -> c.with(key)).orElseGet(() -> new AccountSecret(key, List.of())));
    }

    /** Stores all that is kept; never over a Secret of somebody else. */
    void store(CaaSAccount account, AccountSecret content) throws SecretTakenException {
        var existing = secret(account);
        if (existing.isPresent()) {
            secrets.update(SecretStore.edit(existing.get())
                    .withData(content.toDataOf(existing.get()))
                    .build());
            return;
        }
        secrets.create(ownership(account).newSecret(account.getMetadata().getNamespace(), content.toData()));
    }

    private Optional<Secret> secret(CaaSAccount account) {
        return secrets.get(ownership(account), account.getMetadata().getNamespace());
    }

    private static Ownership ownership(CaaSAccount account) {
        return new Ownership(
                Ownership.Role.account, "CaaSAccount", account.getMetadata().getName());
    }
}
