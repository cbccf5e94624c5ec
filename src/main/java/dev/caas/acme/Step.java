package dev.caas.acme;

/** The step of an order or registration at which something happened, in the words of RFC 8555. */
public enum Step {
    DIRECTORY("directory"),
    NEW_NONCE("newNonce"),
    NEW_ACCOUNT("newAccount"),
    ACCOUNT("account"),
    KEY_CHANGE("keyChange"),
    NEW_ORDER("newOrder"),
    ORDER("order"),
    AUTHORIZATION("authorization"),
    CHALLENGE("challenge"),
    FINALIZE("finalize"),
    CERTIFICATE("certificate"),
    RENEWAL_INFO("renewalInfo"),
    REVOKE_CERT("revokeCert");

    private final String label;

    Step(String label) {
        this.label = label;
    }

    /** The name shown in status and audit lines. */
    public String label() {
        return label;
    }
}
