package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * Two BIND name servers for {@code example.test} and any other zones: a primary that takes updates signed with one TSIG
 * key, and a secondary that is told nothing and looks for changes about once a second. A CA that asks the secondary
 * refuses whoever does not check that the record is published everywhere.
 */
public final class Bind implements AutoCloseable {
    /** The zone that is always there. */
    public static final String ZONE = "example.test";

    private static final String KEY_NAME = "caas-test";
    /** Kit queries come from here, so that logs tell them from the operator's. */
    private static final String KIT_ADDRESS = "127.0.0.2";

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final String key;
    private final List<String> zones;
    private final NamedServer primary;
    private final NamedServer secondary;

    private Bind(String key, List<String> zones, NamedServer primary, NamedServer secondary) {
        this.key = key;
        this.zones = zones;
        this.primary = primary;
        this.secondary = secondary;
    }

    /**
     * Starts both servers with {@link #ZONE} and more zones; returns when both answer for all of them.
     *
     * @throws PartFailed when BIND is missing or does not start
     */
    public static Bind start(Path dir, String... moreZones) {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String key = Base64.getEncoder().encodeToString(random);
        List<String> zones =
                Stream.concat(Stream.of(ZONE), Stream.of(moreZones)).distinct().toList();
        var primary = NamedServer.primary(dir.resolve("primary"), zones, KEY_NAME, key);
        try {
            // Before the secondary asks for the first time: refused once, it would not ask again for a long while.
            zones.forEach(zone -> primary.awaitReady(() -> answers(primary, zone)));
            var secondary = NamedServer.secondary(dir.resolve("secondary"), zones, primary.port());
            var bind = new Bind(key, zones, primary, secondary);
            try {
                zones.forEach(zone -> secondary.awaitReady(() -> answers(secondary, zone)));
                return bind;
            } catch (RuntimeException e) {
                secondary.close();
                throw e;
            }
        } catch (RuntimeException e) {
            primary.close();
            throw e;
        }
    }

    /** The server that takes updates, as host:port. */
    public String primary() {
        return primary.address();
    }

    /** The server that follows about a second later, as host:port. */
    public String secondary() {
        return secondary.address();
    }

    public List<String> zones() {
        return zones;
    }

    public String tsigKeyName() {
        return KEY_NAME;
    }

    /** The TSIG key (HMAC-SHA256) as BIND writes it: base64. */
    public String tsigKey() {
        return key;
    }

    /** What the primary was asked and told; the kit's own queries are left out. */
    public DnsLog primaryLog() {
        return new DnsLog(primary.logFile(), KIT_ADDRESS);
    }

    /** What the secondary was asked, by the CA for one. */
    public DnsLog secondaryLog() {
        return new DnsLog(secondary.logFile(), KIT_ADDRESS);
    }

    /** The TXT records of a name at the primary; none when the name does not exist. */
    public Set<String> txt(String name) {
        return txt(primary, name);
    }

    /** The TXT records of a name at the secondary. */
    public Set<String> txtAtSecondary(String name) {
        return txt(secondary, name);
    }

    /** The addresses of a name as the CA sees them: at the secondary. */
    public Set<InetAddress> addresses(String name) {
        return Stream.of(Type.A, Type.AAAA)
                .flatMap(type -> addresses(name, type))
                .collect(Collectors.toSet());
    }

    /**
     * Adds one record with a signed update, as a stand-in for another client of the zone.
     *
     * @param record in the manner of a zone file, such as {@code www.example.test. 1 IN CNAME other.example.test.}
     */
    public void add(String zone, String record) {
        try {
            String[] part = record.split("\\s+", 5);
            var update = new Update(name(zone));
            update.add(name(part[0]), Type.value(part[3]), Long.parseLong(part[1]), part[4]);
            send(update);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Gives a name, or with {@code *.} all names below one, one more address, A or AAAA, and returns when the secondary
     * has it too.
     */
    public void addAddress(String name, String ip) {
        int type = ip.contains(":") ? Type.AAAA : Type.A;
        add(zoneOf(name), "%s. 1 IN %s %s".formatted(name, Type.string(type), ip));
        Poll.until(
                name + " has address " + ip + " at the secondary",
                LIMIT,
                () -> addresses(name).contains(InetAddress.ofLiteral(ip)));
    }

    /** Removes every TXT record of a name with a signed update. */
    public void removeTxt(String zone, String name) {
        try {
            var update = new Update(name(zone));
            update.delete(name(name), Type.TXT);
            send(update);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        secondary.close();
        primary.close();
    }

    private void send(Update update) throws IOException {
        var resolver = resolver(primary);
        resolver.setTSIGKey(new TSIG(TSIG.HMAC_SHA256, KEY_NAME + ".", key));
        int rcode = resolver.send(update).getRcode();
        if (rcode != Rcode.NOERROR) {
            throw new PartFailed("BIND refused an update: " + Rcode.string(rcode));
        }
    }

    private Set<String> txt(NamedServer server, String name) {
        try {
            return query(server, name, Type.TXT).getSection(Section.ANSWER).stream()
                    .filter(TXTRecord.class::isInstance)
                    .map(record -> String.join("", ((TXTRecord) record).getStrings()))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String zoneOf(String name) {
        return zones.stream()
                .filter(zone -> name.equals(zone) || name.endsWith("." + zone))
                .max(Comparator.comparingInt(String::length))
                .orElseThrow(() -> new IllegalArgumentException(name + " is in none of " + zones));
    }

    private Stream<InetAddress> addresses(String name, int type) {
        try {
            return query(secondary, name, type).getSection(Section.ANSWER).stream()
                    .filter(record -> record.getType() == type)
                    .map(record -> InetAddress.ofLiteral(record.rdataToString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean answers(NamedServer server, String zone) throws IOException {
        return !query(server, zone, Type.SOA).getSection(Section.ANSWER).isEmpty();
    }

    private static Message query(NamedServer server, String name, int type) throws IOException {
        var resolver = resolver(server);
        resolver.setLocalAddress(new InetSocketAddress(InetAddress.ofLiteral(KIT_ADDRESS), 0));
        return resolver.send(Message.newQuery(Record.newRecord(name(name), type, DClass.IN)));
    }

    private static SimpleResolver resolver(NamedServer server) throws IOException {
        var resolver = new SimpleResolver(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.port()));
        resolver.setTCP(true);
        resolver.setTimeout(Duration.ofSeconds(5));
        return resolver;
    }

    private static Name name(String text) throws TextParseException {
        return Name.fromString(text, Name.root);
    }
}
