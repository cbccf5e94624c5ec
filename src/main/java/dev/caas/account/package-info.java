/**
 * CaaSAccounts: registers the External Account Binding and keeps the ACME account usable, to its end.
 *
 * <p>The account key and URL live in Secret {@code <name>-account}, which outlives the object. It always holds that the
 * key is stored before it is used, that an account is looked for (onlyReturnExisting) before a binding is spent on a new
 * one, that nothing is sent to a CA for a suspended account before it is deleted, and that no key is dropped before the CA
 * agreed to another: accounts of earlier bindings are kept, and the next key stands beside the old one until it is known
 * which of the two the CA has. {@link dev.caas.account.Accounts} is what other rooms use.
 */
@NullMarked
package dev.caas.account;

import org.jspecify.annotations.NullMarked;
