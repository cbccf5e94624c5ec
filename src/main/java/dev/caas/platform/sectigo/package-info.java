/**
 * The vendor's two partner APIs as {@link dev.caas.platform.PartnerApi}: the form API of CaaS, and the REST API of
 * Certificate Manager. Each call is one question, asked once; what it means that no answer came is for the caller.
 *
 * <p>Always holds: https to addresses that the outbound policy allows, no redirect followed, replies bounded, nothing
 * logged, no credential in a message, and a failure that says whether the effect may have happened.
 */
@NullMarked
package dev.caas.platform.sectigo;

import org.jspecify.annotations.NullMarked;
