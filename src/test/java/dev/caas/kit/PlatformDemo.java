package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Money;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * {@code ./dev demo --platform}: {@code examples/platform} against a stand-in of the partner platform: a binding handed
 * out, a domain quoted, approved and bought, a certificate. Stays until Ctrl-C, so that one can go on with kubectl; with
 * {@code --once} it ends: with 0 only if the certificate was issued, and paid for once.
 */
final class PlatformDemo {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String NAMESPACE = "customer";
    private static final String DOMAIN = "example-com";
    private static final String ZONE = "example.com";

    private final PrintStream out = System.out;
    private final Instant start = Instant.now();

    boolean run(boolean once) throws InterruptedException {
        say("looking for the parts (the first time they are built, once)");
        Parts.controlPlane();
        say("starting a control plane, a CA (Pebble), two name servers (BIND) and a partner platform (a stand-in)");
        try (var stage = Stage.start(WorkFiles.fresh(Home.resolve("target/demo")), ZONE);
                var platform = FormPlatform.start(
                        stage.ca(),
                        Clock.systemUTC(),
                        Map.of(stage.authority().server(), "DV"),
                        stage.pebble()::nextBinding)) {
            say("starting the operator");
            var settings = OperatorProcess.Settings.of(
                            stage.dir("operator"), stage.cluster().kubeconfig())
                    .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8");
            try (var operator = OperatorProcess.start(settings)) {
                operator.awaitReady();
                boolean done = tell(stage, platform);
                if (!done) {
                    say("the story did not end well. The operator's log: " + stage.dir("operator"));
                } else if (!once) {
                    stay(stage);
                }
                return done;
            }
        }
    }

    private boolean tell(Stage stage, FormPlatform platform) {
        var client = stage.client();
        namespace(client, Chart.NAMESPACE);
        apply(stage, platform, "10-platform");
        until(
                "the platform answers",
                () -> ObjectConditions.isReady(client.resources(CaaSPlatform.class)
                        .withName("reseller")
                        .get()));
        apply(stage, platform, "20-customer");
        until(
                "the platform hands out a binding, and the CA registers it",
                () -> ObjectConditions.isReady(client.resources(CaaSAccount.class)
                        .inNamespace(NAMESPACE)
                        .withName("customer-ca")
                        .get()));
        apply(stage, platform, "30-domain");
        var quote = Poll.untilPresent(
                "the platform quotes",
                LIMIT,
                () -> Optional.ofNullable(subscription(client))
                        .map(DomainSubscription::getStatus)
                        .map(DomainSubscriptionStatus::quote));
        say("  " + message(subscription(client)));
        say("  spent so far: " + platform.books().till().spent());
        approve(stage, quote);
        until("the domain is bought", () -> ObjectConditions.isReady(subscription(client)));
        say("  spent: " + platform.books().till().spent() + ", order "
                + subscription(client).getStatus().orderNumber() + ", refundable until "
                + subscription(client).getStatus().refundableUntil());
        apply(stage, platform, "50-certificate");
        until(
                "the certificate is issued",
                () -> ObjectConditions.isReady(client.resources(ManagedCertificate.class)
                        .inNamespace(NAMESPACE)
                        .withName("www")
                        .get()));
        say("kubectl delete dsub " + DOMAIN + "; kubectl apply -f examples/platform/40-approval.yaml");
        client.resource(subscription(client)).delete();
        approve(stage, quote);
        until("the domain is found again", () -> ObjectConditions.isReady(subscription(client)));
        say("  spent: " + platform.books().till().spent());
        return platform.books().till().entries().size() == 1;
    }

    private void approve(Stage stage, Money quote) {
        for (var object : load(stage.client(), "40-approval")) {
            var subscription = (DomainSubscription) object;
            subscription.setSpec(
                    Specs.with(DomainSubscriptionSpec.class, subscription.getSpec(), "approvedCost", quote));
            stage.client().resource(subscription).forceConflicts().serverSideApply();
        }
        say("kubectl apply -f examples/platform/40-approval.yaml   (" + quote + ")");
    }

    private void apply(Stage stage, FormPlatform platform, String example) {
        say("kubectl apply -f examples/platform/" + example + ".yaml");
        for (var object : load(stage.client(), example)) {
            fill(object, stage, platform);
            stage.client().resource(object).forceConflicts().serverSideApply();
        }
    }

    /** The stage's own CA, name servers and platform in place of the example's. */
    private static void fill(HasMetadata object, Stage stage, FormPlatform platform) {
        var authority = stage.authority();
        switch (object) {
            case CaaSPlatform declared ->
                declared.setSpec(Specs.with(
                        CaaSPlatformSpec.class,
                        Specs.with(CaaSPlatformSpec.class, declared.getSpec(), "endpoint", platform.endpoint()),
                        "caBundle",
                        authority.caBundle()));
            case Secret secret
            when secret.getStringData().containsKey("loginName") ->
                secret.setStringData(Map.of(
                        "loginName", platform.login().name(),
                        "loginPassword", platform.login().password()));
            case CaaSAccount account -> {
                Filling.in(account, stage, authority);
                account.setSpec(Specs.with(CaaSAccountSpec.class, "externalAccountBinding: null")
                        .apply(account.getSpec()));
            }
            default -> Filling.in(object, stage, authority);
        }
    }

    private static List<HasMetadata> load(KubernetesClient client, String example) {
        for (var type : List.of(CaaSPlatform.class, CaaSAccount.class, DomainSubscription.class)) {
            client.getKubernetesSerialization().registerKubernetesResource(type);
        }
        try (var in = Files.newInputStream(
                Home.resolve("examples").resolve("platform").resolve(example + ".yaml"))) {
            return client.load(in).items();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void namespace(KubernetesClient client, String name) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .serverSideApply();
    }

    private static DomainSubscription subscription(KubernetesClient client) {
        return Objects.requireNonNull(client.resources(DomainSubscription.class)
                .inNamespace(NAMESPACE)
                .withName(DOMAIN)
                .get());
    }

    private void until(String what, Supplier<Boolean> holds) {
        Poll.until(what, LIMIT, holds::get);
        say("  " + what);
    }

    private static String message(DomainSubscription subscription) {
        return ObjectConditions.of(subscription)
                .get(Conditions.READY)
                .map(Condition::getMessage)
                .orElse("");
    }

    private void stay(Stage stage) throws InterruptedException {
        out.println("Everything stays up. In another terminal:");
        out.println("  export KUBECONFIG=" + stage.cluster().kubeconfig());
        out.println("  kubectl get caas -A; kubectl get caasp reseller -o yaml");
        out.println("Ctrl-C ends it.");
        new CountDownLatch(1).await();
    }

    private void say(String what) {
        out.printf("%6.1f s  %s%n", Duration.between(start, Instant.now()).toMillis() / 1000.0, what);
    }
}
