package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.acme.AcmeServer;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.Reason;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Hold;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.pki.CertificateKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Killed at any step, the operator goes on with the order it had: nothing is ordered twice, nothing is left behind. */
@ExtendWith(CaasExtension.class)
class CrashIT {
    /** What is asked for no order: registration is tested below, the rest where it belongs. */
    private static final Set<Step> BESIDE_ORDERS =
            EnumSet.of(Step.NEW_ACCOUNT, Step.ACCOUNT, Step.OTHER, Step.KEY_CHANGE, Step.REVOKE_CERT);

    /** Requests that do not say what they are for. */
    private static final Set<Step> NAMELESS = EnumSet.of(Step.DIRECTORY, Step.NEW_NONCE);

    /** Every step of an order, but the one gap, which has a test of its own. */
    static Stream<Arguments> kills() {
        return Stream.of(Step.values())
                .filter(step -> !BESIDE_ORDERS.contains(step))
                .flatMap(step -> Stream.of(false, true).map(after -> Arguments.of(step, after)))
                .filter(kill -> !Arrays.equals(kill.get(), new Object[] {Step.NEW_ORDER, true}));
    }

    /** Before: the CA has not heard of the request. After: it did what was asked, and the operator does not know. */
    @ParameterizedTest
    @MethodSource("kills")
    void aKilledOperatorGoesOnWithItsOrder(
            Step step, boolean after, TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.awaitRegistered();
        if (NAMELESS.contains(step)) {
            // What it asked for before, it remembers.
            operator.kill();
            operator.startAgain().awaitReady();
        }

        var hold = hold(customer, step, name, after);
        customer.declare("www", name);
        hold.awaitReached(Expect.LIMIT);
        killAndStartAgain(operator, hold);
        System.out.println("killed " + (after ? "after " : "before ") + step);
        customer.awaitIssued("www");

        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
        assertThat(customer.served("www-tls").names()).containsExactly(name);
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    /** The one gap: the CA has accepted the order, and nobody who lives knows its URL. */
    @Test
    void anOrderWhoseUrlWasNeverSeenIsTheOnlyOneAbandoned(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        var hold = hold(customer, Step.NEW_ORDER, name, true);
        customer.declare("www", name);
        hold.awaitReached(Expect.LIMIT);
        killAndStartAgain(operator, hold);
        customer.awaitIssued("www");

        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(2, 1));
        assertThat(customer.served("www-tls").keyMatches()).isTrue();
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    @Test
    void anOrderOfManyNamesKilledHalfProvenIsGoneOnWith(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var names = List.of("*." + namespace.domain(), namespace.domain(), namespace.dnsName("www"));

        var hold = hold(customer, Step.CHALLENGE, names.getLast(), false);
        customer.declare("many", names, "{}");
        hold.awaitReached(Expect.LIMIT);
        killAndStartAgain(operator, hold);
        customer.awaitIssued("many");

        assertThat(customer.acme().orders(names.getLast())).isEqualTo(new Orders(1, 1));
        assertThat(customer.served("many-tls").names()).containsExactlyInAnyOrderElementsOf(names);
        customer.awaitNothingLeftOfOrder("many", names);
    }

    /** A kept order is for a declaration that is not there any more: it must not get into the Secret. */
    @Test
    void anOrderWhoseDeclarationChangedMeanwhileIsNotUsed(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("www"), namespace.dnsName("more"));

        var hold = hold(customer, Step.CHALLENGE, names.getFirst(), false);
        customer.declare("www", names.getFirst());
        hold.awaitReached(Expect.LIMIT);
        operator.kill();
        customer.change("www", "dnsNames: " + customer.yamlOf(names));
        hold.drop();
        operator.startAgain().awaitReady();
        customer.awaitIssued("www");

        assertThat(customer.served("www-tls").names()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(customer.acme().orders(names.getLast())).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().orders(names.getFirst())).isEqualTo(new Orders(2, 1));
        customer.awaitNothingLeftOfOrder("www", names);
    }

