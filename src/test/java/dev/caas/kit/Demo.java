package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.kube.Conditions;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * {@code ./dev demo}: a control plane, a CA, name servers and the operator on this machine, {@code examples/quickstart}
 * applied to them, and what came of it; where there can be an ingress controller, {@code examples/web} too. Stays until Ctrl-C, or with {@code --once} ends: with 0 only if a valid
 * certificate was issued.
 */
public final class Demo {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String NAMESPACE = "quickstart";
    private static final String CERTIFICATE = "www";
    private static final String ZONE = "example.com";

    private final PrintStream out = System.out;
    private final Instant start = Instant.now();
    private final Set<String> shown = new HashSet<>();

    private Demo() {}

    /** See {@link Demo}. */
    public static void main(String... args) throws InterruptedException {
        boolean once = List.of(args).contains("--once");
        boolean platform = List.of(args).contains("--platform");
        System.exit((platform ? new PlatformDemo().run(once) : new Demo().run(once)) ? 0 : 1);
    }

    private boolean run(boolean once) throws InterruptedException {
        say("looking for the parts (the first time they are built, once)");
        Parts.controlPlane();
        say("starting a control plane, a CA (Pebble) and two name servers (BIND)");
        var dir = WorkFiles.fresh(Home.resolve("target/demo"));
        try (var stage = Stage.start(dir, ZONE)) {
            var ingress = ingress(stage);
            say("starting the operator");
            try (var operator = operator(stage, ingress.isPresent())) {
                operator.awaitReady();
                say(
                        "kubectl apply -f examples/quickstart   (with this CA's address, binding and name server filled in)");
                apply(stage, "quickstart");
                boolean issued = watch(stage.client(), CERTIFICATE);
                boolean served = ingress.isEmpty() || (issued && serve(stage, ingress.get()));
                boolean done = issued && show(stage, operator) && served;
                ingress.ifPresent(i -> page(stage, i));
                if (!done) {
                    say("no certificate. The operator's log: " + stage.dir("operator"));
                } else if (!once) {
                    stay(stage);
                }
                return done;
            }
        }
    }

