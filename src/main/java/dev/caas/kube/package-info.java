/**
 * The doors to the API server: one for status, one for Secrets, one for Events; and who leads.
 *
 * <p>Knows no feature. It always holds that a status that did not change is not written, that a Secret that is not ours
 * is never overwritten, and that what was just written is what is read next, however far behind the watch is.
 */
@NullMarked
package dev.caas.kube;

import org.jspecify.annotations.NullMarked;
