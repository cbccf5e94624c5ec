package dev.caas.acme;

/** A revocation asked for twice is done (RFC 8555 section 7.6, alreadyRevoked). */
final class Revocation {
    private static final String ALREADY_REVOKED = Failures.URN + "alreadyRevoked";

    private Revocation() {}

    static void tolerant(Failures.Act revoke) throws AcmeFailure {
        try {
            Failures.act(Step.REVOKE_CERT, revoke);
        } catch (AcmeFailure e) {
            if (!e.type().equals(ALREADY_REVOKED)) {
                throw e;
            }
        }
    }
}
