package dev.caas.acme;

import dev.caas.api.ChallengeType;
import java.net.URL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Dns01Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.challenge.TokenChallenge;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;

/** An order (RFC 8555 section 7.1.3) on its way to a certificate. For one thread at a time. */
public final class AcmeOrder {
    private static final Logger LOG = Logger.getLogger(AcmeOrder.class);
    private static final Duration FIRST_POLL = Duration.ofMillis(100);
    private static final Duration SLOWEST_POLL = Duration.ofSeconds(2);
    private static final int TOLERATED_POLL_FAILURES = 3;
    private static final int MOST_ALTERNATES = 10;

    private final Order order;
    private List<Authorization> authorizations = List.of();

    AcmeOrder(Order order) {
        this.order = order;
    }

    /** An order's states (RFC 8555 section 7.1.6). */
    public enum State {
        PENDING,
        READY,
        PROCESSING,
        VALID,
        INVALID
    }

    /** A proof of control that the CA asks for. */
    public sealed interface Challenge {
        /** The name to be proven, a wildcard with its {@code *.}; or the IP address. */
        String name();
    }

    /**
     * By DNS (RFC 8555 section 8.4).
     *
     * @param recordName where the TXT record goes, without trailing dot
     * @param digest the TXT record's value
     */
    public record Dns01(String name, String recordName, String digest) implements Challenge {}

    /**
     * By HTTP (RFC 8555 section 8.3).
     *
     * @param token last part of the path that the CA asks for
     * @param keyAuthorization the answer
     */
    public record Http01(String name, String token, String keyAuthorization) implements Challenge {}

    /** The order's URL, by which it can be taken up again. */
    public URL url() {
        return order.getLocation();
    }

    /** What the order is for: A-labels in lower case, and IP addresses as RFC 5952 writes them; sorted. */
    public List<String> names() throws AcmeFailure {
        return Failures.sorted(
                Step.ORDER,
                () -> order.getIdentifiers().stream().map(Names::text).sorted().toList());
    }

    /** The state as last seen. */
    public State state() throws AcmeFailure {
        return Failures.sorted(Step.ORDER, () -> switch (order.getStatus()) {
            case PENDING -> State.PENDING;
            case READY -> State.READY;
            case PROCESSING -> State.PROCESSING;
            case VALID -> State.VALID;
            case INVALID -> State.INVALID;
            default ->
                throw new org.shredzone.acme4j.exception.AcmeProtocolException(
                        "order status " + order.getStatus().name().toLowerCase(Locale.ROOT));
        });
    }

    /**
     * The challenges of this order, proven or not, so that their proofs can be put up and taken down. An authorization
     * that is already valid may have none of the type.
     *
     * @param type the type of challenge to answer for each name
     * @throws AcmeFailure BLOCKED if a pending authorization does not offer the type
     */
    public List<Challenge> challenges(Function<String, ChallengeType> type) throws AcmeFailure {
        var challenges = new ArrayList<Challenge>();
        var ordered = names();
        for (var authorization : authorizations()) {
            Failures.sorted(Step.AUTHORIZATION, () -> {
                var name = name(authorization);
                if (!ordered.contains(name)) {
                    throw new AcmeNotSupportedException("an authorization for a name that was not ordered");
                }
                var challenge = challenge(authorization, type.apply(name));
                if (challenge.isEmpty() && authorization.getStatus() == Status.PENDING) {
                    throw new AcmeNotSupportedException(type.apply(name).label() + " for " + name);
                }
                challenge.ifPresent(c -> challenges.add(proof(name, c)));
                return challenges;
            });
        }
        return List.copyOf(challenges);
    }

    private static String name(Authorization authorization) {
        var name = Names.text(authorization.getIdentifier());
        return authorization.isWildcard() ? "*." + name : name;
    }

    private static Optional<? extends TokenChallenge> challenge(Authorization authorization, ChallengeType type) {
        return type == ChallengeType.HTTP01
                ? authorization.findChallenge(Http01Challenge.class)
                : authorization.findChallenge(Dns01Challenge.class);
    }

    private static Challenge proof(String name, TokenChallenge challenge) {
        if (challenge instanceof Dns01Challenge dns) {
            var host = name.startsWith("*.") ? name.substring(2) : name;
            return new Dns01(name, Dns01Challenge.RECORD_NAME_PREFIX + "." + host, dns.getDigest());
        }
        var http = (Http01Challenge) challenge;
        return new Http01(name, http.getToken(), http.getAuthorization());
    }

    /** Whether any authorization still waits for its proof. */
    public boolean needsProof() throws AcmeFailure {
        for (var authorization : authorizations()) {
            if (Failures.sorted(Step.AUTHORIZATION, authorization::getStatus) == Status.PENDING) {
                return true;
            }
        }
        return false;
    }

    /** Tells the CA that the proofs of all pending authorizations are in place (RFC 8555 section 7.5.1). */
    public void proofsAreReady(Function<String, ChallengeType> type) throws AcmeFailure {
        for (var authorization : authorizations()) {
            Failures.sorted(Step.CHALLENGE, () -> {
                if (authorization.getStatus() == Status.PENDING) {
                    var challenge = challenge(authorization, type.apply(name(authorization)))
                            .orElseThrow();
                    // A challenge that is processing was told before a restart: it is not told again.
                    if (challenge.getStatus() == Status.PENDING) {
                        challenge.trigger();
                    }
                }
                return order;
            });
        }
    }

