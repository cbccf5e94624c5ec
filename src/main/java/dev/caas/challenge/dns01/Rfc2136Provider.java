package dev.caas.challenge.dns01;

import dev.caas.api.Solver.TsigAlgorithm;
import dev.caas.challenge.dns01.DnsException.Kind;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * A name server that takes dynamic updates (RFC 2136) signed with a TSIG key (RFC 8945). All records of one zone go
 * into one UPDATE message; an update that got lost is sent again, which changes nothing that has happened already.
 */
public final class Rfc2136Provider implements DnsProvider {
    /**
     * Seconds. A resolver of the CA that saw the record set before the newest value was added keeps that no longer than
     * this, so an attempt a minute later sees everything; shorter ones, down to 1, are what some servers round up.
     */
    private static final long TTL = 60;

    private static final int MAX_NAMES_TOLD = 5;

    private final SignedServer server;
    private final ZoneFinder zones;

    /**
     * @param server the server's resolved address, checked by the outbound policy
     * @param tsigKeyName name of the key, with or without trailing dot
     * @param base64Secret the key as {@code tsig-keygen} writes it; white space is ignored
     * @param timeout how long one exchange with the server may take, its repetitions included; for example 10 s
     * @throws DnsException of kind {@code REFUSED} when the key's name or secret cannot be one
     */
    public Rfc2136Provider(
            InetSocketAddress server,
            String tsigKeyName,
            TsigAlgorithm tsigAlgorithm,
            String base64Secret,
            Duration timeout)
            throws DnsException {
        Name keyName = keyName(tsigKeyName);
        TSIG key = new TSIG(algorithm(tsigAlgorithm), keyName, secret(tsigKeyName, base64Secret));
        this.server = new SignedServer(server, keyName, key, timeout);
        this.zones = new ZoneFinder(this.server);
    }

    @Override
    public void present(Set<TxtRecord> records) throws DnsException {
        forgetZones(records);
        updateZones(records, Rfc2136Provider::add);
    }

    @Override
    public void cleanup(Set<TxtRecord> records) throws DnsException {
        try {
            updateZones(records, (update, record) -> update.delete(record.withTtl(0)));
        } finally {
            forgetZones(records);
        }
    }

    @Override
    public String zoneOf(String name) throws DnsException {
        return Names.text(zones.zoneOf(Names.absolute(name)));
    }

    private void updateZones(Set<TxtRecord> records, BiConsumer<Update, TxtRecord> change) throws DnsException {
        for (Map.Entry<Name, List<TxtRecord>> zone : byZone(records).entrySet()) {
            Update update = new Update(zone.getKey());
            zone.getValue().forEach(record -> change.accept(update, record));
            send(update, zone.getKey(), zone.getValue());
        }
    }

    /** Zones come and go while this lives: what is known of a name holds from present to cleanup. */
    private void forgetZones(Set<TxtRecord> records) {
        records.forEach(record -> zones.forget(record.owner()));
    }

    /** On condition that the name is no alias, where servers drop the record without a word (RFC 2136 section 3.4.2.2). */
    private static void add(Update update, TxtRecord record) {
        update.absent(record.owner(), Type.CNAME);
        update.add(record.withTtl(TTL));
    }

    private Map<Name, List<TxtRecord>> byZone(Set<TxtRecord> records) throws DnsException {
        Map<Name, List<TxtRecord>> byZone = new LinkedHashMap<>();
        for (TxtRecord record : records) {
            byZone.computeIfAbsent(zones.zoneOf(record.owner()), _ -> new ArrayList<>())
                    .add(record);
        }
        return byZone;
    }

    private void send(Update update, Name zone, List<TxtRecord> records) throws DnsException {
        String purpose = "the update of zone " + Names.text(zone);
        Message answer = server.exchange(update, purpose);
        switch (answer.getRcode()) {
            case Rcode.NOERROR -> {}
            case Rcode.REFUSED ->
                throw server.refused(
                        purpose,
                        "REFUSED (TSIG key " + server.keyName()
                                + " may not change these records): allow it in the zone's update policy");
            case Rcode.YXRRSET ->
                throw server.refused(
                        purpose,
                        "a name is an alias (CNAME), where no TXT record can stand: remove the alias; look at "
                                + records.stream()
                                        .map(TxtRecord::name)
                                        .distinct()
                                        .limit(MAX_NAMES_TOLD)
                                        .collect(Collectors.joining(", ")));
            case Rcode.NOTAUTH, Rcode.NOTZONE ->
                throw server.refused(
                        purpose,
                        Rcode.string(answer.getRcode())
                                + " (it is not the zone's primary server): name the primary in nameserver");
            default ->
                throw new DnsException(
                        Kind.OTHER,
                        server + " failed " + purpose + " with " + Rcode.string(answer.getRcode())
                                + ": its log says why");
        }
    }

    private static Name algorithm(TsigAlgorithm algorithm) {
        return switch (algorithm) {
            case HMACSHA224 -> TSIG.HMAC_SHA224;
            case HMACSHA256 -> TSIG.HMAC_SHA256;
            case HMACSHA384 -> TSIG.HMAC_SHA384;
            case HMACSHA512 -> TSIG.HMAC_SHA512;
        };
    }

    private static Name keyName(String name) throws DnsException {
        try {
            return Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            throw new DnsException(
                    Kind.REFUSED,
                    "tsigKeyName " + name + " is no domain name: write it as the server's configuration does");
        }
    }

    /** No cause is kept: the decoder's message quotes from the secret. */
    private static byte[] secret(String keyName, String base64) throws DnsException {
        byte[] secret = {};
        try {
            secret = Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
        } catch (IllegalArgumentException notBase64) {
            // Told below, as an empty one is.
        }
        if (secret.length == 0) {
            throw new DnsException(
                    Kind.REFUSED,
                    "the secret of TSIG key " + keyName
                            + " is not base64 text: put it into tsigSecretRef as tsig-keygen writes it");
        }
        return secret;
    }
}
