package dev.caas.challenge.dns01;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Asks recursive name servers for a host's addresses. */
public final class HostLookup {
    private static final Duration EXCHANGE = Duration.ofSeconds(5);

    private HostLookup() {}

    /**
     * The addresses of a host as the first server that answers has them, aliases followed by that server; IPv6 first.
     *
     * @param servers at least one
     * @return none when the host does not exist or has no address
     * @throws IOException when no server answers
     */
    public static List<InetAddress> addresses(String host, List<InetSocketAddress> servers) throws IOException {
        IOException last = new IOException("no name server");
        for (InetSocketAddress server : servers) {
            try {
                List<InetAddress> addresses = new ArrayList<>();
                for (int type : new int[] {Type.AAAA, Type.A}) {
                    addresses.addAll(ask(host, type, server));
                }
                return addresses;
            } catch (IOException e) {
                last = new IOException("name server " + NameServer.text(server) + " does not answer", e);
            }
        }
        throw last;
    }

    private static List<InetAddress> ask(String host, int type, InetSocketAddress server) throws IOException {
        Message question = Message.newQuery(Record.newRecord(Names.absolute(host), type, DClass.IN));
        List<InetAddress> addresses = new ArrayList<>();
        for (Record record : Resolvers.at(server, EXCHANGE).send(question).getSection(Section.ANSWER)) {
            switch (record) {
                case ARecord a -> addresses.add(a.getAddress());
                case AAAARecord aaaa -> addresses.add(aaaa.getAddress());
                default -> {}
            }
        }
        return addresses;
    }
}
