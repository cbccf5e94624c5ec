package dev.caas.challenge.dns01;

import java.util.Locale;
import java.util.regex.Pattern;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.TXTRecord;

/**
 * One TXT record of one string (RFC 1035 section 3.3.14).
 *
 * @param name the owner in ASCII without trailing dot, kept in lower case, for example
 *     {@code _acme-challenge.a.example.test}
 * @param value 1 to 255 printable ASCII characters other than {@code "} and {@code \}; for dns-01 a base64url digest
 */
public record TxtRecord(String name, String value) {
    private static final Pattern NAME = Pattern.compile("([a-z0-9_-]{1,63}\\.)*[a-z0-9_-]{1,63}");
    private static final Pattern VALUE = Pattern.compile("[ !#-\\[\\]-~]{1,255}");
    private static final int MAX_NAME = 253;

    public TxtRecord {
        name = name.toLowerCase(Locale.ROOT);
        if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not an ASCII domain name without trailing dot: " + name);
        }
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException("the TXT value of " + name + " is not 1 to 255 plain ASCII characters");
        }
    }

    TXTRecord withTtl(long seconds) {
        return new TXTRecord(Names.absolute(name), DClass.IN, seconds, value);
    }

    Name owner() {
        return Names.absolute(name);
    }
}
