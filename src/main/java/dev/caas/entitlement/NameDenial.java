package dev.caas.entitlement;

import dev.caas.api.Reason;

/**
 * Why one name is refused.
 *
 * @param message what is wrong and what to do, without the name
 */
public record NameDenial(String name, Reason reason, String message) {}
