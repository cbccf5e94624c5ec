/**
 * The real parts the tests, the demo and the benchmark run against: an API server, a CA, name servers, the operator.
 *
 * <p>Every part is a process or a server on loopback with random ports, or at addresses of a network namespace of this
 * JVM's; starts with a deadline, keeps its output in a file of its working directory, and ends with this JVM at the
 * latest. Only {@link dev.caas.kit.CaasExtension} knows
 * JUnit. {@link dev.caas.kit.Stage} is the whole; faults are injected by {@link dev.caas.kit.AcmeProxy}, never by mocks.
 * Nothing here knows a room of the operator beside its resource types.
 */
@NullMarked
package dev.caas.kit;

import org.jspecify.annotations.NullMarked;
