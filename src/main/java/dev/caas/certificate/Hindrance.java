package dev.caas.certificate;

import dev.caas.api.Reason;

/**
 * What keeps a certificate's Secret from being made just what is declared, and what to do.
 *
 * @param message a sentence for people, with an end
 */
record Hindrance(Reason reason, String message) {
    /** Whether nothing can be written to it at all, so that nothing is ordered either. */
    boolean isConflict() {
        return reason == Reason.SecretConflict;
    }
}
