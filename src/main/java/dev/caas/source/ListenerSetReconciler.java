package dev.caas.source;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerEntry;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSet;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSetBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSetSpec;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** ListenerSets (Gateway API 1.5 and later), as Gateways: they have listeners, and annotations of their own. */
@Singleton
@ControllerConfiguration(name = "source-listenerset", generationAwareEventProcessing = false)
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public final class ListenerSetReconciler extends SourceReconciler<ListenerSet> {

    public ListenerSetReconciler(Sources sources) {
        super(ListenerSet.class, sources);
    }

    @Override
    List<TlsEntry> entries(ListenerSet set) {
        return entries(set.getMetadata().getNamespace(), set.getSpec()).toList();
    }

    @Override
    ListenerSet reduced(ListenerSet set, ObjectMeta meta, boolean withEntries) {
        return new ListenerSetBuilder()
                .withMetadata(meta)
                .withNewSpec()
                .withListeners(withEntries ? listeners(set.getSpec()) : List.of())
                .endSpec()
                .build();
    }

    static Stream<TlsEntry> entries(String namespace, @Nullable ListenerSetSpec spec) {
        return listeners(spec).stream()
                .flatMap(l -> Listeners.entries(namespace, l.getName(), l.getHostname(), l.getTls()));
    }

    static List<ListenerEntry> listeners(@Nullable ListenerSetSpec spec) {
        return Optional.ofNullable(spec).map(ListenerSetSpec::getListeners).orElse(List.of());
    }
}
