package dev.caas.entitlement;

/** The answer to a {@link Question}. */
public sealed interface Verdict permits Granted, Denied {}
