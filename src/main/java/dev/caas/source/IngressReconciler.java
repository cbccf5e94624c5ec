package dev.caas.source;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressSpec;
import io.fabric8.kubernetes.api.model.networking.v1.IngressTLS;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Ingresses: one certificate for each Secret of {@code spec.tls}. */
@Singleton
@ControllerConfiguration(name = "source-ingress", generationAwareEventProcessing = false)
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public final class IngressReconciler extends SourceReconciler<Ingress> {

    public IngressReconciler(Sources sources) {
        super(Ingress.class, sources);
    }

    /** Without a Secret's name, the controller serves a certificate of its own choice: nothing is asked of us. */
    @Override
    List<TlsEntry> entries(Ingress ingress) {
        var tls = tls(ingress);
        return IntStream.range(0, tls.size())
                .filter(i -> tls.get(i).getSecretName() != null
                        && !tls.get(i).getSecretName().isEmpty())
                .mapToObj(i -> new TlsEntry(
                        "spec.tls[" + i + "]",
                        tls.get(i).getSecretName(),
                        List.copyOf(tls.get(i).getHosts())))
                .toList();
    }

    @Override
    Ingress reduced(Ingress ingress, ObjectMeta meta, boolean withEntries) {
        return new IngressBuilder()
                .withMetadata(meta)
                .withNewSpec()
                .withTls(withEntries ? tls(ingress) : List.of())
                .endSpec()
                .build();
    }

    private static List<IngressTLS> tls(Ingress ingress) {
        return Optional.ofNullable(ingress.getSpec()).map(IngressSpec::getTls).orElse(List.of());
    }
}
