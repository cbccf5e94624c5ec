package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code ./dev freeze VERSION}: runs this version of the operator on what {@link #CERTIFICATES} declares, and freezes what
 * it leaves behind in {@code src/test/resources/upgrade/VERSION}. The CA's certificates are valid for 66 years, so that
 * nothing is due when the fixture is used; only the account's term, which the ledger counts in years, is made to end then.
 */
public final class Freeze {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int LIFETIME_SECONDS = 2_100_000_000;
    private static final Instant END = Instant.parse("2092-12-31T23:59:59Z");
    private static final String NAMESPACE = "frozen";
    private static final String DOMAIN = NAMESPACE + "." + Bind.ZONE;
    private static final String UNDER_WAY = "underway";

    /** A certificate for each thing that a Secret or a status may hold; a new version adds what is new in it. */
    private static final Map<String, String> CERTIFICATES = new TreeMap<>(Map.of(
            "served",
            "dnsNames: [www.@]",
            "many",
            "{dnsNames: ['*.many.@', many.@, www.many.@], commonName: many.@}",
            "rsa",
            "{dnsNames: [rsa.@], privateKey: {algorithm: RSA, size: 2048}}",
            "formats",
            "{dnsNames: [formats.@], additionalOutputFormats: [CombinedPEM, DER]}",
            UNDER_WAY,
            "dnsNames: [underway.@]"));

    private Freeze() {}

    /** See {@link Freeze}. */
    public static void main(String... args) throws Exception {
        if (args.length != 1) {
            throw new IllegalArgumentException("Say which version this is: the next number in " + fixtures());
        }
        try (var stage = Stage.start(WorkFiles.fresh(Home.resolve("target/freeze")));
                var pebble = Pebble.start(
                        stage.dir("pebble-frozen"),
                        stage.ca(),
                        Pebble.Settings.withDns(stage.bind().secondary())
                                .profiles(Map.of(Pebble.PROFILE, LIFETIME_SECONDS)));
                var acme = AcmeProxy.start(pebble, stage.ca());
                var operator = OperatorProcess.start(OperatorProcess.Settings.of(
                                stage.dir("operator"), stage.cluster().kubeconfig())
                        .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8"))) {
            operator.awaitReady();
            var authority = new Stage.Authority(
                    acme.directoryUrl(), stage.ca().caBundle(), pebble.nextBinding(), Pebble.PROFILE);
            leaveBehind(stage, acme, authority, operator);
            write(stage, acme, args[0]);
        }
        System.exit(0);
    }

    private static Path fixtures() {
        return Home.resolve("src/test/resources/upgrade");
    }

    /** All issued but one, whose order is at its last step when the operator dies. */
    private static void leaveBehind(Stage stage, AcmeProxy acme, Stage.Authority authority, OperatorProcess operator) {
        stage.client()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        var contract = new Contract(stage, NAMESPACE, authority).signed(DOMAIN);
        try (var hold = acme.on(Step.FINALIZE).forName(UNDER_WAY + "." + DOMAIN).hold()) {
            CERTIFICATES.forEach((name, yaml) -> {
                var certificate = contract.certificate(name, name + "." + DOMAIN);
                certificate.setSpec(Specs.with(ManagedCertificateSpec.class, yaml.replace("@", DOMAIN))
                        .apply(certificate.getSpec()));
                stage.client().resource(certificate).create();
            });
            hold.awaitReached(LIMIT);
            Poll.until(
                    "all others are ready",
                    LIMIT,
                    () ->
                            stage
                                    .client()
                                    .resources(ManagedCertificate.class)
                                    .inNamespace(NAMESPACE)
                                    .list()
                                    .getItems()
                                    .stream()
                                    .filter(c -> !c.getMetadata().getName().equals(UNDER_WAY))
                                    .allMatch(Freeze::isReady));
            operator.kill();
        }
    }

    private static boolean isReady(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY);
    }

    private static void write(Stage stage, AcmeProxy acme, String version) throws IOException {
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
            if (certificate.getMetadata().getName().equals(UNDER_WAY)) {
                certificate.setSpec(Specs.with(ManagedCertificateSpec.class, "{suspend: true}")
                        .apply(certificate.getSpec()));
            }
            objects.add(certificate);
        }
        var directory = acme.directoryUrl();
        var base = directory.substring(0, directory.indexOf('/', "https://".length()));
        var yaml = new StringBuilder();
        for (var object : objects) {
            object.setMetadata(stripped(object.getMetadata()));
            yaml.append("---\n")
                    .append(client.getKubernetesSerialization().asYaml(object).replaceFirst("^---\n", ""));
        }
        var dir = fixtures().resolve(version);
        Files.createDirectories(dir);
        Files.writeString(dir.resolve(Fixture.FILE), yaml.toString().replace(base, Fixture.SERVER));
    }

    /** Text instead of base64 where it is text, so that a reader sees what is in it and placeholders can be replaced. */
    private static Secret frozen(Secret secret) {
        var text = new TreeMap<String, String>();
        var octets = new TreeMap<String, String>();
        secret.getData().forEach((key, value) -> {
            var decoded = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
            if (Base64.getEncoder()
                    .encodeToString(decoded.getBytes(StandardCharsets.UTF_8))
                    .equals(value)) {
                text.put(key, decoded);
            } else {
                octets.put(key, value);
            }
        });
        text.computeIfPresent(
                "ledger.json",
                (key, ledger) -> ledger.replaceFirst("\"expiresAt\":\"[^\"]*\"", "\"expiresAt\":\"" + END + "\""));
        return new SecretBuilder(secret)
                .withData(octets.isEmpty() ? null : octets)
                .withStringData(text)
                .build();
    }

    private static ObjectMeta stripped(ObjectMeta meta) {
        return new ObjectMetaBuilder()
                .withName(meta.getName())
                .withLabels(meta.getLabels())
                .withAnnotations(meta.getAnnotations())
                .build();
    }
}
