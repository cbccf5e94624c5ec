package dev.caas.source;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSetSpecBuilder;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Singleton;
import java.util.List;

/** XListenerSets, as ListenerSets. */
@Singleton
@ControllerConfiguration(name = "source-xlistenerset", generationAwareEventProcessing = false)
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public final class XListenerSetReconciler extends SourceReconciler<XListenerSet> {

    public XListenerSetReconciler(Sources sources) {
        super(XListenerSet.class, sources);
    }

    @Override
    List<TlsEntry> entries(XListenerSet set) {
        return ListenerSetReconciler.entries(set.getMetadata().getNamespace(), set.getSpec())
                .toList();
    }

    @Override
    XListenerSet reduced(XListenerSet set, ObjectMeta meta, boolean withEntries) {
        var reduced = new XListenerSet();
        reduced.setMetadata(meta);
        reduced.setSpec(new ListenerSetSpecBuilder()
                .withListeners(withEntries ? ListenerSetReconciler.listeners(set.getSpec()) : List.of())
                .build());
        return reduced;
    }
}
