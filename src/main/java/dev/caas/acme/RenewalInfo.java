package dev.caas.acme;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * When a CA suggests to renew a certificate (RFC 9773 section 4.2).
 *
 * @param windowStart start of the suggested window
 * @param windowEnd end of it, after its start
 * @param explanation a page for people, https and at most 512 characters
 * @param askAgain when the CA wants to be asked again, if it said so
 */
public record RenewalInfo(
        Instant windowStart, Instant windowEnd, Optional<URI> explanation, Optional<Instant> askAgain) {}
