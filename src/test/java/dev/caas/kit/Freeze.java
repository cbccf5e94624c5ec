package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.kube.Conditions;
import dev.caas.pki.CertificateChain;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code java ... dev.caas.kit.Freeze VERSION}: runs this version of the operator and freezes what it leaves behind in
 * {@code src/test/resources/upgrade/VERSION}. Only the issued certificate is exchanged for one of a test CA that is valid
 * to 2099, and the term for one that ends then.
 */
public final class Freeze {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Instant END = Instant.parse("2099-12-31T23:59:59Z");
    private static final String NAMESPACE = "frozen";
    private static final OfflineCa CA = new OfflineCa(END);

    private Freeze() {}

    /** See {@link Freeze}. */
    public static void main(String... args) throws Exception {
        try (var stage = Stage.start(WorkFiles.fresh(Home.resolve("target/freeze")));
                var operator = OperatorProcess.start(OperatorProcess.Settings.of(
                                stage.dir("operator"), stage.cluster().kubeconfig())
                        .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8"))) {
            operator.awaitReady();
            var client = stage.client();
            client.resource(new io.fabric8.kubernetes.api.model.NamespaceBuilder()
                            .withNewMetadata()
                            .withName(NAMESPACE)
                            .endMetadata()
                            .build())
                    .create();
            var contract = new Contract(stage, NAMESPACE, stage.authority()).signed("frozen.example.test");
            client.resource(contract.certificate("served", "www.frozen.example.test"))
                    .create();
            Poll.until(
                    "the certificate is ready",
                    LIMIT,
                    () -> isReady(client.resources(ManagedCertificate.class)
                            .inNamespace(NAMESPACE)
                            .withName("served")
                            .get()));
            try (var hold = stage.acme()
                    .on(Step.FINALIZE)
                    .forName("underway.frozen.example.test")
                    .hold()) {
                client.resource(contract.certificate("underway", "underway.frozen.example.test"))
                        .create();
                hold.awaitReached(LIMIT);
                operator.kill();
            }
            write(stage, args[0]);
        }
        System.exit(0);
    }

    private static boolean isReady(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY);
    }

    private static void write(Stage stage, String version) throws Exception {
        var client = stage.client();
        var objects = new ArrayList<HasMetadata>();
        for (var secret : client.secrets().inNamespace(NAMESPACE).list().getItems()) {
            objects.add(frozen(secret));
        }
        objects.addAll(client.resources(CaaSAccount.class)
                .inNamespace(NAMESPACE)
                .list()
                .getItems());
        objects.addAll(client.resources(DomainSubscription.class)
                .inNamespace(NAMESPACE)
                .list()
                .getItems());
        for (var certificate : client.resources(ManagedCertificate.class)
                .inNamespace(NAMESPACE)
                .list()
                .getItems()) {
            if (certificate.getMetadata().getName().equals("underway")) {
                certificate.setSpec(Specs.with(ManagedCertificateSpec.class, "{suspend: true}")
                        .apply(certificate.getSpec()));
            }
            objects.add(certificate);
        }
        var directory = stage.acme().directoryUrl();
        var base = directory.substring(0, directory.indexOf('/', "https://".length()));
        var yaml = new StringBuilder();
        for (var object : objects) {
            object.setMetadata(stripped(object.getMetadata()));
            yaml.append("---\n")
                    .append(client.getKubernetesSerialization().asYaml(object).replaceFirst("^---\n", ""));
        }
        var dir = Home.resolve("src/test/resources/upgrade").resolve(version);
        Files.createDirectories(dir);
        Files.writeString(dir.resolve(Fixture.FILE), yaml.toString().replace(base, Fixture.SERVER));
    }

    /** Text instead of base64, so that a reader sees what is in it and placeholders can be replaced. */
    private static Secret frozen(Secret secret) throws Exception {
        var text = new TreeMap<String, String>();
        secret.getData()
                .forEach((k, v) -> text.put(k, new String(Base64.getDecoder().decode(v), StandardCharsets.UTF_8)));
        if (text.containsKey("tls.crt")) {
            text.putAll(certificate(
                    List.copyOf(CertificateChain.ofPem(text.get("tls.crt")).dnsNames())));
        }
        if (text.containsKey("ledger.json")) {
            text.put(
                    "ledger.json",
                    text.get("ledger.json").replaceFirst("\"expiresAt\":\"[^\"]*\"", "\"expiresAt\":\"" + END + "\""));
        }
        return new SecretBuilder(secret).withData(null).withStringData(text).build();
    }

    private static ObjectMeta stripped(ObjectMeta meta) {
        return new ObjectMetaBuilder()
                .withName(meta.getName())
                .withLabels(meta.getLabels())
                .withAnnotations(meta.getAnnotations())
                .build();
    }

    private static Map<String, String> certificate(List<String> names) {
        var issued = CA.issue(names);
        return Map.of("tls.crt", issued.chain().toPem(), "tls.key", issued.key().toPem());
    }
}