    private Optional<IngressController> ingress(Stage stage) {
        try {
            say("starting an ingress controller (Contour, Envoy)");
            var ingress = stage.ingress();
            ingress.publish(ZONE);
            return Optional.of(ingress);
        } catch (PartUnavailable e) {
            say("no ingress controller, and so nothing by HTTP-01: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static OperatorProcess operator(Stage stage, boolean reachable) {
        var settings = OperatorProcess.Settings.of(
                        stage.dir("operator"), stage.cluster().kubeconfig())
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8,10.77.0.0/16");
        if (!reachable) {
            return OperatorProcess.start(settings);
        }
        var pod = stage.network().podAddress();
        var operator = OperatorProcess.start(settings.with("POD_IP", pod.ip()));
        pod.forward(operator.responderPort(), operator.responderPort());
        return operator;
    }

    /** A web application behind an Ingress that asks for its certificate. */
    private boolean serve(Stage stage, IngressController ingress) throws InterruptedException {
        ingress.application(NAMESPACE, "shop");
        say("kubectl apply -f examples/web");
        apply(stage, "web");
        return watch(stage.client(), "shop-tls");
    }

    /** What a visitor of the shop sees. */
    private void page(Stage stage, IngressController ingress) {
        var host = "shop." + ZONE;
        var visitor = ingress.client(stage.pebble().trusting());
        var page = Poll.untilPresent("Envoy serves " + host, LIMIT, () -> {
            try {
                return Optional.of(visitor.https(host, "/")).filter(reply -> reply.status() == 200);
            } catch (IOException e) {
                return Optional.empty();
            }
        });
        var root = stage.dir("web").resolve("root.pem");
        WorkFiles.write(root, stage.pebble().rootPem());
        var leaf = page.certificate().orElseThrow();
        out.println("https://" + host + "/, served by Envoy");
        out.println("  status         " + page.status());
        out.println("  page           " + page.body().strip());
        out.println("  issuer         " + leaf.getIssuerX500Principal());
        out.println("  serial number  " + leaf.getSerialNumber().toString(16));
        out.println("  see it         curl --cacert " + root + " --resolve " + host + ":443:" + ingress.publicAddress()
                + " https://" + host + "/");
        out.println();
    }

    private void apply(Stage stage, String example) {
        var authority = stage.authority();
        stage.client().getKubernetesSerialization().registerKubernetesResource(CaaSAccount.class);
        for (Path file : files(Home.resolve("examples").resolve(example))) {
            try (var in = Files.newInputStream(file)) {
                for (var object : stage.client().load(in).items()) {
                    Filling.in(object, stage, authority);
                    stage.client().resource(object).create();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<Path> files(Path dir) {
        try (var all = Files.list(dir)) {
            return all.filter(f -> f.toString().endsWith(".yaml"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Shows conditions as they change, until the certificate is ready. */
    private boolean watch(KubernetesClient client, String name) throws InterruptedException {
        var deadline = Instant.now().plus(LIMIT);
        while (Instant.now().isBefore(deadline)) {
            show(client.resources(CaaSAccount.class).inNamespace(NAMESPACE).list().getItems().stream()
                    .map(a -> ready(
                            a, a.getStatus() == null ? List.of() : a.getStatus().conditions()))
                    .toList());
            show(client.resources(DomainSubscription.class).inNamespace(NAMESPACE).list().getItems().stream()
                    .map(s -> ready(
                            s, s.getStatus() == null ? List.of() : s.getStatus().conditions()))
                    .toList());
            var certificate = client.resources(ManagedCertificate.class)
                    .inNamespace(NAMESPACE)
                    .withName(name)
                    .get();
            List<Condition> conditions = certificate == null || certificate.getStatus() == null
                    ? List.of()
                    : certificate.getStatus().conditions();
            if (certificate != null) {
                show(List.of(ready(certificate, conditions)));
            }
            if (new Conditions(conditions).isTrue(Conditions.READY)) {
                return true;
            }
            Thread.sleep(50);
        }
        return false;
    }

    private void show(List<String> lines) {
        lines.stream().filter(l -> !l.isEmpty()).filter(shown::add).forEach(this::say);
    }

    private static String ready(CustomResource<?, ?> object, List<Condition> conditions) {
        return new Conditions(conditions)
                .get(Conditions.READY)
                .map(c -> "  " + object.getKind() + "/" + object.getMetadata().getName() + ": " + c.getReason() + ": "
                        + c.getMessage())
                .orElse("");
    }

    private boolean show(Stage stage, OperatorProcess operator) {
        var client = stage.client();
        var certificate = client.resources(ManagedCertificate.class)
                .inNamespace(NAMESPACE)
                .withName(CERTIFICATE)
                .get();
        var secret = client.secrets()
                .inNamespace(NAMESPACE)
                .withName(certificate.getSpec().secretName())
                .get();
        CertificateChain chain;
        try {
            chain = CertificateChain.ofPem(text(secret, "tls.crt"));
        } catch (InvalidPemException e) {
            say("Secret " + secret.getMetadata().getName() + " holds no certificate: " + e.getMessage());
            return false;
        }
        out.println();
        out.println("Certificate in Secret " + NAMESPACE + "/"
                + secret.getMetadata().getName());
        out.println("  names          " + String.join(", ", chain.dnsNames()));
        out.println("  issuer         " + chain.issuer());
        out.println("  serial number  " + chain.serialNumber());
        out.println("  valid          " + chain.notBefore() + " to " + chain.notAfter());
        out.println("  renewal        " + certificate.getStatus().renewalTime());
        out.println(
                "  subscriptions  " + String.join(", ", certificate.getStatus().subscriptions()));
        out.println();
        out.println("Events");
        client.events().v1().events().inNamespace(NAMESPACE).list().getItems().stream()
                .sorted(Comparator.comparing(e -> e.getEventTime().getTime()))
                .forEach(e -> out.println("  " + e.getType() + "  " + e.getReason() + "  "
                        + e.getRegarding().getKind() + "/" + e.getRegarding().getName() + "  " + e.getNote()));
        out.println();
        out.println("Audit log");
        operator.auditLines().forEach(line -> out.println("  " + line));
        out.println();
        return chain.validAt(Instant.now())
                && chain.dnsNames().equals(Set.copyOf(certificate.getSpec().dnsNames()));
    }

    private static String text(Secret secret, String key) {
        return new String(Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
    }

    private void stay(Stage stage) throws InterruptedException {
        out.println("Everything stays up. In another terminal:");
        out.println("  export KUBECONFIG=" + stage.cluster().kubeconfig());
        out.println("  kubectl get caas -A");
        out.println("Ctrl-C ends it.");
        new CountDownLatch(1).await();
    }

    private void say(String what) {
        out.printf("%6.1f s  %s%n", Duration.between(start, Instant.now()).toMillis() / 1000.0, what);
    }
}
