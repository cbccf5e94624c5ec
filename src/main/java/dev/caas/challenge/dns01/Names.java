package dev.caas.challenge.dns01;

import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Between dnsjava's absolute names and the names without trailing dot that everyone else writes. */
final class Names {
    private Names() {}

    /** @throws IllegalArgumentException when it is not a domain name */
    static Name absolute(String name) {
        try {
            return Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("not a domain name: " + name, e);
        }
    }

    static String text(Name name) {
        return name.toString(true);
    }
}
