/**
 * The platform of CAs that have none: the operator keeps itself what a partner platform would, with prices. What is kept
 * is in the operator's own namespace, so that nothing a tenant deletes loses a domain that was paid for.
 *
 * <p>Always holds: what a purchase makes of what is kept ({@link dev.caas.platform.local.Sale}) and what it costs ({@link
 * dev.caas.platform.local.Prices}) are pure; amounts are exact and rounded once; nothing is sold twice, and no term is
 * shortened.
 */
@NullMarked
package dev.caas.platform.local;

import org.jspecify.annotations.NullMarked;
