package dev.caas.crd;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A column of {@code kubectl get}; one that is not wide shows without {@code -o wide}. */
record Column(String name, String type, String path, boolean isWide) {
    static final Column READY = text("Ready", ".status.conditions[?(@.type==\"Ready\")].status");
    static final Column REASON = text("Reason", ".status.conditions[?(@.type==\"Ready\")].reason");
    static final Column AGE = new Column("Age", "date", ".metadata.creationTimestamp", false);

    static Column text(String name, String path) {
        return new Column(name, "string", path, false);
    }

    static Column wide(String name, String path) {
        return new Column(name, "string", path, true);
    }

    /** A moment that may be ahead: type date would print those as "<invalid>", being made for ages. */
    static Column time(String name, String path) {
        return new Column(name, "string", path, false);
    }

    void addTo(ArrayNode columns) {
        ObjectNode column = columns.addObject();
        column.put("name", name).put("type", type).put("jsonPath", path);
        if (isWide) {
            column.put("priority", 1);
        }
    }
}
