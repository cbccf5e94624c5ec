/**
 * Where the operator may connect to: the one gate for every host and URL that a tenant, or a CA's answer, can name.
 *
 * <p>Always holds: https only, no user information, the host is among those the administrator allows, and every address
 * it resolves to is public or in a range the administrator opened (design.md section 3.10). A literal address never
 * causes a DNS query. Knows no Kubernetes, no ACME, no DNS library; any room may ask it, it asks none.
 */
@NullMarked
package dev.caas.outbound;

import org.jspecify.annotations.NullMarked;
