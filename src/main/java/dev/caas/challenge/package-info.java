/**
 * Proofs of control: which solver is for which name, and putting its proof in place.
 *
 * <p>It always holds that a solver's credentials come from the namespace of the object that holds the solver, that every
 * address a tenant wrote is checked by the outbound policy before anything is sent, and that what was put up is taken
 * down, whether the proof was accepted or not.
 */
@NullMarked
package dev.caas.challenge;

import org.jspecify.annotations.NullMarked;
