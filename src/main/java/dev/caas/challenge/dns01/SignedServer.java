package dev.caas.challenge.dns01;

import dev.caas.challenge.dns01.DnsException.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

/**
 * One name server and the TSIG key (RFC 8945) shared with it. Signs what is asked, believes only signed answers, and
 * asks again when a datagram is lost: twice by UDP, then by TCP.
 */
final class SignedServer {
    private final InetSocketAddress address;
    private final Name keyName;
    private final List<Resolver> attempts;

    /**
     * @param address resolved
     * @param timeout for one exchange with its repetitions
     */
    SignedServer(InetSocketAddress address, Name keyName, TSIG key, Duration timeout) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("the address of name server " + address + " is not resolved");
        }
        this.address = address;
        this.keyName = keyName;
        Resolver udp = resolver(key, timeout.dividedBy(3), false);
        this.attempts = List.of(udp, udp, resolver(key, timeout.dividedBy(3), true));
    }

    /**
     * Sends a message and returns the answer, whatever its response code.
     *
     * @param purpose what the message is for, to complete "name server X refused ..."
     * @throws DnsException when the server does not know the key, its answer is not signed, or none comes
     */
    Message exchange(Message message, String purpose) throws DnsException {
        Message answer = send(message, purpose);
        TSIGRecord signature = answer.getTSIG();
        int keyError = signature == null ? Rcode.NOERROR : signature.getError();
        if (keyError != Rcode.NOERROR) {
            throw refused(purpose, Rcode.TSIGstring(keyError) + keyAdvice(keyError));
        }
        boolean claims = answer.getRcode() == Rcode.NOERROR || answer.getRcode() == Rcode.NXDOMAIN;
        if (claims && !answer.isVerified()) {
            throw new DnsException(
                    Kind.OTHER,
                    this + " answered " + purpose + " without a valid signature of TSIG key " + keyName
                            + ": check that nothing between the operator and the server changes DNS messages");
        }
        return answer;
    }

    /** The server said no: a change by someone is needed. */
    DnsException refused(String purpose, String reasonAndAdvice) {
        return new DnsException(Kind.REFUSED, this + " refused " + purpose + ": " + reasonAndAdvice);
    }

    Name keyName() {
        return keyName;
    }

    @Override
    public String toString() {
        return "name server " + NameServer.text(address);
    }

    private Message send(Message message, String purpose) throws DnsException {
        @Nullable IOException last = null;
        for (Resolver attempt : attempts) {
            try {
                return attempt.send(message);
            } catch (IOException e) {
                last = e;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
        }
        throw new DnsException(
                Kind.UNREACHABLE,
                this + " did not answer " + purpose
                        + " by UDP or TCP: check the address and that the network lets port " + address.getPort()
                        + " through",
                last);
    }

    private Resolver resolver(TSIG key, Duration timeout, boolean tcp) {
        SimpleResolver resolver = Resolvers.at(address, timeout);
        resolver.setTSIGKey(key);
        resolver.setTCP(tcp);
        return resolver;
    }

    private String keyAdvice(int error) {
        return switch (error) {
            case Rcode.BADKEY ->
                " (TSIG key " + keyName + " unknown there): check tsigKeyName, tsigAlgorithm and tsigSecretRef";
            case Rcode.BADSIG -> " (TSIG key " + keyName + " has another secret there): check tsigSecretRef";
            case Rcode.BADTIME -> " (its clock and the operator's differ by more than 5 minutes): set the clocks";
            default -> " (TSIG key " + keyName + "): check tsigKeyName, tsigAlgorithm and tsigSecretRef";
        };
    }
}
