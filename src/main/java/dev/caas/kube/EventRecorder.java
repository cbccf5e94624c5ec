package dev.caas.kube;

import dev.caas.api.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Records Events (events.k8s.io/v1). The same event of the same object within six minutes becomes a series of one Event,
 * whose count is written at the 2nd, 4th, 8th … time. An Event that cannot be written is logged and never stops the work
 * it tells of.
 */
public final class EventRecorder {
    private static final Logger LOG = Logger.getLogger(EventRecorder.class);
    private static final String CONTROLLER = "caas.dev/caas-operator";
    private static final Duration SERIES_GAP = Duration.ofMinutes(6);
    private static final int MOST_NOTE = 1024;
    private static final int MOST_REMEMBERED = 4096;
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final Turnstile turnstile = new Turnstile();
    private final String instance;
    private final Clock clock;
    private final Map<String, Series> recent = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Series> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    private record Series(String name, int count, Instant last) {}

    /**
     * Sets who reports.
     *
     * @param instance the reporting instance: the pod's or host's name
     */
    public EventRecorder(KubernetesClient client, String instance, Clock clock) {
        this.client = client;
        this.instance = instance;
        this.clock = clock;
    }

    /** Something went as it should. */
    public void normal(HasMetadata about, Reason reason, String action, String note) {
        record(about, "Normal", reason, action, note);
    }

    /** Somebody should look at this. */
    public void warning(HasMetadata about, Reason reason, String action, String note) {
        record(about, "Warning", reason, action, note);
    }

    private void record(HasMetadata about, String type, Reason reason, String action, String longNote) {
        var note = bounded(longNote);
        var now = clock.instant();
        var key =
                Sha256.of(about.getMetadata().getUid() + "\0" + type + "\0" + reason + "\0" + action + "\0" + note, 32);
        Series series;
        boolean fresh;
        synchronized (recent) {
            var known = recent.get(key);
            series = known == null || now.isAfter(known.last.plus(SERIES_GAP))
                    ? new Series(name(about, key, now), 1, now)
                    : new Series(known.name, known.count + 1, now);
            fresh = series.count == 1;
            recent.put(key, series);
        }
        try {
            if (fresh) {
                create(about, type, reason, action, note, series.name, now);
            } else if (Integer.bitCount(series.count) == 1) {
                count(about, series);
            }
        } catch (KubernetesClientException e) {
            if (fresh) {
                synchronized (recent) {
                    recent.remove(key, series);
                }
            }
            LOG.warnf("Event %s for %s was not recorded: %s", reason, ObjectName.of(about), e.getMessage());
        }
    }

    private void create(
            HasMetadata about, String type, Reason reason, String action, String note, String name, Instant now) {
        Event event = new EventBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace(about))
                .endMetadata()
                .withEventTime(new MicroTime(MICROS.format(now)))
                .withType(type)
                .withReason(reason.name())
                .withAction(action)
                .withNote(note)
                .withReportingController(CONTROLLER)
                .withReportingInstance(instance)
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(about.getApiVersion())
                        .withKind(about.getKind())
                        .withNamespace(about.getMetadata().getNamespace())
                        .withName(about.getMetadata().getName())
                        .withUid(about.getMetadata().getUid())
                        .withResourceVersion(about.getMetadata().getResourceVersion())
                        .build())
                .build();
        turnstile.pass(() -> client.resource(event).create());
    }

    private void count(HasMetadata about, Series series) {
        // Given an object, the client patches at once; given a name, it would read the Event first.
        var event = new EventBuilder()
                .withNewMetadata()
                .withName(series.name)
                .withNamespace(namespace(about))
                .endMetadata()
                .build();
        turnstile.pass(() -> client.resource(event)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"series\":{\"count\":%d,\"lastObservedTime\":\"%s\"}}"
                                .formatted(series.count, MICROS.format(series.last))));
    }

    /** The API server wants Events about what is in no namespace in this one. */
    private static String namespace(HasMetadata about) {
        return Optional.ofNullable(about.getMetadata().getNamespace()).orElse("default");
    }

    /** The API server counts bytes. */
    private static String bounded(String note) {
        var text = note;
        while (text.getBytes(StandardCharsets.UTF_8).length > MOST_NOTE) {
            text = text.substring(0, Math.min(text.length() - 1, MOST_NOTE));
        }
        return text;
    }

    /** Unlike the key it differs from series to series, so that a restarted operator does not meet its own old Event. */
    private static String name(HasMetadata about, String key, Instant now) {
        var name = about.getMetadata().getName();
        return (name.length() <= 200 ? name : name.substring(0, 200)) + "." + key.substring(0, 8)
                + Long.toHexString(now.toEpochMilli());
    }
}
