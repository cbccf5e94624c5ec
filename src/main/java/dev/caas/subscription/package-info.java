/**
 * DomainSubscriptions: puts a subscribed domain on the account's ledger and says how it stands.
 *
 * <p>It always holds that a domain is put on the ledger only for an account that is registered (its first domain starts
 * the term that is paid for), that losing a status changes nothing, and that deleting the object keeps the domain. What a
 * subscription allows is decided in {@code entitlement}, from the spec and the ledger, never from a status.
 */
@NullMarked
package dev.caas.subscription;

import org.jspecify.annotations.NullMarked;
