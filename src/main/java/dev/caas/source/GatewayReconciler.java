package dev.caas.source;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewaySpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** Gateways: one certificate for each Secret of the listeners that terminate TLS. */
@Singleton
@ControllerConfiguration(name = "source-gateway", generationAwareEventProcessing = false)
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public final class GatewayReconciler extends SourceReconciler<Gateway> {

    public GatewayReconciler(Sources sources) {
        super(Gateway.class, sources);
    }

    @Override
    List<TlsEntry> entries(Gateway gateway) {
        return listeners(gateway).stream()
                .flatMap(l -> Listeners.entries(
                        gateway.getMetadata().getNamespace(), l.getName(), l.getHostname(), l.getTls()))
                .toList();
    }

    @Override
    Gateway reduced(Gateway gateway, ObjectMeta meta, boolean withEntries) {
        return new GatewayBuilder()
                .withMetadata(meta)
                .withNewSpec()
                .withListeners(withEntries ? listeners(gateway) : List.of())
                .endSpec()
                .build();
    }

    private static List<Listener> listeners(Gateway gateway) {
        return Optional.ofNullable(gateway.getSpec())
                .map(GatewaySpec::getListeners)
                .orElse(List.of());
    }
}
