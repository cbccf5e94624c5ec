package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a version of the operator left behind: every resource with its status, every Secret, as YAML. What it left in a
 * namespace is one file, and finds itself in any other. What is kept for a partner platform is another: its records in the
 * operator's own namespace are named after the platform and the account, so all of it is under the names that it had.
 * Addresses and the CA that vouches for them are placeholders.
 */
public final class Fixture {
    static final String FILE = "objects.yaml";
    static final String PLATFORM_FILE = "platform.yaml";
    static final String SERVER = "https://acme.invalid";
    static final String PLATFORM = "https://platform.invalid";
    static final String CA_BUNDLE = "ca.invalid";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String yaml;

    private final boolean status;

    private Fixture(String yaml, boolean status) {
        this.yaml = yaml;
        this.status = status;
    }

    /** Reads what a version left in a namespace, from {@code src/test/resources/upgrade/<version>}. */
    public static Fixture read(Path version) {
        return of(version.resolve(FILE));
    }

    /** Reads what a version left that used a partner platform, with what it kept in its own namespace. */
    public static Fixture ofPlatform(Path version) {
        return of(version.resolve(PLATFORM_FILE));
    }

    /** Whether there is such a part; the first versions knew no platforms. */
    public static boolean hasPlatform(Path version) {
        return Files.exists(version.resolve(PLATFORM_FILE));
    }

    private static Fixture of(Path file) {
        try {
            return new Fixture(Files.readString(file), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts everything into a namespace, with a CA that is there. */
    public void apply(Stage stage, String namespace) {
        for (var object : load(stage.client(), here(stage))) {
            object.getMetadata().setNamespace(namespace);
            create(stage.client(), object);
        }
    }

    /** Puts everything where it was, with a CA and a platform that are there. */
    public void apply(Stage stage, FormPlatform platform) {
        for (var object : load(stage.client(), here(stage).replace(PLATFORM, base(platform.endpoint())))) {
            Optional.ofNullable(object.getMetadata().getNamespace()).ifPresent(stage::namespaceNamed);
            create(stage.client(), object);
        }
    }

    private String here(Stage stage) {
        return yaml.replace(SERVER, base(stage.acme().directoryUrl()))
                .replace(CA_BUNDLE, stage.ca().caBundle());
    }

    private void create(KubernetesClient client, HasMetadata object) {
        var created = client.resource(object).create();
        if (status && object instanceof CustomResource<?, ?> resource && resource.getStatus() != null) {
            resource.getMetadata().setResourceVersion(created.getMetadata().getResourceVersion());
            client.resource(object).updateStatus();
        }
    }

    /**
     * Takes away all that {@link #apply(Stage, FormPlatform)} put there, and returns when it is gone; the operator has to
     * run, and sees it off.
     */
    public void remove(KubernetesClient client) {
        var objects = load(client, yaml).reversed();
        for (var object : objects) {
            client.resource(object).delete();
            Poll.until(
                    object.getKind() + " " + object.getMetadata().getName() + " is gone",
                    LIMIT,
                    () -> client.resource(object).get() == null);
        }
        objects.stream()
                .map(object -> object.getMetadata().getNamespace())
                .filter(Objects::nonNull)
                .distinct()
                .filter(namespace -> !namespace.equals(Chart.NAMESPACE))
                .forEach(namespace -> {
                    client.namespaces().withName(namespace).delete();
                    Poll.until(
                            "namespace " + namespace + " is gone",
                            LIMIT,
                            () -> client.namespaces().withName(namespace).get() == null);
                });
    }

    /** The same as a backup has it that keeps no status. */
    public Fixture withoutStatus() {
        return new Fixture(yaml, false);
    }

    /** The one resource of a type that is in it, as it was. */
    public <T extends CustomResource<?, ?>> T the(Class<T> type) {
        return offline().stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    /** What a Secret of the fixture has under a key. */
    public String text(String secretName, String key) {
        return offline().stream()
                .filter(o -> o instanceof Secret s && s.getMetadata().getName().equals(secretName))
                .map(o -> ((Secret) o).getStringData().get(key))
                .findFirst()
                .orElseThrow();
    }

    /** The names of the certificates in it whose Secret, {@code <name>-tls}, is there too. */
    public List<String> issued() {
        var objects = offline();
        var secrets = objects.stream()
                .filter(Secret.class::isInstance)
                .map(o -> o.getMetadata().getName())
                .toList();
        return objects.stream()
                .filter(ManagedCertificate.class::isInstance)
                .map(o -> o.getMetadata().getName())
                .filter(name -> secrets.contains(name + "-tls"))
                .toList();
    }

    /** The serial number of the certificate in a Secret of the fixture. */
    public String serial(String secretName) {
        return serialIn(text(secretName, "tls.crt"));
    }

    /** The serial number of the certificate in a Secret of a cluster. */
    public String serialOf(KubernetesClient client, String namespace, String secretName) {
        var secret =
                client.secrets().inNamespace(namespace).withName(secretName).get();
        return serialIn(
                new String(Base64.getDecoder().decode(secret.getData().get("tls.crt")), StandardCharsets.UTF_8));
    }

    private static String serialIn(@Nullable String pem) {
        try {
            return CertificateChain.ofPem(Objects.requireNonNullElse(pem, "")).serialNumber();
        } catch (InvalidPemException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A URL up to its path. */
    static String base(String url) {
        return url.substring(0, url.indexOf('/', "https://".length()));
    }

    private List<HasMetadata> offline() {
        try (var client = new KubernetesClientBuilder().build()) {
            return load(client, yaml);
        }
    }

    private static List<HasMetadata> load(KubernetesClient client, String yaml) {
        var serialization = client.getKubernetesSerialization();
        List.of(CaaSPlatform.class, CaaSAccount.class, DomainSubscription.class, ManagedCertificate.class)
                .forEach(serialization::registerKubernetesResource);
        return client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items();
    }
}
