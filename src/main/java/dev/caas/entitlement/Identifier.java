package dev.caas.entitlement;

/**
 * What a certificate is for (RFC 8555 section 9.7.7): a DNS name or an IP address. Two spellings of one are equal, and
 * the text of a name is never that of an address, so that text alone tells which it is.
 */
public sealed interface Identifier permits DomainName, IpAddress {
    /** Reads what people write where either is welcome. */
    static Identifier parse(String text) throws InvalidNameException {
        return IpAddress.isOne(text) ? IpAddress.parse(text) : DomainName.parse(text);
    }

    /** The one spelling of it. */
    String text();

    /** Whether it stands for every name one label below another. */
    boolean isWildcard();

    /** Whether a registry hands out names below it, so that nobody is certified for it. */
    boolean isPublicSuffix();
}
