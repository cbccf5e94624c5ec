/**
 * Where subscriptions are kept: who knows which domains an account has, and until when.
 *
 * <p>The ledger is a Secret beside each account, which survives the loss of every status and of the account object itself.
 * Of an account without platform it is all there is; of one with a platform it has what that told last, and what is under
 * way there. Partner platforms are asked through {@link dev.caas.platform.PartnerApi}, and money is spent in
 * {@link dev.caas.platform.Purchases} alone. It always holds that adding a domain twice changes nothing and that no term is
 * ever shortened or started again. Knows no ACME.
 */
@NullMarked
package dev.caas.platform;

import org.jspecify.annotations.NullMarked;
