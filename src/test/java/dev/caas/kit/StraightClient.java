package dev.caas.kit;

import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeOrder;
import dev.caas.acme.AcmeServer;
import dev.caas.acme.ExternalAccountBinding;
import dev.caas.api.ChallengeType;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Solver;
import dev.caas.challenge.dns01.DnsProvider;
import dev.caas.challenge.dns01.Propagation;
import dev.caas.challenge.dns01.Rfc2136Provider;
import dev.caas.challenge.dns01.TxtRecord;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.SigningRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/**
 * What the operator's own ACME layer can do without Kubernetes, to measure the operator against: a process that reads
 * {@code prefix N} a line, issues N certificates of one name each below the domain {@code prefix}, and answers with the
 * milliseconds it took.
 */
public final class StraightClient {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AcmeAccount account;
    private final DnsProvider dns;
    private final Propagation propagation;
    private final Semaphore slots;

    private StraightClient(AcmeAccount account, DnsProvider dns, Propagation propagation, int concurrentOrders) {
        this.account = account;
        this.dns = dns;
        this.propagation = propagation;
        this.slots = new Semaphore(concurrentOrders);
    }

    /** Takes directory, caBundle, key id, MAC key, primary, secondary, TSIG key name, TSIG key, concurrent orders. */
    public static void main(String... args) throws Exception {
        var policy = new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8"));
        var server = new AcmeServer(
                URI.create(args[0]), Base64.getDecoder().decode(args[1]), "straight", policy, Clock.systemUTC());
        var account = server.register(
                CertificateKey.generate(KeyAlgorithm.ECDSA_P256).pair(),
                List.of("bench@example.test"),
                ExternalAccountBinding.of(args[2], args[3], "HS256"));
        var primary = policy.checkServer(args[4], 53);
        var dns =
                new Rfc2136Provider(primary, args[6], Solver.TsigAlgorithm.HMACSHA256, args[7], Duration.ofSeconds(10));
        var propagation = Propagation.at(List.of(primary, policy.checkServer(args[5], 53)));
        new StraightClient(account, dns, propagation, Integer.parseInt(args[8])).serve();
    }

    private void serve() throws IOException, InterruptedException, ExecutionException {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            var words = line.split(" ", -1);
            System.out.println(run(words[0], Integer.parseInt(words[1])));
        }
    }

    private long run(String domain, int count) throws InterruptedException, ExecutionException {
        long start = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<Integer>>();
            for (int i = 0; i < count; i++) {
                var name = "c" + i + "." + domain;
                all.add(threads.submit(() -> issue(name)));
            }
            for (var one : all) {
                one.get();
            }
        }
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    private int issue(String name) throws Exception {
        slots.acquire();
        try {
            var key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
            var order = account.newOrder(List.of(name), Pebble.PROFILE, null, null);
            var records = order.challenges(_ -> ChallengeType.DNS01).stream()
                    .map(AcmeOrder.Dns01.class::cast)
                    .map(c -> new TxtRecord(c.recordName(), c.digest()))
                    .collect(Collectors.toSet());
            dns.present(records);
            propagation.await(records, PATIENCE);
            order.proofsAreReady(_ -> ChallengeType.DNS01);
            order.awaitProofs(PATIENCE);
            dns.cleanup(records);
            order.finalizeWith(SigningRequest.der(key.pair(), List.of(name), null));
            order.awaitCertificate(PATIENCE);
            if (order.state() != AcmeOrder.State.VALID) {
                throw order.whyInvalid();
            }
            return order.certificate().size();
        } finally {
            slots.release();
        }
    }
}
