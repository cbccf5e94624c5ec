package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Pebble;
import dev.caas.kit.Rule;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A CA that fails, refuses, asks to wait, talks nonsense or says nothing: the status tells what happened and when it is
 * tried again, nothing is ordered twice, and what was ordered is not lost.
 */
@ExtendWith(CaasExtension.class)
class FailureIT {
    private static final String URN = "urn:ietf:params:acme:error:";

    /** Does not change the certificate, but makes the operator try at once. */
    private static final String TOUCH = "renewBeforePercentage: 40";

    @Test
    void aServerErrorIsToldAndTriedAgainSoon(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.acme().on(Step.NEW_ORDER).forName(name).once().answer(500, "serverInternal", "the database is down");

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);

        assertFailure(status, "newOrder", "serverInternal", "the database is down");
        assertThat(status.attempts()).isEqualTo(1);
        assertThat(status.nextAttempt()).isBetween(Instant.now(), Instant.now().plusSeconds(10));
        assertThat(condition(status, Conditions.READY)).contains("newOrder").contains("the database is down");
        assertThat(new Conditions(status.conditions()).isTrue(Conditions.RECONCILING))
                .isTrue();
        var issued = customer.awaitIssued("www");
        assertThat(issued.issuedAt()).isAfterOrEqualTo(status.nextAttempt());
        assertThat(issued.attempts()).isNull();
        assertThat(issued.nextAttempt()).isNull();
        assertThat(issued.lastFailure()).isNull();
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void attemptsAreSpacedFurtherAndFurther(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        Rule down = customer.acme().on(Step.NEW_ORDER).forName(name).answer(500, "serverInternal", "still down");

        customer.declare("www", name);
        soon().untilAsserted(() -> assertThat(
                        customer.awaitNotNow("www", Reason.Failed).attempts())
                .isEqualTo(2));

        var status = customer.status("www");
        assertThat(Duration.between(failure(status).time(), status.nextAttempt()))
                .isBetween(Duration.ofSeconds(9), Duration.ofSeconds(14));
        assertThat(down.hits()).isEqualTo(2);
        soon().alias("the second failure is counted in the Event of the first")
                .untilAsserted(() -> assertThat(customer.events("www"))
                        .singleElement()
                        .satisfies(e -> assertThat(e.getType()).isEqualTo("Warning"))
                        .satisfies(e -> assertThat(e.getReason()).isEqualTo("Failed"))
                        .satisfies(e -> assertThat(e.getNote()).contains("still down"))
                        .satisfies(e -> assertThat(e.getSeries().getCount()).isEqualTo(2)));
    }

    @ParameterizedTest
    @CsvSource({
        "NEW_ORDER, 503, serverInternal",
        "NEW_ORDER, 429, rateLimited",
        "CHALLENGE, 429, rateLimited",
        "FINALIZE,  429, rateLimited"
    })
    void whenTheCaAsksToWaitTheWholeAccountDoesAndNobodyElse(
            Step step, int code, String problem, TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("first"), namespace.dnsName("second"));
        var neighbour = neighbourOf(namespace);
        Rule busy = customer.acme()
                .on(step)
                .forName(names.getFirst())
                .once()
                .answer(code, problem, "come back later", Map.of("Retry-After", "6"));

        customer.declare("first", names.getFirst());
        var first = customer.awaitNotNow("first", Reason.RateLimited);
        customer.declare("second", names.getLast());
        var second = customer.awaitNotNow("second", Reason.RateLimited);
        var told = account(customer).retryAfter();
        long asked = customer.acme().requests(Step.NEW_ORDER, names.getLast());
        neighbour.declare("www", "www.neighbour." + namespace.domain());
        assertThat(account(neighbour).retryAfter()).isNull();
        neighbour.awaitIssued("www");

        assertFailure(first, label(step), problem, "come back later");
        assertThat(first.attempts()).isEqualTo(1);
        assertThat(Duration.between(failure(first).time(), first.nextAttempt()))
                .isBetween(Duration.ofSeconds(6), Duration.ofSeconds(9));
        assertThat(second.nextAttempt()).isEqualTo(first.nextAttempt());
        assertThat(second.lastFailure()).isNull();
        assertThat(told).isEqualTo(first.nextAttempt());
        assertThat(asked).isZero();

