package dev.caas.outbound;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server as people write it: {@code host}, {@code host:port}, {@code [IPv6]:port}, or a bare literal address. */
record ServerName(String host, int port) {
    private static final Pattern FORM =
            Pattern.compile("(?:\\[(?<v6>[0-9A-Fa-f:.]+)]|(?<host>[^:\\[\\]/@\\s]+))(?::(?<port>[0-9]{1,5}))?");
    private static final Pattern BARE_IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

    ServerName {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
    }

    static ServerName parse(String written, int defaultPort) throws AddressNotAllowedException {
        if (BARE_IPV6.matcher(written).matches()) {
            return new ServerName(written, defaultPort);
        }
        Matcher matcher = FORM.matcher(written);
        int port = !matcher.matches()
                ? 0
                : matcher.group("port") == null ? defaultPort : Integer.parseInt(matcher.group("port"));
        if (port < 1 || port > 65535) {
            throw new AddressNotAllowedException(
                    "'" + written + "' names no server: write host, host:port or [IPv6 address]:port");
        }
        String literal = matcher.group("v6");
        return new ServerName(literal == null ? matcher.group("host") : literal, port);
    }
}
