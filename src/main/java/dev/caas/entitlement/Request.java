package dev.caas.entitlement;

import dev.caas.api.ChallengeType;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Reason;
import dev.caas.api.Solver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a certificate asks for, read once and known to be well formed.
 *
 * @param names each once, in the order they are written, addresses last
 * @param duration the validity to ask for; absent when the CA decides
 * @param solvable the challenge types that its own solvers answer
 */
record Request(
        String namespace,
        List<Identifier> names,
        KeyAlgorithm key,
        Optional<Duration> duration,
        Optional<String> profile,
        Set<ChallengeType> solvable) {
    /** RFC 5280 appendix A, ub-common-name. */
    private static final int LONGEST_COMMON_NAME = 64;

    /** A spec that no account could grant; what is wrong is in the denial. */
    static final class Malformed extends Exception {
        private final transient Denied denied;

        Malformed(Denied denied) {
            super(denied.message());
            this.denied = denied;
        }

        Denied denied() {
            return denied;
        }
    }

    /** @param givenKey the kind of key that is given; without, the declared one will be made */
    static Request of(ManagedCertificate certificate, Optional<KeyAlgorithm> givenKey) throws Malformed {
        ManagedCertificateSpec spec = certificate.getSpec();
        checkCommonName(spec);
        return new Request(
                certificate.getMetadata().getNamespace(),
                names(spec),
                givenKey.orElseGet(() -> KeyAlgorithm.of(spec.privateKey())),
                duration(spec),
                Optional.ofNullable(spec.profile()),
                spec.solvers().stream().map(Solver::challengeType).collect(Collectors.toSet()));
    }

    private static List<Identifier> names(ManagedCertificateSpec spec) throws Malformed {
        List<Identifier> names = new ArrayList<>();
        List<NameDenial> malformed = new ArrayList<>();
        read(spec.dnsNames(), Request::dnsName, names, malformed);
        read(spec.ipAddresses(), IpAddress::parse, names, malformed);
        if (!malformed.isEmpty()) {
            throw new Malformed(Denied.each(malformed));
        }
        if (names.isEmpty()) {
            throw new Malformed(new Denied(
                    Reason.InvalidSpec,
                    "spec.dnsNames and spec.ipAddresses are empty: name what the certificate is for",
                    List.of()));
        }
        return names.stream().distinct().toList();
    }

    private interface Reader {
        Identifier read(String text) throws InvalidNameException;
    }

    private static void read(List<String> texts, Reader reader, List<Identifier> names, List<NameDenial> malformed) {
        for (String text : texts) {
            try {
                names.add(reader.read(text));
            } catch (InvalidNameException e) {
                malformed.add(new NameDenial(InvalidNameException.printable(text), Reason.InvalidSpec, e.problem()));
            }
        }
    }

    private static DomainName dnsName(String text) throws InvalidNameException {
        DomainName name = DomainName.parse(text);
        if (name.isPublicSuffix()) {
            throw new InvalidNameException(
                    text, "is a public suffix, for which no CA issues; write a domain below " + name.base());
        }
        return name;
    }

    /** Its length is counted in the certificate, where an internationalised name is longer than as written. */
    private static void checkCommonName(ManagedCertificateSpec spec) throws Malformed {
        String text = spec.commonName();
        if (text == null) {
            return;
        }
        try {
            int length = DomainName.parse(text).ascii().length();
            if (length > LONGEST_COMMON_NAME) {
                throw new InvalidNameException(
                        text, "has " + length + " octets as A-labels, a common name at most " + LONGEST_COMMON_NAME);
            }
        } catch (InvalidNameException e) {
            throw new Malformed(new Denied(Reason.InvalidSpec, "spec.commonName " + e.getMessage(), List.of()));
        }
    }

    private static Optional<Duration> duration(ManagedCertificateSpec spec) throws Malformed {
        String text = spec.duration();
        if (text == null) {
            return Optional.empty();
        }
        try {
            Duration duration = GoDuration.parse(text);
            if (duration.isZero()) {
                throw new InvalidDurationException(text, "is no validity; ask for some time, such as 2160h");
            }
            return Optional.of(duration);
        } catch (InvalidDurationException e) {
            throw new Malformed(new Denied(Reason.InvalidSpec, "spec.duration " + e.getMessage(), List.of()));
        }
    }
}
