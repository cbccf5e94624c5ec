/**
 * Where subscriptions are kept: who knows which domains an account has, and until when.
 *
 * <p>The ledger is a Secret which survives the loss of every status and of the account object itself. Of an account without
 * platform it is beside that and all there is; of a binding at a platform it is in the operator's own namespace, and has what
 * the platform told last, and what is under way there. Nothing is done under a binding that is not on record as the
 * account's own: {@link dev.caas.platform.Platforms#of} is the gate. Partner platforms are asked through {@link dev.caas.platform.PartnerApi}, and money is spent in
 * {@link dev.caas.platform.Purchases} alone. It always holds that adding a domain twice changes nothing and that no term is
 * ever shortened or started again. Knows no ACME.
 */
@NullMarked
package dev.caas.platform;

import org.jspecify.annotations.NullMarked;
