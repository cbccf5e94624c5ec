package dev.caas.kit;

import dev.caas.kube.Conditions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The one stage and the one operator of a JVM's tests, each started when first needed. */
final class SharedStage implements AutoCloseable {
    private @Nullable Stage stage;
    private @Nullable OperatorProcess operator;
    private @Nullable RuntimeException failure;

    /** The stage; a start that failed is not tried again. */
    synchronized Stage stage() {
        if (failure != null) {
            throw failure;
        }
        Stage running = stage;
        if (running == null) {
            try {
                running = Stage.start();
            } catch (RuntimeException e) {
                failure = e;
                throw e;
            }
            stage = running;
        }
        return running;
    }

    /** The operator, ready; started again when a test has ended it. */
    synchronized OperatorProcess operator() {
        OperatorProcess running = operator;
        if (running == null) {
            running = start(stage());
            operator = running;
        } else if (!running.isAlive()) {
            running.startAgain();
        }
        return running.awaitReady();
    }

    synchronized String operatorLog() {
        return operator == null ? "" : operator.log();
    }

    @Override
    public synchronized void close() {
        if (operator != null) {
            operator.stop();
            operator.close();
        }
        if (stage != null) {
            stage.close();
        }
    }

    private static OperatorProcess start(Stage stage) {
        Optional<PodAddress> pod = podAddress(stage);
        pod.ifPresent(any -> stage.ingress()); // The operator looks for the Gateway API when it starts.
        var anywhere = settings(stage);
        var settings =
                pod.map(address -> anywhere.with("POD_IP", address.ips())).orElse(anywhere);
        AotCache.record(stage.dir("recorded"), settings, _ -> issueOne(stage));
        var operator = OperatorProcess.start(settings);
        pod.ifPresent(address -> address.forward(operator.responderPort(), operator.responderPort()));
        return operator;
    }

    private static void issueOne(Stage stage) {
        var namespace = stage.namespace("recorded");
        var name = "www." + namespace + "." + Bind.ZONE;
        var contract = new Contract(stage, namespace, stage.directAuthority()).signed(namespace + "." + Bind.ZONE);
        var certificate =
                stage.client().resource(contract.certificate("www", name)).create();
        Poll.until("a certificate is issued", Duration.ofSeconds(60), () -> {
            var status = stage.client().resource(certificate).require().getStatus();
            return status != null && new Conditions(status.conditions()).isTrue(Conditions.READY);
        });
        stage.client().namespaces().withName(namespace).delete();
    }

    /** An address that EndpointSlices may hold, where the machine can give it one. */
    private static Optional<PodAddress> podAddress(Stage stage) {
        try {
            return Optional.of(stage.network().podAddress());
        } catch (PartUnavailable e) {
            return Optional.empty();
        }
    }

    private static OperatorProcess.Settings settings(Stage stage) {
        Path dir = stage.dir("operator");
        var installed = Chart.install(stage.client(), stage.dir("chart"), "namespaces: []\n");
        Path kubeconfig = stage.cluster().kubeconfigFor(installed.namespace(), installed.serviceAccount(), dir);
        return OperatorProcess.Settings.of(dir, kubeconfig)
                .with("CAAS_NAMESPACE", installed.namespace())
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8,10.77.0.0/16")
                .with("CAAS_PLATFORM_TIMEOUT", "4s")
                .with("CAAS_RESPONDER_EXTERNAL_NAME", "operator.kit.test");
    }
}
