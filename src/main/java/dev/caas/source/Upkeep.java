package dev.caas.source;

import static java.net.HttpURLConnection.HTTP_BAD_REQUEST;
import static java.net.HttpURLConnection.HTTP_CONFLICT;
import static java.net.HttpURLConnection.HTTP_FORBIDDEN;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Recent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Keeps the ManagedCertificates that were made for an object as the object declares. A ManagedCertificate is an object's
 * when its controller reference has the object's uid; any other is left alone. One request creates, one updates, one
 * deletes, and none is sent while all is in step.
 */
final class Upkeep {
    /** Says on a ManagedCertificate what kind of object it was made for, so that a watch can leave out the others. */
    static final String LABEL = "caas.dev/source";

    /** For what ends without an event: the watch is behind, or garbage is about to be collected. */
    private static final Duration SOON = Duration.ofSeconds(2);

    /** For what somebody else has to change. */
    private static final Duration LATER = Duration.ofMinutes(5);

    private static final int HTTP_UNPROCESSABLE = 422;
    private static final String ACTION = "Declare";

    private final KubernetesClient client;
    private final EventRecorder events;

    /** What was created a moment ago: the first of several is seen before the watch has the others. */
    private final Recent<String, String> created;

    Upkeep(Sources sources) {
        this.client = sources.client();
        this.events = sources.events();
        this.created = new Recent<>(SOON, sources.clock());
    }

    /** The label's value for objects of a kind. */
    static String label(Class<? extends HasMetadata> kind) {
        return HasMetadata.getKind(kind).toLowerCase(Locale.ROOT);
    }

    /** The uid of the object that a ManagedCertificate was made for, or of whatever else controls it. */
    static Optional<String> controller(ManagedCertificate certificate) {
        return controllerReference(certificate).map(OwnerReference::getUid);
    }

    /**
     * Does what is to be done.
     *
     * @param made what was made for the object so far
     * @return when to look again although nothing changes
     */
    Optional<Duration> keep(HasMetadata source, Declaration declaration, Collection<ManagedCertificate> made) {
        declaration.warnings().forEach(w -> events.warning(source, Reason.InvalidSpec, ACTION, w));
        return switch (declaration) {
            case Declaration.Unreadable unreadable -> Optional.empty();
            case Declaration.Certificates certificates ->
                Stream.concat(
                                certificates.wanted().stream().map(w -> keep(source, w, made)),
                                made.stream()
                                        .filter(c -> !certificates.mentions(
                                                c.getMetadata().getName()))
                                        .map(this::drop))
                        .flatMap(Optional::stream)
                        .min(Comparator.naturalOrder());
        };
    }

    private Optional<Duration> keep(HasMetadata source, Wanted wanted, Collection<ManagedCertificate> made) {
        var present = made.stream()
                .filter(c -> c.getMetadata().getName().equals(wanted.secretName()))
                .findFirst();
        if (present.isEmpty() && created.get(key(source, wanted)).isPresent()) {
            return Optional.of(SOON);
        }
        try {
            return present.isPresent() ? update(source, wanted, present.get()) : create(source, wanted);
        } catch (KubernetesClientException e) {
            return switch (e.getCode()) {
                case HTTP_CONFLICT -> Optional.of(SOON);
                case HTTP_BAD_REQUEST, HTTP_FORBIDDEN, HTTP_UNPROCESSABLE -> {
                    events.warning(source, Reason.InvalidSpec, ACTION, refusal(wanted, e));
                    yield Optional.of(LATER);
                }
                default -> throw e;
            };
        }
    }

    private Optional<Duration> create(HasMetadata source, Wanted wanted) {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(new ObjectMetaBuilder()
                .withNamespace(source.getMetadata().getNamespace())
                .withName(wanted.secretName())
                .withLabels(Map.of(LABEL, label(source.getClass())))
                .withOwnerReferences(reference(source))
                .build());
        certificate.setSpec(wanted.spec());
        try {
            created.put(
                    key(source, wanted),
                    client.resource(certificate).create().getMetadata().getUid());
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HTTP_CONFLICT) {
                throw e;
            }
            var present = client.resource(certificate).get();
            return present == null ? Optional.of(SOON) : meet(source, wanted, present);
        }
    }

    private static String key(HasMetadata source, Wanted wanted) {
        return source.getMetadata().getUid() + "/" + wanted.secretName();
    }

    /** There is one of that name that the watch has not shown as made for this object. */
    private Optional<Duration> meet(HasMetadata source, Wanted wanted, ManagedCertificate present) {
        var owner = controllerReference(present);
        if (owner.isEmpty()) {
            events.warning(source, Reason.Conflict, ACTION, taken(wanted, "was not made for any object"));
            return Optional.of(LATER);
        }
        if (owner.get().getUid().equals(source.getMetadata().getUid())) {
            return update(source, wanted, present);
        }
        if (isPredecessor(owner.get(), source)) {
            return Optional.of(SOON);
        }
        if (!wanted.on(present.getSpec()).equals(present.getSpec())) {
            var other = "%s '%s'".formatted(owner.get().getKind(), owner.get().getName());
            events.warning(
                    source,
                    Reason.Conflict,
                    ACTION,
                    taken(wanted, "is kept for " + other + ", which asks for another certificate"));
        }
        return Optional.of(LATER);
    }

    /** What was made for an object of the same name that is gone will go too. */
    private static boolean isPredecessor(OwnerReference owner, HasMetadata source) {
        return owner.getKind().equals(source.getKind())
                && owner.getName().equals(source.getMetadata().getName());
    }

    private static String taken(Wanted wanted, String why) {
        return "A ManagedCertificate '%s' %s, and is left as it is. Name another Secret for TLS here, or delete it"
                .formatted(wanted.secretName(), why);
    }

    private Optional<Duration> update(HasMetadata source, Wanted wanted, ManagedCertificate present) {
        var spec = wanted.on(present.getSpec());
        var labels = Optional.ofNullable(present.getMetadata().getLabels()).orElse(Map.of());
        if (spec.equals(present.getSpec()) && label(source.getClass()).equals(labels.get(LABEL))) {
            return Optional.empty();
        }
        var updated = new ManagedCertificate();
        updated.setMetadata(new ObjectMetaBuilder(present.getMetadata())
                .withManagedFields(List.of())
                .addToLabels(LABEL, label(source.getClass()))
                .build());
        updated.setSpec(spec);
        client.resource(updated).update();
        return Optional.empty();
    }

    /** As it was seen: somebody may have made it theirs meanwhile. */
    private Optional<Duration> drop(ManagedCertificate certificate) {
        try {
            client.resource(certificate).lockResourceVersion().delete();
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HTTP_CONFLICT) {
                return Optional.of(SOON);
            }
            throw e;
        }
    }

    private static OwnerReference reference(HasMetadata source) {
        return new OwnerReferenceBuilder()
                .withApiVersion(source.getApiVersion())
                .withKind(source.getKind())
                .withName(source.getMetadata().getName())
                .withUid(source.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build();
    }

    private static Optional<OwnerReference> controllerReference(ManagedCertificate certificate) {
        return certificate.getMetadata().getOwnerReferences().stream()
                .filter(r -> Boolean.TRUE.equals(r.getController()))
                .findFirst();
    }

    private static String refusal(Wanted wanted, KubernetesClientException e) {
        var status = e.getStatus();
        return "The ManagedCertificate for Secret '%s' was refused: %s"
                .formatted(wanted.secretName(), status == null ? e.getMessage() : status.getMessage());
    }
}