    @Test
    void anUnreadableCheckpointIsReplaced(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");

        var hold = hold(customer, Step.FINALIZE, name, false);
        customer.declare("www", name);
        hold.awaitReached(Expect.LIMIT);
        operator.kill();
        customer.client()
                .secrets()
                .inNamespace(namespace.name())
                .withName("www-checkpoint")
                .edit(secret -> {
                    secret.setData(Map.of("order.json", "e30="));
                    return secret;
                });
        hold.drop();
        operator.startAgain().awaitReady();
        customer.awaitIssued("www");

        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(2, 1));
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAccountIsRegisteredOnceHoweverOftenItIsTried(
            boolean after, TestNamespace namespace, OperatorProcess operator) throws Exception {
        var authority = namespace.stage().authority();
        var binding = authority.binding().keyId();
        var registration =
                namespace.stage().acme().on(Step.NEW_ACCOUNT).forName(binding).once();
        var hold = after ? registration.holdAfter() : registration.hold();

        var customer = Customer.signed(namespace, authority);
        hold.awaitReached(Expect.LIMIT);
        var key = accountKey(customer);
        killAndStartAgain(operator, hold);
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");

        assertThat(accountKey(customer)).as("the key that was stored first").isEqualTo(key);
        assertThat(knownAtCa(namespace, authority.server(), key))
                .isEqualTo(account(customer).accountUrl());
        var registered = operator.auditLines().stream()
                .filter(line -> line.path("subject").asText().equals("CaaSAccount/" + namespace.name() + "/acme"))
                .map(line -> line.path("type").asText())
                .filter(type -> type.startsWith("dev.caas.account."))
                .toList();
        assertThat(registered).containsExactly(after ? "dev.caas.account.recovered" : "dev.caas.account.registered");
    }

    @Test
    void theTimeTheCaAskedForIsWaitedForAcrossARestart(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var names = List.of(namespace.dnsName("first"), namespace.dnsName("second"));
        customer.acme()
                .on(Step.NEW_ORDER)
                .forName(names.getFirst())
                .once()
                .answer(429, "rateLimited", "later", Map.of("Retry-After", "12"));
        customer.declare("first", names.getFirst());
        var until = customer.awaitNotNow("first", Reason.RateLimited).nextAttempt();
        soon().until(() -> account(customer).retryAfter() != null);

        operator.kill();
        operator.startAgain().awaitReady();
        customer.declare("second", names.getLast());

        assertThat(customer.awaitIssued("first").issuedAt()).isAfterOrEqualTo(until);
        assertThat(customer.awaitIssued("second").issuedAt()).isAfterOrEqualTo(until);
    }

    private static Hold hold(Customer customer, Step step, String name, boolean after) {
        var requests = customer.acme().on(step);
        var rule = (NAMELESS.contains(step) ? requests.forEveryone() : requests.forName(name)).once();
        return after ? rule.holdAfter() : rule.hold();
    }

    /** What was held is dropped: the dead operator's request must not reach the CA when its successor is at work. */
    private static void killAndStartAgain(OperatorProcess operator, Hold hold) {
        operator.kill();
        hold.drop();
        operator.startAgain().awaitReady();
    }

    private static CaaSAccountStatus account(Customer customer) {
        return customer.client()
                .resources(CaaSAccount.class)
                .inNamespace(customer.contract().namespace())
                .withName(Contract.ACCOUNT)
                .require()
                .getStatus();
    }

    private static String accountKey(Customer customer) {
        var secret = customer.secret(Contract.ACCOUNT + "-account").orElseThrow();
        return new String(Base64.getDecoder().decode(secret.getData().get("key.pem")), StandardCharsets.UTF_8);
    }

    /** The URL of the account that has this key, as the CA tells it to whoever asks without registering. */
    private static String knownAtCa(TestNamespace namespace, String server, String keyPem) throws Exception {
        var ca = new AcmeServer(
                URI.create(server),
                Base64.getDecoder().decode(namespace.stage().ca().caBundle()),
                "crash-test",
                new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8")),
                Clock.systemUTC());
        return ca.find(CertificateKey.fromPem(keyPem).pair())
                .map(account -> account.url().toString())
                .orElse("unknown");
    }
}
