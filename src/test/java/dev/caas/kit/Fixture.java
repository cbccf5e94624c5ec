package dev.caas.kit;

import dev.caas.api.CaaSAccount;
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
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version of the operator left behind in a namespace: every resource with its status, every Secret, as one YAML
 * file. The CA's address is a placeholder.
 */
public final class Fixture {
    static final String FILE = "objects.yaml";
    static final String SERVER = "https://acme.invalid";

    private final String yaml;

    private final boolean status;

    private Fixture(String yaml, boolean status) {
        this.yaml = yaml;
        this.status = status;
    }

    /** Reads the fixture of a version, {@code src/test/resources/upgrade/<version>}. */
    public static Fixture read(Path version) {
        try {
            return new Fixture(Files.readString(version.resolve(FILE)), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts everything into a namespace, with a CA that is there. */
    public void apply(KubernetesClient client, String namespace, String directoryUrl) {
        var base = directoryUrl.substring(0, directoryUrl.indexOf('/', "https://".length()));
        for (var object : load(client, yaml.replace(SERVER, base))) {
            object.getMetadata().setNamespace(namespace);
            var created = client.resource(object).create();
            if (status && object instanceof CustomResource<?, ?> resource && resource.getStatus() != null) {
                resource.getMetadata().setResourceVersion(created.getMetadata().getResourceVersion());
                client.resource(object).updateStatus();
            }
        }
    }

    /** The same as a backup has it that keeps no status. */
    public Fixture withoutStatus() {
        return new Fixture(yaml, false);
    }

    /** The names of the certificates in it whose Secret, {@code <name>-tls}, is there too. */
    public List<String> issued() {
        try (var client = new KubernetesClientBuilder().build()) {
            var objects = load(client, yaml);
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
    }

    /** The serial number of the certificate in a Secret of the fixture. */
    public String serial(String secretName) {
        try (var client = new KubernetesClientBuilder().build()) {
            return load(client, yaml).stream()
                    .filter(o ->
                            o instanceof Secret s && s.getMetadata().getName().equals(secretName))
                    .map(o -> serialIn(((Secret) o).getStringData().get("tls.crt")))
                    .findFirst()
                    .orElseThrow();
        }
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
            return CertificateChain.ofPem(java.util.Objects.requireNonNullElse(pem, ""))
                    .serialNumber();
        } catch (InvalidPemException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<HasMetadata> load(KubernetesClient client, String yaml) {
        var serialization = client.getKubernetesSerialization();
        List.of(CaaSAccount.class, DomainSubscription.class, ManagedCertificate.class)
                .forEach(serialization::registerKubernetesResource);
        return client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items();
    }
}
