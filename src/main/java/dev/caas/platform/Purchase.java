package dev.caas.platform;

import dev.caas.entitlement.DomainName;
import dev.caas.entitlement.IpAddress;
import java.time.Instant;
import java.util.Optional;

/** Something that a platform charges for. */
public sealed interface Purchase {

    /** The binding it is for. */
    String keyId();

    /**
     * A domain to be added. The first of a binding starts its term.
     *
     * @param name A-labels, lower case
     * @param withAssociated add the associated name, too
     * @param anchor order number of the organisation's validation; empty for DV
     * @param firstYears length of a term that it starts, where that was not said at pre-registration
     */
    record Domain(String keyId, String name, boolean withAssociated, Optional<String> anchor, int firstYears)
            implements Purchase {
        /** The associated name that is to be added, too; empty if none is, and for what has none: an address. */
        public Optional<String> associated() {
            return withAssociated && !IpAddress.isOne(name)
                    ? new DomainName(name).associated().map(DomainName::text)
                    : Optional.empty();
        }
    }

    /**
     * One more year for all domains of the binding, from their present end.
     *
     * @param from that end, as whoever asks for it knows it: a term that ends later has been extended meanwhile
     */
    record Year(String keyId, Instant from) implements Purchase {}
}
