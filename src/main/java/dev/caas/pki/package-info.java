/**
 * Keys, certificate signing requests, certificate chains and keystores, and the judgement whether a chain and its key are what is
 * wanted (RFC 5280, RFC 2986, RFC 7468, RFC 7292).
 *
 * <p>Always holds: this is the only room that knows Bouncy Castle; everything is a value or a pure function, nothing
 * reads a clock, the network or Kubernetes; a private key never appears in {@code toString} or in an exception. Key
 * generation and signatures come from the JDK's providers. Depends on {@code api} for the names of key algorithms.
 */
@NullMarked
package dev.caas.pki;

import org.jspecify.annotations.NullMarked;
