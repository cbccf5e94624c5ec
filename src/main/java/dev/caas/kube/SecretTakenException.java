package dev.caas.kube;

/** A Secret of that name exists and is not ours. */
public final class SecretTakenException extends Exception {
    private static final long serialVersionUID = 1L;

    public SecretTakenException(ObjectName secret) {
        super("Secret " + secret + " exists and belongs to somebody else");
    }
}
