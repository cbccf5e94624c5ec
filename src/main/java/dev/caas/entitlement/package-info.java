/**
 * Who may have which certificate: name coverage, grants, policy, and the one question {@link Entitlement} answers.
 *
 * <p>Pure functions over the resource types: nothing here reads a cache, a clock or the network, so an answer is as true
 * as the question's snapshot and the same question always gets the same answer. Everything is denied unless something
 * declared allows it, and every refused name is told why and what to do. Which account pays is decided by what is
 * declared alone, so suspending or losing something never moves a certificate to another account. Knows {@code api} and
 * nothing else of this project; any room may ask.
 */
@NullMarked
package dev.caas.entitlement;

import org.jspecify.annotations.NullMarked;
