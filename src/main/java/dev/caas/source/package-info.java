/**
 * Sources: annotated Ingresses, Gateways and ListenerSets get a ManagedCertificate for each Secret of their TLS entries.
 *
 * <p>What an object asks for is a pure function of it ({@link dev.caas.source.Declaration}); one place acts
 * ({@link dev.caas.source.Upkeep}). It always holds that a ManagedCertificate which was not made for an object is never
 * touched for it, that nothing of an object is applied that could only be read by half, and that nothing is written while
 * everything is in step. Nobody depends on this room: a certificate does not know who asked for it.
 */
@NullMarked
package dev.caas.source;

import org.jspecify.annotations.NullMarked;
