/**
 * ManagedCertificates: from what is declared to a Secret that serves it, and again before it expires.
 *
 * <p>A reconcile sees ({@link dev.caas.certificate.World}), decides ({@link dev.caas.certificate.Step}, pure) and acts.
 * {@link dev.caas.certificate.Issuance} is the way of one certificate through RFC 8555, in straight lines. It always
 * holds that nothing is ordered that is not entitled, that an order exists in a checkpoint before anything else is done
 * with it, that a Secret of somebody else is never overwritten unless its declaration asks to adopt it, and that a Secret that satisfies its declaration is never
 * issued again, however it came to be.
 */
@NullMarked
package dev.caas.certificate;

import org.jspecify.annotations.NullMarked;
