package dev.caas.kube;

/** An object of that name exists and is not ours. */
public final class ObjectTakenException extends Exception {
    private static final long serialVersionUID = 1L;

    ObjectTakenException(String kind, ObjectName name) {
        super(kind + " " + name + " exists and belongs to somebody else; delete or rename it");
    }
}
