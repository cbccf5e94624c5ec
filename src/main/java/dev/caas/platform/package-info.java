/**
 * Where subscriptions are kept: who knows which domains an account has, and until when.
 *
 * <p>Now this is the built-in ledger, for CAs that have no partner API: a Secret beside each account, which survives the
 * loss of every status and of the account object itself. It always holds that adding a domain twice changes nothing and
 * that no term is ever shortened or started again. Knows no ACME.
 */
@NullMarked
package dev.caas.platform;

import org.jspecify.annotations.NullMarked;
