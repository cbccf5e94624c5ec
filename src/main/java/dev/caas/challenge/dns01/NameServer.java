package dev.caas.challenge.dns01;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * A server to watch.
 *
 * @param name how to speak of it
 * @param addresses one or more resolved addresses of this one server, IPv4 first; the next is tried when one cannot be
 *     reached, for instance where there is no IPv6
 * @param recursive whether it may ask others on our behalf
 */
record NameServer(String name, List<InetSocketAddress> addresses, boolean recursive) {
    NameServer {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty() || addresses.stream().anyMatch(InetSocketAddress::isUnresolved)) {
            throw new IllegalArgumentException("name server " + name + " has no resolved address");
        }
    }

    /**
     * The values of all TXT records it answers with for a name, by UDP, or TCP when truncated.
     *
     * @throws IOException when no address answers; each is given this time
     */
    Set<String> txtValues(Name name, Duration timeout) throws IOException {
        IOException last = new IOException("no address");
        for (InetSocketAddress address : addresses) {
            try {
                return txtValues(address, name, timeout);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    @Override
    public String toString() {
        String text = text(addresses.getFirst());
        return name.equals(text) ? text : name + " (" + text + ")";
    }

    static String text(InetSocketAddress address) {
        String literal = address.getAddress().getHostAddress();
        return (literal.indexOf(':') < 0 ? literal : "[" + literal + "]") + ":" + address.getPort();
    }

    private Set<String> txtValues(InetSocketAddress address, Name name, Duration timeout) throws IOException {
        Message question = Message.newQuery(Record.newRecord(name, Type.TXT, DClass.IN));
        if (!recursive) {
            question.getHeader().unsetFlag(Flags.RD);
        }
        Set<String> values = new HashSet<>();
        for (Record record : Resolvers.at(address, timeout).send(question).getSection(Section.ANSWER)) {
            if (record instanceof TXTRecord txt) {
                values.add(joined(txt));
            }
        }
        return values;
    }

    private static String joined(TXTRecord txt) {
        StringBuilder value = new StringBuilder();
        txt.getStringsAsByteArrays().forEach(part -> value.append(new String(part, StandardCharsets.ISO_8859_1)));
        return value.toString();
    }
}
