/**
 * CaaSAccounts: registers the External Account Binding and keeps the ACME account usable.
 *
 * <p>The account key and URL live in Secret {@code <name>-account}, which outlives the object. It always holds that the
 * key is stored before it is used, that an account is looked for (onlyReturnExisting) before a binding is spent on a new
 * one, and that nothing is sent to a CA for a suspended account. {@link dev.caas.account.Accounts} is what other rooms use.
 */
@NullMarked
package dev.caas.account;

import org.jspecify.annotations.NullMarked;
