/**
 * The product as its users meet it: resources are written to a real API server, the packaged operator works on them with
 * a real CA and real name servers, and what counts is what can be seen from outside: status, Secrets, Events, the audit
 * trail, and what was asked of the CA.
 *
 * <p>Each test has a namespace and DNS names of its own and shares everything else, so counts at the CA go by name. A test
 * that says something did not happen also shows that its way of looking sees it where it does happen. What is null where
 * it should not be fails as a test, so the package is not marked for NullAway.
 */
package dev.caas.e2e;
