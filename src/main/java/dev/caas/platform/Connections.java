package dev.caas.platform;

import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretText;
import dev.caas.outbound.CaBundle;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.local.LocalBooks;
import dev.caas.platform.local.LocalPlatform;
import dev.caas.platform.sectigo.PartnerHttp;
import dev.caas.platform.sectigo.ScmLogin;
import dev.caas.platform.sectigo.SectigoCaas;
import dev.caas.platform.sectigo.SectigoScm;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Connects to platforms as they are declared. Connections are shared by all accounts of a platform, and last until the
 * trust that is declared changes; credentials are read for each request, so a changed Secret needs no restart.
 */
public final class Connections implements Platforms.Providers {
    private static final String SYSTEM_ROOTS = "";

    private final SecretStore secrets;
    private final String namespace;
    private final OutboundPolicy policy;
    private final Duration timeout;
    private final Clock clock;
    /** One for all Local platforms: it lets one write at a time. */
    private final LocalBooks books;

    private final Map<String, HttpClient> clients = new ConcurrentHashMap<>();

    /**
     * Connects to nothing yet.
     *
     * @param namespace the operator's own, for credentials and the Local platform's books
     * @param timeout of a whole request
     */
    public Connections(SecretStore secrets, String namespace, OutboundPolicy policy, Duration timeout, Clock clock) {
        this.secrets = secrets;
        this.namespace = namespace;
        this.policy = policy;
        this.timeout = timeout;
        this.clock = clock;
        this.books = new LocalBooks(secrets, namespace);
    }

    @Override
    public PartnerApi of(CaaSPlatform platform) throws PlatformFailure {
        var spec = platform.getSpec();
        return switch (spec.provider()) {
            case Local -> new LocalPlatform(platform.getMetadata().getName(), spec.pricing(), books, clock);
            case SectigoCaaS ->
                new SectigoCaas(
                        endpoint(spec),
                        () -> {
                            var data = credentials(spec);
                            return new SectigoCaas.Credentials(data.text("loginName"), data.text("loginPassword"));
                        },
                        new PartnerHttp(client(spec), policy, timeout, clock));
            case SectigoSCM ->
                new SectigoScm(
                        new PartnerHttp(client(spec), policy, timeout, clock),
                        endpoint(spec),
                        Objects.requireNonNull(spec.organizationId()),
                        () -> {
                            var data = credentials(spec);
                            return new ScmLogin(data.text("login"), data.text("password"), data.text("customerUri"));
                        });
        };
    }

    private static URI endpoint(CaaSPlatformSpec spec) throws PlatformFailure {
        try {
            return URI.create(Objects.requireNonNull(spec.endpoint()));
        } catch (IllegalArgumentException e) {
            throw new PlatformFailure(
                    PlatformFailure.Kind.UNREACHABLE, "spec.endpoint is not a URL that can be used", e);
        }
    }

    private HttpClient client(CaaSPlatformSpec spec) throws PlatformFailure {
        var bundle = Optional.ofNullable(spec.caBundle()).orElse(SYSTEM_ROOTS);
        var known = clients.get(bundle);
        if (known != null) {
            return known;
        }
        var client = newClient(spec.caBundle());
        var earlier = clients.putIfAbsent(bundle, client);
        return earlier == null ? client : earlier;
    }

    private HttpClient newClient(@Nullable String caBundle) throws PlatformFailure {
        var client = HttpClient.newBuilder()
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1);
        if (caBundle != null) {
            try {
                client.sslContext(CaBundle.trusting(CaBundle.decode(caBundle)));
            } catch (CertificateException e) {
                throw new PlatformFailure(
                        PlatformFailure.Kind.UNREACHABLE,
                        "spec.caBundle cannot be used: " + e.getMessage() + "; it must be base64 of PEM certificates",
                        e);
            }
        }
        return client.build();
    }

    private Credentials credentials(CaaSPlatformSpec spec) throws PlatformFailure {
        var name = new ObjectName(
                namespace, Objects.requireNonNull(spec.credentialsSecretRef()).name());
        return secrets.read(name)
                .map(s -> new Credentials(name, Optional.ofNullable(s.getData()).orElse(Map.of())))
                .orElseThrow(() -> new PlatformFailure(
                        PlatformFailure.Kind.UNAUTHORIZED,
                        "Secret " + name + " with the platform's credentials does not exist; create it there, in the"
                                + " operator's namespace"));
    }

    /** A Secret's data; never shown. */
    private static final class Credentials {
        private final ObjectName name;
        private final Map<String, String> data;

        Credentials(ObjectName name, Map<String, String> data) {
            this.name = name;
            this.data = data;
        }

        String text(String key) throws PlatformFailure {
            var encoded = data.get(key);
            if (encoded == null) {
                throw new PlatformFailure(
                        PlatformFailure.Kind.UNAUTHORIZED,
                        "Secret " + name + " has no key '" + key + "'; put it there");
            }
            return SecretText.decoded(encoded).strip();
        }
    }
}
