package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code ./dev freeze VERSION}: runs this version of the operator on what {@link #CERTIFICATES} declares, and freezes what
 * it leaves behind in {@code src/test/resources/upgrade/VERSION}; and so what it leaves of a {@link FrozenReseller}. The
 * CA's certificates are valid for 66 years, so that nothing is due when the fixture is used; only the accounts' terms, which
 * are counted in years, are made to end then.
 */
public final class Freeze {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int LIFETIME_SECONDS = 2_100_000_000;
    private static final Instant END = Instant.parse("2092-12-31T23:59:59Z");
    private static final String NAMESPACE = "frozen";
    private static final String DOMAIN = NAMESPACE + "." + Bind.ZONE;
    private static final String UNDER_WAY = "underway";

    /** Bindings that no test is given: where a fixture is used, nobody else has an account by them. */
    private static final int IN_HAND = 0;

    private static final int OF_PLATFORM = 1;

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
            "keystore",
            "{dnsNames: [keystore.@], keystores: {pkcs12: {passwordSecretRef: {name: keystore, key: password}}}}",
            "template",
            "{dnsNames: [template.@], secretTemplate: {labels: {team: web}, annotations: {example.test/mirror: all}}}",
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
                        .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8"));
                var platform = FormPlatform.start(
                        stage.ca(),
                        Clock.systemUTC(),
                        Map.of(acme.directoryUrl(), "DV"),
                        () -> pebble.binding(OF_PLATFORM))) {
            operator.awaitReady();
            var reseller = new FrozenReseller(stage, authority(stage, acme, pebble.binding(OF_PLATFORM)), platform);
            reseller.leaveBehind(END);
            leaveBehind(stage, acme, authority(stage, acme, pebble.binding(IN_HAND)), operator);
            var writer = new FixtureWriter(
                    stage.client(),
                    Map.of(
                            Fixture.base(acme.directoryUrl()), Fixture.SERVER,
                            Fixture.base(platform.endpoint()), Fixture.PLATFORM,
                            stage.ca().caBundle(), Fixture.CA_BUNDLE),
                    END);
            var dir = fixtures().resolve(args[0]);
            writer.write(dir.resolve(Fixture.FILE), left(stage.client()));
            writer.write(dir.resolve(Fixture.PLATFORM_FILE), reseller.left());
        }
        System.exit(0);
    }

    private static Stage.Authority authority(Stage stage, AcmeProxy acme, Pebble.Binding binding) {
        return new Stage.Authority(acme.directoryUrl(), stage.ca().caBundle(), binding, Pebble.PROFILE);
    }

    private static Path fixtures() {
        return Home.resolve("src/test/resources/upgrade");
    }

    /** All issued but one, whose order is at its last step when the operator dies. */
    private static void leaveBehind(Stage stage, AcmeProxy acme, Stage.Authority authority, OperatorProcess operator) {
        stage.namespaceNamed(NAMESPACE);
        stage.secret(NAMESPACE, "keystore", Map.of("password", "changeit"));
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
                                    .allMatch(ObjectConditions::isReady));
            operator.kill();
        }
    }

    private static List<HasMetadata> left(KubernetesClient client) {
        var left = new ArrayList<HasMetadata>();
        left.addAll(client.secrets().inNamespace(NAMESPACE).list().getItems());
        for (var type : List.of(CaaSAccount.class, DomainSubscription.class, ManagedCertificate.class)) {
            left.addAll(client.resources(type).inNamespace(NAMESPACE).list().getItems());
        }
        left.forEach(Freeze::suspendUnderWay);
        return left;
    }

    /** Its order is at a CA that is gone: it is to be kept, and not to be gone on with. */
    private static void suspendUnderWay(HasMetadata object) {
        if (object instanceof ManagedCertificate certificate
                && certificate.getMetadata().getName().equals(UNDER_WAY)) {
            certificate.setSpec(
                    Specs.with(ManagedCertificateSpec.class, "{suspend: true}").apply(certificate.getSpec()));
        }
    }
}
