package dev.caas.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shredzone.acme4j.Account;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.AcmeJsonResource;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.PollableResource;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Dns01Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeNetworkException;

/** The proxy in the way of a real ACME client that issues by DNS-01. */
@ExtendWith(CaasExtension.class)
class AcmeProxyIT {
    private final String domain = "p" + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) + "." + Bind.ZONE;
    private final List<String> names = List.of("a." + domain, "*.b." + domain);

    @Test
    void requestsAreCountedByNameAndBinding(Stage stage) throws Exception {
        var authority = stage.authority();
        var proxy = stage.acme();

        X509Certificate certificate = issue(stage, account(stage, authority));

        String binding = authority.binding().keyId();
        assertThat(proxy.requests(Step.NEW_ACCOUNT, binding)).isEqualTo(1);
        assertThat(proxy.requests(Step.NEW_ORDER, names.get(0))).isEqualTo(1);
        assertThat(proxy.requests(Step.CHALLENGE, names.get(1))).isEqualTo(1);
        assertThat(proxy.requests(Step.FINALIZE, binding)).isEqualTo(1);
        assertThat(proxy.requests(Step.CERTIFICATE, names.get(1))).isEqualTo(1);
        assertThat(proxy.orders(names.get(0))).isEqualTo(new AcmeProxy.Orders(1, 1));
        assertThat(stage.pebble()
                        .certificateStatus(certificate.getSerialNumber().toString(16)))
                .contains("Valid");
    }

    @Test
    void finalizeIsHeldUntilReleased(Stage stage) throws Exception {
        var account = account(stage, stage.authority());
        var hold = stage.acme().on(Step.FINALIZE).forName(names.get(0)).hold();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var issuing = threads.submit(() -> issue(stage, account));
            hold.awaitReached(Duration.ofSeconds(20));
            assertThat(stage.acme().orders(names.get(0))).isEqualTo(new AcmeProxy.Orders(1, 0));

            hold.release();

            assertThat(issuing.get().getSubjectAlternativeNames()).hasSize(2);
        }
        assertThat(stage.acme().orders(names.get(0)).abandoned()).isZero();
    }

    @Test
    void orderWhoseReplyIsLostCountsAsAbandoned(Stage stage) throws Exception {
        var account = account(stage, stage.authority());
        Rule rule = stage.acme().on(Step.NEW_ORDER).forName(names.get(1)).cutAfter();

        assertThatThrownBy(() -> order(account)).isInstanceOf(AcmeNetworkException.class);

        assertThat(rule.hits()).isPositive();
        assertThat(stage.acme().orders(names.get(1)).abandoned()).isEqualTo(1);
    }

    @Test
    void faultOfOneNameLeavesOthersAlone(Stage stage) throws Exception {
        var account = account(stage, stage.authority());
        stage.acme().on(Step.NEW_ORDER).forNamesContaining("someone-else").cut();
        Rule mine = stage.acme()
                .on(Step.CERTIFICATE)
                .forName(account.binding())
                .once()
                .answer(429, "rateLimited", "too many", Map.of("Retry-After", "3"));

        assertThatThrownBy(() -> issue(stage, account)).hasRootCauseMessage("too many");

        assertThat(mine.hits()).isEqualTo(1);
    }

    @Test
    void removedRuleLetsGoWhatItHolds(Stage stage) throws Exception {
        var account = account(stage, stage.authority());
        var hold = stage.acme().on(Step.NEW_ORDER).forName(names.get(0)).holdAfter();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var ordering = threads.submit(() -> order(account));
            hold.awaitReached(Duration.ofSeconds(20));
            stage.acme().reset(names.get(0));

            assertThat(ordering.get().getIdentifiers()).hasSize(2);
        }
        assertThat(stage.acme().orders(names.get(0)).created()).isZero();
    }

    /** An account and the key identifier it was bound with. */
    private record Bound(Account account, String binding) {}

    private Bound account(Stage stage, Stage.Authority authority) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        var http = HttpClient.newBuilder().sslContext(stage.ca().trusting()).build();
        var session = new Session(URI.create(authority.server())) {
            @Override
            public HttpClient getHttpClient() {
                return http;
            }
        };
        var binding = authority.binding();
        return new Bound(
                new AccountBuilder()
                        .agreeToTermsOfService()
                        .useKeyPair(keys())
                        .withKeyIdentifier(binding.keyId(), binding.macKey())
                        .create(session),
                binding.keyId());
    }

    private Order order(Bound account) throws AcmeException {
        return account.account()
                .newOrder()
                .domains(names)
                .profile(Pebble.PROFILE)
                .create();
    }

    private X509Certificate issue(Stage stage, Bound account) throws Exception {
        Order order = order(account);
        for (var authorization : order.getAuthorizations()) {
            var challenge = authorization.findChallenge(Dns01Challenge.class).orElseThrow();
            String record = "_acme-challenge." + authorization.getIdentifier().getDomain() + ".";
            stage.bind().add(Bind.ZONE, record + " 1 IN TXT " + challenge.getDigest());
            await().until(() -> stage.bind().txtAtSecondary(record).contains(challenge.getDigest()));
            challenge.trigger();
            awaitValid(authorization);
        }
        order.execute(keys());
        awaitValid(order);
        return order.getCertificate().getCertificate();
    }

    /** acme4j's own wait pauses for seconds. */
    private static void awaitValid(PollableResource resource) {
        await().until(() -> {
            if (resource instanceof AcmeJsonResource json) {
                json.fetch();
            }
            return resource.getStatus() == Status.VALID;
        });
    }

    private static KeyPair keys() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }
}
