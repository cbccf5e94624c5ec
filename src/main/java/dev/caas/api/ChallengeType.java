package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Ways to prove control of a name (RFC 8555 section 8). */
public enum ChallengeType {
    @JsonProperty("http-01")
    HTTP01("http-01"),
    @JsonProperty("dns-01")
    DNS01("dns-01");

    private final String label;

    ChallengeType(String label) {
        this.label = label;
    }

    /** Its name in RFC 8555. */
    public String label() {
        return label;
    }
}
