package dev.caas.certificate;

/** Something that a declaration wants in a certificate's Secret beside certificate and key. */
interface SecretPart {
    /**
     * What the Secret is to carry, so far as this part goes. What others put there stays, except under a name that is
     * declared, and what is as it should be stays as it is: of a Secret that has the part, the same comes back.
     */
    SecretContent putInto(SecretContent present);

    /** Whether it is there as declared. */
    default boolean isIn(SecretContent present) {
        return putInto(present).equals(present);
    }
}
