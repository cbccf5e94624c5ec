/** Proof of control by HTTP (RFC 8555 section 8.3): the responder, the ways that lead to it, and the check of both. */
@NullMarked
package dev.caas.challenge.http01;

import org.jspecify.annotations.NullMarked;