    private List<Authorization> authorizations() throws AcmeFailure {
        if (authorizations.isEmpty()) {
            var all = Failures.sorted(Step.ORDER, order::getAuthorizations);
            for (var authorization : all) {
                Failures.sorted(Step.AUTHORIZATION, authorization::fetch);
            }
            authorizations = all;
        }
        return authorizations;
    }

    /**
     * Waits until the CA has decided on the proofs: READY, VALID or INVALID; or until the time is over.
     *
     * @return when the CA wants to be asked again, if it has not decided
     */
    public Optional<Instant> awaitProofs(Duration atMost) throws AcmeFailure, InterruptedException {
        return await(EnumSet.of(State.READY, State.VALID, State.INVALID, State.PROCESSING), atMost);
    }

    /** Waits until the CA has issued or refused: VALID or INVALID; or until the time is over. */
    public Optional<Instant> awaitCertificate(Duration atMost) throws AcmeFailure, InterruptedException {
        return await(EnumSet.of(State.VALID, State.INVALID), atMost);
    }

    private Optional<Instant> await(Set<State> wanted, Duration atMost) throws AcmeFailure, InterruptedException {
        var deadline = Instant.now().plus(atMost);
        var pause = FIRST_POLL;
        int failures = 0;
        while (true) {
            var retryAfter = Optional.<Instant>empty();
            try {
                retryAfter = Failures.sorted(Step.ORDER, order::fetch);
                failures = 0;
            } catch (AcmeFailure e) {
                boolean passing = e.kind() == AcmeFailure.Kind.RETRY || e.kind() == AcmeFailure.Kind.UNREACHABLE;
                if (!passing || ++failures > TOLERATED_POLL_FAILURES) {
                    throw e;
                }
            }
            if (failures == 0 && wanted.contains(state())) {
                return Optional.empty();
            }
            var next = Instant.now().plus(pause);
            if (retryAfter.isPresent() && retryAfter.get().isAfter(next)) {
                next = retryAfter.get();
            }
            if (next.isAfter(deadline)) {
                return Optional.of(next);
            }
            Thread.sleep(Duration.between(Instant.now(), next).plusMillis(1));
            pause = pause.multipliedBy(3).dividedBy(2);
            pause = pause.compareTo(SLOWEST_POLL) > 0 ? SLOWEST_POLL : pause;
        }
    }

    /** Why the order is INVALID: the problem of the order, or of the first challenge that failed. */
    public AcmeFailure whyInvalid() throws AcmeFailure {
        for (var authorization : Failures.sorted(Step.ORDER, order::getAuthorizations)) {
            Failures.sorted(Step.AUTHORIZATION, authorization::fetch);
            for (var challenge : Failures.sorted(Step.AUTHORIZATION, authorization::getChallenges)) {
                var problem = Failures.sorted(Step.AUTHORIZATION, challenge::getError);
                if (problem.isPresent()) {
                    return Failures.problem(Step.CHALLENGE, 400, problem.get(), null);
                }
            }
        }
        var problem = Failures.sorted(Step.ORDER, order::getError);
        return problem.isPresent()
                ? Failures.problem(Step.FINALIZE, 400, problem.get(), null)
                : new AcmeFailure(
                        AcmeFailure.Kind.RETRY,
                        Step.ORDER,
                        "about:blank",
                        "the CA made the order invalid without saying why (it may have expired)",
                        List.of(),
                        null,
                        null);
    }

    /**
     * Asks for the certificate (RFC 8555 section 7.4).
     *
     * @param csr PKCS#10 request, DER
     */
    public void finalizeWith(byte[] csr) throws AcmeFailure {
        Failures.sorted(Step.FINALIZE, () -> {
            order.execute(csr);
            return order;
        });
    }

    /** Downloads the certificate of a VALID order, leaf first (RFC 8555 section 7.4.2). */
    public List<X509Certificate> certificate() throws AcmeFailure {
        return Failures.sorted(Step.CERTIFICATE, () -> order.getCertificate().getCertificateChain());
    }

    /**
     * Downloads the further chains that the CA offers for the certificate, one after the other, until one is as wanted.
     * One that the CA announces but does not give out is passed over.
     */
    public Optional<List<X509Certificate>> alternate(Predicate<List<X509Certificate>> wanted) throws AcmeFailure {
        var alternates =
                Failures.sorted(Step.CERTIFICATE, () -> order.getCertificate().getAlternateCertificates());
        for (var alternate : alternates.subList(0, Math.min(alternates.size(), MOST_ALTERNATES))) {
            try {
                var chain = Failures.sorted(Step.CERTIFICATE, alternate::getCertificateChain);
                if (wanted.test(chain)) {
                    return Optional.of(chain);
                }
            } catch (AcmeFailure e) {
                LOG.infof("An alternate chain of %s is passed over: %s", order.getLocation(), e.getMessage());
            }
        }
        return Optional.empty();
    }

    /** The certificate's URL at the CA. */
    public URL certificateUrl() throws AcmeFailure {
        return Failures.sorted(Step.CERTIFICATE, () -> order.getCertificate().getLocation());
    }
}
