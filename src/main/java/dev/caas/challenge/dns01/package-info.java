/**
 * Proof of control by DNS: TXT records put into a zone and watched until every authoritative server has them (the
 * dns-01 challenge, RFC 8555 section 8.4). One class a DNS provider.
 *
 * <p>Always holds: records are added to and taken out of a record set one by one, never replaced, so that concurrent
 * challenges on one name live side by side; no question is asked of a caching resolver that could make it remember a
 * challenge name as absent; no secret is in a message. Plain blocking code for virtual threads. The only room that
 * knows dnsjava; knows no Kubernetes and no ACME. Depends on {@code api} and {@code outbound}.
 */
@NullMarked
package dev.caas.challenge.dns01;

import org.jspecify.annotations.NullMarked;
