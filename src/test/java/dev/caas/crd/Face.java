package dev.caas.crd;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.NoSuchElementException;

/** How a kind presents itself to {@code kubectl get} and {@code kubectl explain}: what annotations on its type cannot say. */
record Face(Class<? extends CustomResource<?, ?>> type, String description, List<Column> columns) {
    private static final List<Face> ALL = List.of(
            new Face(
                    CaaSAccount.class,
                    "One External Account Binding at one CA: the contract under which certificates are issued.",
                    List.of(
                            Column.READY,
                            Column.REASON,
                            Column.wide("Server", ".spec.server"),
                            Column.time("Expires", ".status.term.expiresAt"),
                            Column.AGE)),
            new Face(
                    DomainSubscription.class,
                    "One subscribed domain of a CaaSAccount: which names it covers, who may use them, and within which"
                            + " policy.",
                    List.of(
                            Column.READY,
                            Column.REASON,
                            Column.text("Domain", ".spec.domain"),
                            Column.text("State", ".status.state"),
                            Column.text("Quote", ".status.quote.amount"),
                            Column.text("Currency", ".status.quote.currency"),
                            Column.wide("Account", ".spec.accountRef.name"),
                            Column.time("Expires", ".status.expiresAt"),
                            Column.AGE)),
            new Face(
                    CaaSPlatform.class,
                    "A connection to a partner platform, where bindings are handed out and domains are paid for.",
                    List.of(
                            Column.READY,
                            Column.REASON,
                            Column.text("Provider", ".spec.provider"),
                            Column.text("Bindings", ".status.bindingCount"),
                            Column.wide("Endpoint", ".spec.endpoint"),
                            Column.time("Synced", ".status.lastSyncTime"),
                            Column.AGE)),
            new Face(
                    ManagedCertificate.class,
                    "One certificate, kept in one Secret and renewed in time, within what is subscribed.",
                    List.of(
                            Column.READY,
                            Column.REASON,
                            Column.text("Secret", ".spec.secretName"),
                            Column.time("Not After", ".status.notAfter"),
                            Column.wide("Message", ".status.conditions[?(@.type==\"Ready\")].message"),
                            Column.AGE)));

    /** The API types that have a face: all there are. */
    static List<Class<? extends HasMetadata>> kinds() {
        return ALL.stream().<Class<? extends HasMetadata>>map(Face::type).toList();
    }

    /** The face of a generated definition. */
    static Face of(HasMetadata crd) {
        String name = crd.getMetadata().getName();
        return ALL.stream()
                .filter(face -> HasMetadata.getFullResourceName(face.type).equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("no face for " + name));
    }

    /** The definition with labels, descriptions, printer columns and a finished schema. */
    ObjectNode finish(ObjectNode crd) {
        label(crd.withObject("/metadata"));
        for (var version : crd.withArray("/spec/versions")) {
            ArrayNode printed = ((ObjectNode) version).putArray("additionalPrinterColumns");
            columns.forEach(column -> column.addTo(printed));
            ObjectNode schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
            Schema.finish(schema);
            schema.put("description", description);
            schema.withObject("/properties/spec").put("description", "What is wanted.");
            schema.withObject("/properties/status").put("description", "What is known; written by the operator only.");
        }
        return crd;
    }

    private static void label(ObjectNode metadata) {
        metadata.withObject("/labels")
                .put("app.kubernetes.io/name", "caas-operator")
                .put("app.kubernetes.io/part-of", "caas-operator")
                .put("app.kubernetes.io/component", "crds");
    }
}
