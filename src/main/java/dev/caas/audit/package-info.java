/**
 * The record of what was done: one line for every account, subscription, order, issuance, denial and Secret write.
 *
 * <p>A line is a JSON object with CloudEvents 1.0 attribute names. It always holds that no secret is in one: data are
 * the few named values of {@link dev.caas.audit.AuditRecord}, never whole objects.
 */
@NullMarked
package dev.caas.audit;

import org.jspecify.annotations.NullMarked;
