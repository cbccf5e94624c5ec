package dev.caas.acme;

import org.shredzone.acme4j.exception.AcmeException;

/** A revocation asked for twice is done (RFC 8555 section 7.6, alreadyRevoked). */
final class Revocation {
    private static final String ALREADY_REVOKED = Failures.URN + "alreadyRevoked";

    private Revocation() {}

    interface Call {
        void run() throws AcmeException;
    }

    static void tolerant(Call call) throws AcmeFailure {
        try {
            Failures.sorted(Step.REVOKE_CERT, () -> {
                call.run();
                return Step.REVOKE_CERT;
            });
        } catch (AcmeFailure e) {
            if (!e.type().equals(ALREADY_REVOKED)) {
                throw e;
            }
        }
    }
}
