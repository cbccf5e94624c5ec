package dev.caas.challenge;

import dev.caas.acme.AcmeOrder;
import dev.caas.api.Solver;
import dev.caas.challenge.dns01.AuthoritativeServers;
import dev.caas.challenge.dns01.DnsException;
import dev.caas.challenge.dns01.DnsProvider;
import dev.caas.challenge.dns01.Propagation;
import dev.caas.challenge.dns01.Rfc2136Provider;
import dev.caas.challenge.dns01.TxtRecord;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretText;
import dev.caas.outbound.AddressNotAllowedException;
import dev.caas.outbound.OutboundPolicy;
import io.fabric8.kubernetes.api.model.Secret;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Puts the TXT records of an order's challenges in place, waits until they are seen, and takes them down. */
public final class Dns01Proofs {
    private static final Logger LOG = Logger.getLogger(Dns01Proofs.class);
    /** While a certificate waits for its records it holds one of its account's slots. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private static final Duration EXCHANGE = Duration.ofSeconds(10);
    private static final int DNS_PORT = 53;

    private final SecretStore secrets;
    private final OutboundPolicy policy;
    private final AuthoritativeServers authoritative;

    /** Providers remember zones, so they are kept; a changed key makes a new one. */
    private final Map<ProviderKey, DnsProvider> providers = new ConcurrentHashMap<>();

    private record ProviderKey(
            String namespace, Solver.Rfc2136 config, InetSocketAddress server, String secretVersion) {}

    public Dns01Proofs(SecretStore secrets, OutboundPolicy policy) {
        this.secrets = secrets;
        this.policy = policy;
        this.authoritative = new AuthoritativeServers(null, policy);
    }

    /**
     * Puts up the records of all challenges and returns when every server to be asked has them.
     *
     * @param solvers the solver for each challenge
     */
    public void present(Map<AcmeOrder.Dns01, PlacedSolver> solvers)
            throws SolverException, DnsException, InterruptedException {
        for (var group : bySolver(solvers).entrySet()) {
            provider(group.getKey()).present(group.getValue());
        }
        for (var group : bySolver(solvers).entrySet()) {
            awaitPropagation(group.getKey(), group.getValue());
        }
    }

    /** Takes down what {@link #present} put up. A record that stays harms nobody: that is logged, not thrown. */
    public void cleanup(Map<AcmeOrder.Dns01, PlacedSolver> solvers) {
        for (var group : bySolver(solvers).entrySet()) {
            try {
                provider(group.getKey()).cleanup(group.getValue());
            } catch (SolverException | DnsException e) {
                LOG.warnf(
                        "TXT records at %s were left behind: %s",
                        group.getValue().stream().map(TxtRecord::name).toList(), e.getMessage());
            }
        }
    }

    private static Map<PlacedSolver, Set<TxtRecord>> bySolver(Map<AcmeOrder.Dns01, PlacedSolver> solvers) {
        var groups = new LinkedHashMap<PlacedSolver, Set<TxtRecord>>();
        solvers.forEach((challenge, solver) -> groups.computeIfAbsent(solver, s -> new HashSet<>())
                .add(new TxtRecord(challenge.recordName(), challenge.digest())));
        return groups;
    }

    private void awaitPropagation(PlacedSolver solver, Set<TxtRecord> records)
            throws SolverException, DnsException, InterruptedException {
        var how = Optional.ofNullable(dns01(solver).propagation()).orElse(Solver.Propagation.standard());
        if (how.skip()) {
            return;
        }
        var propagation = how.nameservers().isEmpty()
                ? Propagation.authoritative(provider(solver), authoritative)
                : Propagation.at(addresses(how.nameservers()));
        propagation.await(records, timeout(how));
    }

    private static Duration timeout(Solver.Propagation how) throws SolverException {
        try {
            var timeout = GoDuration.parse(how.timeout());
            return timeout.compareTo(LONGEST_WAIT) < 0 ? timeout : LONGEST_WAIT;
        } catch (InvalidDurationException e) {
            throw new SolverException("propagation.timeout: " + e.getMessage());
        }
    }

    private static Solver.Dns01 dns01(PlacedSolver solver) {
        return Objects.requireNonNull(solver.solver().dns01());
    }

    private DnsProvider provider(PlacedSolver solver) throws SolverException, DnsException {
        var config = dns01(solver).rfc2136();
        var name = new ObjectName(solver.namespace(), config.tsigSecretRef().name());
        var secret = secrets.read(name)
                .orElseThrow(
                        () -> new SolverException("Secret " + name + " with the TSIG key does not exist; create it with"
                                + " key '" + config.tsigSecretRef().key() + "'"));
        // Resolved and checked each time: the name may point elsewhere by now.
        var server = address(config.nameserver());
        var key = new ProviderKey(
                solver.namespace(),
                config,
                server,
                secret.getMetadata().getUid() + secret.getMetadata().getResourceVersion());
        var known = providers.get(key);
        if (known != null) {
            return known;
        }
        var provider = new Rfc2136Provider(
                server,
                config.tsigKeyName(),
                config.tsigAlgorithm(),
                tsigKey(secret, name, config.tsigSecretRef().key()),
                EXCHANGE);
        providers.keySet().removeIf(k -> k.namespace.equals(key.namespace) && k.config.equals(key.config));
        providers.put(key, provider);
        return provider;
    }

    private static String tsigKey(Secret secret, ObjectName name, String key) throws SolverException {
        return SecretText.of(secret, key)
                .orElseThrow(
                        () -> new SolverException("Secret " + name + " has no key '" + key + "' with the TSIG key"));
    }

    private List<InetSocketAddress> addresses(List<String> servers) throws DnsException {
        var addresses = new ArrayList<InetSocketAddress>();
        for (var server : servers) {
            addresses.add(address(server));
        }
        return addresses;
    }

    private InetSocketAddress address(String server) throws DnsException {
        try {
            return policy.checkServer(server, DNS_PORT);
        } catch (AddressNotAllowedException e) {
            throw new DnsException(
                    DnsException.Kind.ADDRESS_NOT_ALLOWED, e.getMessage() == null ? "" : e.getMessage(), e);
        } catch (UnknownHostException e) {
            throw new DnsException(
                    DnsException.Kind.UNREACHABLE, "name server " + server + " does not resolve; check the solver", e);
        }
    }
}
