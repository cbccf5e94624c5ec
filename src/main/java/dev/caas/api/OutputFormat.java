package dev.caas.api;

/** A form in which certificate and key stand in the Secret beside {@code tls.crt} and {@code tls.key}. */
public enum OutputFormat {
    /** {@code tls-combined.pem}: the private key, then the full chain, in one file. */
    CombinedPEM,
    /** {@code key.der}: the private key as PKCS#8 DER. */
    DER
}
