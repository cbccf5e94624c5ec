package dev.caas.source;

import dev.caas.api.ManagedCertificate;
import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import io.quarkiverse.operatorsdk.runtime.api.ConfigurableReconciler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles the objects of one kind: reads what each declares and has {@link Upkeep} see to it. Nothing is ever written
 * to the objects themselves but Events about them.
 *
 * <p>A cluster may have many such objects that ask for nothing, so only what is read of them is remembered.
 *
 * @param <T> the kind
 */
abstract class SourceReconciler<T extends HasMetadata> implements ConfigurableReconciler<T> {
    /** Value of {@link Upkeep#LABEL} on a Namespace: nothing in it is a source. */
    private static final String EXCLUDED = "disabled";

    private static final String BY_SECRET = "secret";
    private static final String BY_CONTROLLER = "controller";

    private final Class<T> kind;
    private final Sources sources;
    private final Upkeep upkeep;
    private @Nullable InformerEventSource<ManagedCertificate, T> certificates;

    SourceReconciler(Class<T> kind, Sources sources) {
        this.kind = kind;
        this.sources = sources;
        this.upkeep = new Upkeep(sources);
    }

    /** Where the object asks for TLS. */
    abstract List<TlsEntry> entries(T object);

    /**
     * The object with nothing but these metadata and what {@link #entries} reads.
     *
     * @param withEntries false when entries do not matter either
     */
    abstract T reduced(T object, ObjectMeta meta, boolean withEntries);

    @Override
    public void updateConfigurationFrom(ControllerConfigurationOverrider<T> configuration) {
        // java-operator-sdk gives the watches of several namespaces one store, and each would empty it of the others'.
        if (sources.namespaces().all()) {
            configuration.withItemStore(new TransformingItemStore<>(this::remembered));
        }
    }

    @Override
    public List<EventSource<?, T>> prepareEventSources(EventSourceContext<T> context) {
        var objects = context.getPrimaryCache();
        objects.addIndexer(
                BY_SECRET,
                o -> entries(o).stream()
                        .map(e -> new ObjectName(o.getMetadata().getNamespace(), e.secretName()).toString())
                        .distinct()
                        .toList());
        var made = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(ManagedCertificate.class, kind)
                        .withNamespacesInheritedFromController()
                        .withLabelSelector(Upkeep.LABEL + "=" + Upkeep.label(kind))
                        .withSecondaryToPrimaryMapper(c -> affected(objects, c))
                        .withPrimaryToSecondaryMapper((T o) -> Set.of())
                        .build(),
                context);
        made.addIndexers(
                Map.of(BY_CONTROLLER, c -> Upkeep.controller(c).stream().toList()));
        var namespaces = new SimpleInboundEventSource<T>("namespace-labels");
        sources.labels()
                .onChange(namespace ->
                        objects.list(namespace).forEach(o -> namespaces.propagateEvent(ResourceID.fromResource(o))));
        certificates = made;
        return List.of(made, namespaces);
    }

    /** The object it was made for, and those that would have made it: they may when it is gone. */
    private Set<ResourceID> affected(IndexerResourceCache<T> objects, ManagedCertificate certificate) {
        var name = ObjectName.of(certificate);
        return Stream.concat(
                        certificate.getMetadata().getOwnerReferences().stream()
                                .filter(r -> r.getKind().equals(HasMetadata.getKind(kind)))
                                .map(r -> new ResourceID(r.getName(), name.namespace())),
                        objects.byIndex(BY_SECRET, name.toString()).stream().map(ResourceID::fromResource))
                .collect(Collectors.toSet());
    }

    @Override
    public UpdateControl<T> reconcile(T object, Context<T> context) {
        var meta = object.getMetadata();
        if (meta.getDeletionTimestamp() != null) {
            return UpdateControl.noUpdate(); // Garbage collection takes what was made for it.
        }
        var declaration = isExcluded(meta.getNamespace())
                ? Declaration.NOTHING
                : Declaration.of(meta, entries(object), sources.certManagerAnnotations());
        var made = Objects.requireNonNull(certificates).byIndex(BY_CONTROLLER, meta.getUid());
        return upkeep.keep(object, declaration, made)
                .map(again -> UpdateControl.<T>noUpdate().rescheduleAfter(again))
                .orElseGet(UpdateControl::noUpdate);
    }

    private boolean isExcluded(String namespace) {
        return EXCLUDED.equals(sources.labels().of(namespace).get(Upkeep.LABEL));
    }

    /** What is kept in memory of an object: its name, the annotations that matter, and with them its entries. */
    T remembered(T object) {
        var meta = object.getMetadata();
        var annotations =
                matching(meta.getAnnotations(), k -> k.startsWith(Field.PREFIX) || k.startsWith(CertManager.PREFIX));
        var reduced = new ObjectMetaBuilder()
                .withNamespace(meta.getNamespace())
                .withName(meta.getName())
                .withUid(meta.getUid())
                .withResourceVersion(meta.getResourceVersion())
                .withDeletionTimestamp(meta.getDeletionTimestamp())
                .withAnnotations(annotations)
                .withLabels(matching(meta.getLabels(), Ownership.ROLE::equals))
                .build();
        return reduced(object, reduced, !annotations.isEmpty());
    }

    private static Map<String, String> matching(@Nullable Map<String, String> all, Predicate<String> condition) {
        var some = new HashMap<String, String>();
        Optional.ofNullable(all).orElse(Map.of()).forEach((key, value) -> {
            if (condition.test(key)) {
                some.put(key, value);
            }
        });
        return some;
    }
}
