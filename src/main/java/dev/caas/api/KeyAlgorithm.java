package dev.caas.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A certificate key's algorithm together with its size, as policies name them. */
public enum KeyAlgorithm {
    @JsonProperty("ECDSA-P256")
    ECDSA_P256("ECDSA-P256"),
    @JsonProperty("ECDSA-P384")
    ECDSA_P384("ECDSA-P384"),
    @JsonProperty("RSA-2048")
    RSA_2048("RSA-2048"),
    @JsonProperty("RSA-3072")
    RSA_3072("RSA-3072"),
    @JsonProperty("RSA-4096")
    RSA_4096("RSA-4096"),
    @JsonProperty("Ed25519")
    ED25519("Ed25519");

    private final String label;

    KeyAlgorithm(String label) {
        this.label = label;
    }

    /** The name as it stands in YAML. */
    public String label() {
        return label;
    }

    /** The algorithm and size that a certificate asks for; CEL has refused combinations that do not exist. */
    public static KeyAlgorithm of(ManagedCertificateSpec.PrivateKey key) {
        return switch (key.algorithm()) {
            case ECDSA -> key.size() == 384 ? ECDSA_P384 : ECDSA_P256;
            case RSA ->
                switch (key.size()) {
                    case 3072 -> RSA_3072;
                    case 4096 -> RSA_4096;
                    default -> RSA_2048;
                };
            case Ed25519 -> ED25519;
        };
    }
}
