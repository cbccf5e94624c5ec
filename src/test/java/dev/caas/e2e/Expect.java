package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.OperatorProcess;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.awaitility.core.ConditionFactory;

/** What tests expect of the operator's objects, sooner or later: their conditions, Events and audit lines. */
final class Expect {
    /** Long enough for a busy machine; it says nothing about how long a thing should take. */
    static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(100);

    private Expect() {}

    /** Asks again until it holds; what is not there yet may make the question throw. */
    static ConditionFactory soon() {
        return await().atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(PAUSE)
                .ignoreExceptions();
    }

    /** Waits until the object is Ready in its present generation, and returns it as it is then. */
    static <T extends CustomResource<?, ?>> T ready(KubernetesClient client, T object) {
        return eventually(client, object, o -> assertReady(o, "True"));
    }

    /** Waits until the object is not Ready, for this reason and in its present generation, and returns it. */
    static <T extends CustomResource<?, ?>> T reason(KubernetesClient client, T object, Reason reason) {
        return eventually(client, object, o -> {
            assertReady(o, "False");
            assertThat(ready(o).getReason()).as(ready(o).getMessage()).isEqualTo(reason.name());
        });
    }

    /** Waits until the object as the API server has it satisfies the assertions, and returns it. */
    static <T extends HasMetadata> T eventually(KubernetesClient client, T object, Consumer<T> assertions) {
        var seen = new AtomicReference<T>();
        soon().untilAsserted(() -> {
            T now = client.resource(object).require();
            assertions.accept(now);
            seen.set(now);
        });
        return seen.get();
    }

    /** What the Ready condition tells a person. */
    static String message(CustomResource<?, ?> object) {
        return ready(object).getMessage();
    }

    /** The Ready condition; one that speaks of no generation when there is none yet. */
    static Condition ready(CustomResource<?, ?> object) {
        return conditions(object).get(Conditions.READY).orElseGet(Condition::new);
    }

    static Conditions conditions(CustomResource<?, ?> object) {
        return new Conditions(
                switch (object) {
                    case CaaSAccount a
                    when a.getStatus() != null -> a.getStatus().conditions();
                    case DomainSubscription s
                    when s.getStatus() != null -> s.getStatus().conditions();
                    case CaaSPlatform p
                    when p.getStatus() != null -> p.getStatus().conditions();
                    case ManagedCertificate c
                    when c.getStatus() != null -> c.getStatus().conditions();
                    default -> List.of();
                });
    }

    /** The Events of an object with this reason. */
    static List<Event> events(KubernetesClient client, HasMetadata object, Reason reason) {
        return client.events().v1().events().inNamespace(object.getMetadata().getNamespace()).list().getItems().stream()
                .filter(e ->
                        e.getRegarding().getUid().equals(object.getMetadata().getUid()))
                .filter(e -> e.getReason().equals(reason.name()))
                .toList();
    }

    /** Waits for an Event of an object with this reason. */
    static Event event(KubernetesClient client, HasMetadata object, Reason reason) {
        soon().untilAsserted(() -> assertThat(events(client, object, reason)).isNotEmpty());
        return events(client, object, reason).getFirst();
    }

    /** The audit lines of one kind about an object, oldest first. */
    static List<JsonNode> audited(OperatorProcess operator, HasMetadata object, AuditRecord.Type type) {
        var meta = object.getMetadata();
        var subject = object.getKind() + "/" + meta.getNamespace() + "/" + meta.getName();
        return operator.auditLines().stream()
                .filter(line -> line.path("subject").asText().equals(subject))
                .filter(line -> line.path("type").asText().equals(type.label()))
                .toList();
    }

    private static void assertReady(CustomResource<?, ?> object, String status) {
        assertThat(ready(object).getObservedGeneration())
                .isEqualTo(object.getMetadata().getGeneration());
        assertThat(ready(object).getStatus())
                .as(ready(object).getReason() + ": " + message(object))
                .isEqualTo(status);
    }
}
