package dev.caas.platform.sectigo;

import dev.caas.platform.PlatformFailure;

/**
 * Where a platform's credentials are read. It is asked before every request, so that rotating them needs no restart.
 *
 * @param <C> what the provider's API logs in with
 */
@FunctionalInterface
public interface PartnerCredentials<C> {
    /**
     * What to log in with now.
     *
     * @throws PlatformFailure with {@link PlatformFailure.Kind#UNAUTHORIZED} if there are none to be had
     */
    C current() throws PlatformFailure;
}
