package dev.caas.api;

/** What a CA validates before it issues (CA/Browser Forum Baseline Requirements section 7.1.6.1). */
public enum ValidationType {
    /** Control of the name. */
    DV,
    /** Control of the name, and the organisation behind it. */
    OV
}
