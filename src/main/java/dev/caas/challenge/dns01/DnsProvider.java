package dev.caas.challenge.dns01;

import java.util.Set;

/**
 * A place where TXT records can be published. Calls block; they are safe to repeat and to make concurrently, also for
 * the same name.
 */
public interface DnsProvider {
    /**
     * Adds the records to what is there; other values of the same name stay. Returns when the provider has accepted
     * them, which is before all servers answer with them: {@link Propagation} waits for that.
     *
     * @throws DnsException when any record was not accepted; others may have been
     */
    void present(Set<TxtRecord> records) throws DnsException;

    /**
     * Takes exactly these records out; other values of the same name stay. A record that is gone already is no error.
     *
     * @throws DnsException when any record may still be there
     */
    void cleanup(Set<TxtRecord> records) throws DnsException;

    /**
     * The zone that holds a name, without trailing dot.
     *
     * @throws DnsException when this provider serves no such zone
     */
    String zoneOf(String name) throws DnsException;
}
