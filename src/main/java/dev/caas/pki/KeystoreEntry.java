package dev.caas.pki;

/**
 * What a keystore holds.
 *
 * @param alias the entry's name; Java compares it without regard to case
 */
public record KeystoreEntry(String alias, CertificateChain chain, CertificateKey key) {}
