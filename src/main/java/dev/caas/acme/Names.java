package dev.caas.acme;

import com.google.common.net.InetAddresses;
import java.util.Locale;
import org.shredzone.acme4j.Identifier;
import org.shredzone.acme4j.exception.AcmeProtocolException;

/** Between the identifiers of orders (RFC 8555 section 9.7.7, RFC 8738) and their texts, which tell what they are of. */
final class Names {
    private Names() {}

    /** @param name an A-label name in lower case, or an IP address as RFC 5952 writes it */
    static Identifier identifier(String name) {
        // acme4j would write an IPv6 address with all its zeros.
        return new Identifier(InetAddresses.isInetAddress(name) ? Identifier.TYPE_IP : Identifier.TYPE_DNS, name);
    }

    /** @throws AcmeProtocolException if it is neither a name nor an address */
    static String text(Identifier identifier) {
        return switch (identifier.getType()) {
            case Identifier.TYPE_DNS -> identifier.getDomain().toLowerCase(Locale.ROOT);
            case Identifier.TYPE_IP -> InetAddresses.toAddrString(identifier.getIP());
            default -> throw new AcmeProtocolException("an identifier of type " + identifier.getType());
        };
    }
}
