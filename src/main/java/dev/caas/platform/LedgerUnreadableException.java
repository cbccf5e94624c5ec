package dev.caas.platform;

/** The ledger Secret of an account does not hold a ledger; nothing is written over it. */
public final class LedgerUnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    LedgerUnreadableException(String detail) {
        super("the ledger cannot be read: " + detail + "; restore its Secret from a backup");
    }
}