        assertThat(customer.awaitIssued("first").issuedAt()).isAfterOrEqualTo(first.nextAttempt());
        assertThat(customer.awaitIssued("second").issuedAt()).isAfterOrEqualTo(first.nextAttempt());
        assertThat(busy.hits()).isEqualTo(1);
        soon().untilAsserted(() -> assertThat(account(customer).retryAfter()).isNull());
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"NEW_ORDER", "AUTHORIZATION", "CERTIFICATE"})
    void garbageIsNotTakenForAReply(Step step, TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        Rule rule = customer.acme().on(step).forName(name).once().garbage();

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);

        assertThat(rule.hits()).isEqualTo(1);
        assertThat(failure(status).step()).isEqualTo(label(step));
        assertThat(failure(status).type()).isEqualTo("about:blank");
        assertThat(failure(status).detail()).contains("unusable reply");
        assertThat(status.attempts()).isEqualTo(1);
        assertThat(status.nextAttempt()).isBefore(Instant.now().plusSeconds(10));
        assertThat(customer.secret("www-tls")).isEmpty();
        customer.change("www", TOUCH);
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    /** The reply to finalize is not needed: the order tells. */
    @Test
    void garbageInReplyToFinalizeIsAskedAboutAndThenFinalizedAgain(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        Rule garbage = customer.acme().on(Step.FINALIZE).forName(name).once().garbage();

        customer.declare("www", name);
        customer.awaitNotNow("www", Reason.WaitingForCA);
        customer.change("www", TOUCH);
        customer.awaitIssued("www");

        assertThat(garbage.hits()).isEqualTo(1);
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    /** Whether the CA got the request or not, the same order goes on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionCutAtFinalizeLosesNothing(boolean afterTheCaDidIt, TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var rule = customer.acme().on(Step.FINALIZE).forName(name).once();
        Rule cut = afterTheCaDidIt ? rule.cutAfter() : rule.cut();

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);
        customer.change("www", TOUCH);
        customer.awaitIssued("www");

        assertThat(cut.hits()).isEqualTo(1);
        assertThat(failure(status).step()).isEqualTo("finalize");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().requests(Step.FINALIZE, name)).isEqualTo(afterTheCaDidIt ? 1 : 2);
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
    }

    @Test
    void silenceIsNotWaitedForForever(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        var hold = customer.acme().on(Step.NEW_ORDER).forName(name).once().hold();
        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);
        hold.drop();

        assertThat(failure(status).step()).isEqualTo("newOrder");
        assertThat(failure(status).detail()).contains("no whole reply within 20 s");
        customer.change("www", TOUCH);
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void aStormOfBadNoncesPasses(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        Rule storm = customer.acme()
                .on(Step.NEW_ORDER)
                .forName(name)
                .times(15)
                .answer(400, "badNonce", "stale", Map.of("Replay-Nonce", "bm9uY2U"));

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);
        customer.change("www", TOUCH);
        customer.awaitIssued("www");

        assertFailure(status, "newOrder", "badNonce", "stale");
        assertThat(storm.hits()).isEqualTo(15);
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    /** Left alone, the next attempt would be an hour away. */
    @Test
    void aServerThatIsNotTrustedIsToldAndAnotherCaBundleHelpsAtOnce(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
        var another = customer.served("www-tls").chain().toPem();
        var account = namespace.get(CaaSAccount.class, Contract.ACCOUNT);
        Edit.spec(
                customer.client(),
                account,
                "caBundle: " + Base64.getEncoder().encodeToString(another.getBytes(StandardCharsets.UTF_8)));
        Expect.ready(customer.client(), account);

        customer.declare("more", namespace.dnsName("more"));
        var status = customer.awaitNotNow("more", Reason.UntrustedServer);

        assertStalledForLong(status);
        Edit.spec(
                customer.client(),
                account,
                "caBundle: " + customer.contract().authority().caBundle());
        customer.awaitIssued("more");
    }

    @Test
    void aNameThatTheCaDoesNotServeIsNamedAndRemovingItHelpsAtOnce(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.contract().subscription("blocked", Pebble.BLOCKED, true);
        var blocked = namespace.name() + "." + Pebble.BLOCKED;
        var good = namespace.dnsName("www");

        customer.declare("www", good, blocked);
        var status = customer.awaitNotNow("www", Reason.Failed);

        assertThat(failure(status).step()).isEqualTo("newOrder");
        assertThat(failure(status).type()).isEqualTo(URN + "rejectedIdentifier");
        assertThat(failure(status).detail()).contains(blocked);
        assertStalledForLong(status);
        customer.change("www", "dnsNames: " + customer.yamlOf(List.of(good)));
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(good)).isEqualTo(new Orders(1, 1));
    }

    @Test
    void whatTheCaSaysOfEachNameIsTold(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.acme()
                .on(Step.NEW_ORDER)
                .forName(name)
                .once()
                .answerWith(403, "application/problem+json", """
                {"type": "urn:ietf:params:acme:error:malformed", "detail": "Some names were refused", "subproblems": [
                  {"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "is on our list",
                   "identifier": {"type": "dns", "value": "%s"}}]}""".formatted(name), Map.of());

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);

        assertFailure(status, "newOrder", "malformed", "Some names were refused");
        assertThat(failure(status).subproblems())
                .containsExactly(name + ": " + URN + "rejectedIdentifier: is on our list");
        assertThat(condition(status, Conditions.STALLED)).contains("is on our list");
        assertStalledForLong(status);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(Step.NEW_ORDER, 403, "caa", "CAA record for www forbids issuance", Reason.Failed),
                Arguments.of(
                        Step.NEW_ORDER,
                        403,
                        "userActionRequired",
                        "Agree to the new terms at https://ca.test/tos",
                        Reason.TermsChanged),
                Arguments.of(
                        Step.NEW_ORDER,
                        429,
                        "rateLimited",
                        "This name is paused: visit https://ca.test/unpause",
                        Reason.CAPaused),
                Arguments.of(Step.FINALIZE, 403, "unauthorized", "The account may not do this", Reason.Failed));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRefusalIsNotRepeatedUntilSomethingChanges(
            Step step, int code, String problem, String detail, Reason reason, TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        Rule refusal = customer.acme().on(step).forName(name).once().answer(code, problem, detail);

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", reason);

        assertFailure(status, label(step), problem, detail);
        assertThat(condition(status, Conditions.STALLED)).contains(detail);
        assertStalledForLong(status);
        customer.change("www", TOUCH);
        customer.awaitIssued("www");
        assertThat(refusal.hits()).isEqualTo(1);
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    @Test
    void aProfileTheCaDoesNotHaveIsAClearFailure(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        customer.declare("www", List.of(name), "profile: platinum");
        var status = customer.awaitNotNow("www", Reason.InvalidSpec);

        assertThat(failure(status).step()).isEqualTo("newOrder");
        assertThat(failure(status).detail()).contains("no profile 'platinum'", "default, minute, seconds");
        assertThat(customer.acme().requests(Step.NEW_ORDER, name)).isZero();
        assertStalledForLong(status);
        customer.change("www", "profile: default");
        customer.awaitIssued("www");
    }

    @Test
    void aCertificateForOtherNamesIsNotUsed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("other", namespace.dnsName("other"));
        customer.awaitIssued("other");
        answerWithTheChainOf(customer, "other-tls", name);

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);

        assertThat(failure(status).step()).isEqualTo("certificate");
        assertThat(failure(status).detail()).contains("is not what was ordered").contains("not for " + name);
        assertThat(customer.secret("www-tls")).isEmpty();
        assertStalledForLong(status);
        customer.change("www", TOUCH);
        customer.awaitIssued("www");
        assertThat(customer.served("www-tls").names()).containsExactly(name);
    }

    @Test
    void aCertificateForAnotherKeyIsNotUsed(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("earlier", name);
        customer.awaitIssued("earlier");
        answerWithTheChainOf(customer, "earlier-tls", name);

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.Failed);

        assertThat(failure(status).step()).isEqualTo("certificate");
        assertThat(failure(status).detail()).contains("private key does not belong to the certificate");
        assertThat(customer.secret("www-tls")).isEmpty();
        customer.change("www", TOUCH);
        customer.awaitIssued("www");
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
    }

    @Test
    void anOrderTheCaIsStillAtWorkOnIsWaitedForAndNotRepeated(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        Rule processing;
        try (var hold = customer.acme().on(Step.FINALIZE).forName(name).hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            processing = customer.acme()
                    .on(Step.ORDER)
                    .forName(name)
                    .answerWith(200, "application/json", "{\"status\": \"processing\"}", Map.of("Retry-After", "60"));
        }
        var status = customer.awaitNotNow("www", Reason.WaitingForCA);

        assertThat(processing.hits()).isPositive();
        assertThat(status.attempts()).isNull();
        assertThat(status.lastFailure()).isNull();
        assertThat(status.nextAttempt())
                .isBetween(Instant.now().plusSeconds(50), Instant.now().plusSeconds(70));
        assertThat(new Conditions(status.conditions()).isTrue(Conditions.RECONCILING))
                .isTrue();
        processing.remove();
        customer.change("www", TOUCH);
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().requests(Step.FINALIZE, name)).isEqualTo(1);
    }

    @Test
    void anAccountTheCaDoesNotKnowIsLookedUpAgainAndTheCertificateIssued(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var binding = customer.contract().authority().binding().keyId();
        customer.acme().on(Step.NEW_ORDER).forName(name).once().answer(400, "accountDoesNotExist", "who are you?");

        customer.declare("www", name);
        soon().until(() -> customer.status("www").lastFailure() != null);
        var status = customer.awaitNotNow("www", Reason.AccountNotReady);
        var issued = customer.awaitIssued("www");

        assertFailure(status, "newOrder", "accountDoesNotExist", "who are you?");
        assertThat(customer.acme().requests(Step.NEW_ACCOUNT, binding))
                .as("registered once, looked up once")
                .isEqualTo(2);
        assertThat(customer.events(Contract.ACCOUNT)).anyMatch(e -> e.getNote().startsWith("Found again at"));
        assertThat(issued.accountUrl()).isEqualTo(account(customer).accountUrl());
    }

    @Test
    void anOrderTheCaDoesNotKnowAnyMoreIsPlacedAgain(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.acme().on(Step.FINALIZE).forName(name).once().cut();
        customer.declare("www", name);
        customer.awaitNotNow("www", Reason.Failed);
        Rule forgotten = customer.acme().on(Step.ORDER).forName(name).once().answer(404, "malformed", "no such order");

        customer.change("www", TOUCH);
        customer.awaitIssued("www");

        assertThat(forgotten.hits()).isEqualTo(1);
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(2, 1));
    }

    static Customer neighbourOf(TestNamespace namespace) {
        var stage = namespace.stage();
        return new Customer(new Contract(stage, stage.namespace("neighbour"), stage.authority())
                .signed("neighbour." + namespace.domain()));
    }

    private static CaaSAccountStatus account(Customer customer) {
        return customer.client()
                .resources(CaaSAccount.class)
                .inNamespace(customer.contract().namespace())
                .withName(Contract.ACCOUNT)
                .require()
                .getStatus();
    }

    private static void answerWithTheChainOf(Customer customer, String secret, String name) {
        var pem = new String(
                Base64.getDecoder()
                        .decode(customer.secret(secret).orElseThrow().getData().get("tls.crt")),
                StandardCharsets.US_ASCII);
        customer.acme()
                .on(Step.CERTIFICATE)
                .forName(name)
                .once()
                .answerWith(200, "application/pem-certificate-chain", pem, Map.of());
    }

    private static void assertFailure(ManagedCertificateStatus status, String step, String problem, String detail) {
        assertThat(failure(status).step()).isEqualTo(step);
        assertThat(failure(status).type()).isEqualTo(URN + problem);
        assertThat(failure(status).detail()).isEqualTo(detail);
        assertThat(failure(status).time()).isBetween(Instant.now().minusSeconds(60), Instant.now());
    }

    private static void assertStalledForLong(ManagedCertificateStatus status) {
        assertThat(new Conditions(status.conditions()).isTrue(Conditions.STALLED))
                .isTrue();
        assertThat(status.attempts()).isEqualTo(1);
        assertThat(status.nextAttempt()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
    }

    private static String condition(ManagedCertificateStatus status, String type) {
        return new Conditions(status.conditions()).get(type).orElseThrow().getMessage();
    }

    private static String label(Step step) {
        return switch (step) {
            case NEW_ORDER -> "newOrder";
            case AUTHORIZATION -> "authorization";
            case CHALLENGE -> "challenge";
            case FINALIZE -> "finalize";
            case CERTIFICATE -> "certificate";
            default -> throw new IllegalArgumentException(step.name());
        };
    }
}
