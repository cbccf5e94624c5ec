package dev.caas.kit;

/** What a request to the CA is for, in the words of RFC 8555 section 7.1, told by Pebble's paths. */
public enum Step {
    DIRECTORY("/dir"),
    NEW_NONCE("/nonce-plz"),
    NEW_ACCOUNT("/sign-me-up"),
    NEW_ORDER("/order-plz"),
    /** An order is looked at. */
    ORDER("/my-order/"),
    /** An authorization, or a challenge in it, is looked at. */
    AUTHORIZATION("/authZ/"),
    /** The CA is told that a challenge is ready. */
    CHALLENGE("/chalZ/"),
    FINALIZE("/finalize-order/"),
    CERTIFICATE("/certZ/"),
    ACCOUNT("/my-account/"),
    REVOKE_CERT("/revoke-cert"),
    /** The CA is asked when to renew a certificate; nobody signs it, so it is known by the certificate's names only. */
    RENEWAL_INFO("/draft-ietf-acme-ari-03/renewalInfo/"),
    KEY_CHANGE("/rollover-account-key"),
    /** Anything else: deactivation of an authorization. */
    OTHER("");

    private final String path;

    Step(String path) {
        this.path = path;
    }

    /** Where the request about one thing goes. */
    String pathOf(String id) {
        return path + id;
    }

    /** The step of a request; a POST without payload (POST-as-GET) only looks. */
    static Step of(String path, boolean hasPayload) {
        for (Step step : values()) {
            if (path.startsWith(step.path)) {
                return switch (step) {
                    case CHALLENGE -> hasPayload ? CHALLENGE : AUTHORIZATION;
                    case AUTHORIZATION -> hasPayload ? OTHER : AUTHORIZATION;
                    default -> step;
                };
            }
        }
        return OTHER;
    }
}
