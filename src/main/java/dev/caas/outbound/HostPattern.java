package dev.caas.outbound;

import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A pattern for host names: {@code *} is every host, {@code *.example.com} every name below {@code example.com} but not
 * itself, anything else exactly that host name or literal address. Case does not matter.
 */
record HostPattern(String pattern) {
    private static final Pattern FORM = Pattern.compile("\\*|(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*");

    HostPattern {
        pattern = pattern.strip().toLowerCase(Locale.ROOT);
        if (!FORM.matcher(pattern).matches() && !isLiteralAddress(pattern)) {
            throw new IllegalArgumentException(
                    "'" + pattern + "' is no host pattern: use *, a host name, or *. and a domain");
        }
    }

    /** Whether the host, in lower case and without trailing dot, matches; only {@code *} and equality match a literal. */
    boolean matches(String host, boolean literalAddress) {
        if (pattern.equals("*") || pattern.equals(host)) {
            return true;
        }
        return pattern.startsWith("*.") && !literalAddress && host.endsWith(pattern.substring(1));
    }

    private static boolean isLiteralAddress(String text) {
        try {
            InetAddress.ofLiteral(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
