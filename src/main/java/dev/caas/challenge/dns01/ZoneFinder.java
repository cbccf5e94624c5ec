package dev.caas.challenge.dns01;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Finds the zone of a name by asking the server itself for SOA records, upwards from the name. An authoritative server
 * names the zone in its first answer already, also when the name does not exist (RFC 2308 section 3). Remembers what
 * it found; safe for concurrent use.
 */
final class ZoneFinder {
    private final SignedServer server;
    private final Map<Name, Name> zones = new ConcurrentHashMap<>();

    ZoneFinder(SignedServer server) {
        this.server = server;
    }

    /** @throws DnsException when the server is not authoritative for the name, or does not answer */
    Name zoneOf(Name name) throws DnsException {
        Name known = zones.get(name);
        if (known != null) {
            return known;
        }
        Name found = find(name);
        zones.put(name, found);
        return found;
    }

    /** Looks again next time. */
    void forget(Name name) {
        zones.remove(name);
    }

    private Name find(Name name) throws DnsException {
        String purpose = "the question for the zone of " + Names.text(name);
        String firstAnswer = "";
        for (Name at = name; at.labels() > 1; at = new Name(at, 1)) {
            Message answer = server.exchange(soaQuestion(at), purpose);
            boolean authoritative = answer.getHeader().getFlag(Flags.AA);
            Optional<Name> zone = owner(answer, Section.ANSWER, Type.SOA)
                    .or(() -> owner(answer, Section.AUTHORITY, Type.SOA))
                    .filter(name::subdomain);
            if (authoritative && zone.isPresent() && !isAlias(answer)) {
                return zone.get();
            }
            if (firstAnswer.isEmpty()) {
                firstAnswer = Rcode.string(answer.getRcode());
            }
            Optional<Name> delegated = owner(answer, Section.AUTHORITY, Type.NS).filter(name::subdomain);
            if (!authoritative && delegated.isPresent()) {
                firstAnswer = "it refers to the servers of " + Names.text(delegated.get());
                break;
            }
        }
        throw server.refused(
                purpose,
                "it is not authoritative for any zone that holds the name (" + firstAnswer
                        + "): name the zone's primary server in nameserver, or add the zone there");
    }

    /** The SOA record beside an alias is of the zone it leads to; no zone begins at an alias, so the parent tells. */
    private static boolean isAlias(Message answer) {
        return owner(answer, Section.ANSWER, Type.CNAME).isPresent();
    }

    private static Message soaQuestion(Name name) {
        Message question = Message.newQuery(Record.newRecord(name, Type.SOA, DClass.IN));
        question.getHeader().unsetFlag(Flags.RD);
        return question;
    }

    private static Optional<Name> owner(Message answer, int section, int type) {
        return answer.getSection(section).stream()
                .filter(record -> record.getType() == type)
                .map(Record::getName)
                .findFirst();
    }
}
