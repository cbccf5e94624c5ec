/**
 * ACME (RFC 8555) as the operator uses it: servers, accounts, orders, and what went wrong.
 *
 * <p>The only room that knows acme4j. It always holds that every request goes through {@link dev.caas.acme.BoundedHttpClient}
 * (allowed addresses, bounded time and size), that every failure leaves as an {@link dev.caas.acme.AcmeFailure} sorted by
 * what the caller can do about it, and that nothing here knows Kubernetes. Calls block; callers run on virtual threads.
 */
@NullMarked
package dev.caas.acme;

import org.jspecify.annotations.NullMarked;
