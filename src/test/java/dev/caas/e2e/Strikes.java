package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.Contract;
import dev.caas.kit.Hold;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.RuleBuilder;
import dev.caas.kit.Step;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The ways in which {@link SoakIT} kills the operator: while a certificate is issued or renewed, while an account is
 * registered or its key changed. Each knows what there must be in the end, however often the operator is killed meanwhile.
 */
final class Strikes {
    private static final int LONGEST_ISSUANCE_MS = 2_500;
    private static final String CHECKPOINT = "-checkpoint";

    /** Where requests for a certificate are held; anything else that happens is struck by kills at random moments. */
    private static final List<Step> STEPS = List.of(
            Step.NEW_ORDER,
            Step.AUTHORIZATION,
            Step.CHALLENGE,
            Step.ORDER,
            Step.FINALIZE,
            Step.CERTIFICATE,
            Step.RENEWAL_INFO);

    /**
     * The operator was killed.
     *
     * @param where in what it was doing
     * @param whom it did that for
     * @param check waits for what there must be in the end
     */
    record Strike(String where, String whom, Check check) {}

    /** An assertion. */
    interface Check {
        void run() throws Exception;
    }

    private final Random random;
    private final OperatorProcess operator;
    private final Customer customer;
    private final String accountUrl;
    private final List<String> renewable = new ArrayList<>();
    private final List<String> left = new ArrayList<>();

    /** How many orders had been placed for a name when one of them was first seen to be kept. */
    private final Map<String, Long> placedUntilKept = new HashMap<>();

    private String accountKey;
    private int declared;
    private int rollovers;
    private long neverKept;

    Strikes(Random random, OperatorProcess operator, Customer customer) {
        this.random = random;
        this.operator = operator;
        this.customer = customer;
        this.accountUrl = customer.awaitRegistered();
        this.accountKey = Edit.text(accountSecret(customer), "key.pem");
    }

    /** Has the operator do something, and kills it meanwhile. */
    Strike next() throws InterruptedException {
        return switch (random.nextInt(5)) {
            case 0 -> atMomentOfIssuance();
            case 1 -> atStepOfIssuance();
            case 2 -> renewable.isEmpty() ? atStepOfIssuance() : atStepOfRenewal();
            case 3 -> atRegistration();
            default -> atRollover();
        };
    }

    /** Kills the operator, and looks which orders it has kept: no other may be placed for those names. */
    void kill() {
        operator.kill();
        customer.client().secrets().inAnyNamespace().list().getItems().stream()
                .map(Secret::getMetadata)
                .filter(secret -> secret.getName().endsWith(CHECKPOINT))
                .map(secret -> secret.getName().replace(CHECKPOINT, "." + secret.getNamespace() + ".example.test"))
                .forEach(name -> placedUntilKept.putIfAbsent(
                        name, customer.acme().orders(name).created()));
    }

    /** The account is the one that was registered first, and both sides have the key it was given last, and no other. */
    void assertAccountHasItsKey() throws Exception {
        awaitRolled();
        assertThat(new AtCa(customer.stage()).accountOf(accountKey)).isEqualTo(accountUrl);
        assertThat(account(customer).getStatus().accountUrl()).isEqualTo(accountUrl);
        assertThat(Expect.audited(operator, account(customer), AuditRecord.Type.ACCOUNT_KEY_ROLLED))
                .as("each change of the key is on record")
                .hasSizeGreaterThanOrEqualTo(rollovers);
    }

    /** The namespaces of customers who left while the operator was killed are not held up by it. */
    void assertAllWhoLeftAreGone() {
        soon().alias("all namespaces are gone")
                .untilAsserted(() -> assertThat(left)
                        .noneMatch(namespace -> customer.client()
                                        .namespaces()
                                        .withName(namespace)
                                        .get()
                                != null));
    }

    /** How many orders were killed between newOrder's reply and their checkpoint. */
    long ordersNeverKept() {
        return neverKept;
    }

    private Strike atMomentOfIssuance() throws InterruptedException {
        var certificate = "c-" + ++declared;
        int pause = random.nextInt(LONGEST_ISSUANCE_MS);
        customer.declare(certificate, name(customer, certificate));
        Thread.sleep(pause);
        kill();
        return new Strike("at a moment of issuance", certificate + ", " + pause + " ms", () -> issued(certificate));
    }

    private Strike atStepOfIssuance() {
        var certificate = "c-" + ++declared;
        var step = STEPS.get(random.nextInt(STEPS.size()));
        var moment = moment(step, customer.acme().on(step).forName(name(customer, certificate)));
        customer.declare(certificate, name(customer, certificate));
        moment.await();
        return new Strike(kill(moment), certificate, () -> issued(certificate));
    }

    private void issued(String certificate) {
        assertIssued(customer, certificate, 1);
        renewable.add(certificate);
    }

    private Strike atStepOfRenewal() {
        var certificate = renewable.remove(random.nextInt(renewable.size()));
        var step = STEPS.get(random.nextInt(STEPS.size()));
        var first = customer.awaitIssued(certificate);
        var requests = customer.acme().on(step).forName(name(customer, certificate));
        if (step == Step.NEW_ORDER) {
            requests.whenPayload(payload -> payload.contains("\"replaces\""));
        }
        var moment = moment(step, requests);
        customer.change(certificate, "renewIssuedBefore: '" + Instant.now() + "'");
        moment.await();
        return new Strike(kill(moment) + " of a renewal", certificate, () -> {
            soon().untilAsserted(() ->
                    assertThat(customer.awaitIssued(certificate).serialNumber()).isNotEqualTo(first.serialNumber()));
            assertIssued(customer, certificate, 2);
        });
    }

    private Strike atRegistration() {
        var stage = customer.stage();
        var namespace = stage.namespace("soak");
        var contract = new Contract(stage, namespace, stage.authority());
        var moment = moment(
                Step.NEW_ACCOUNT,
                stage.acme()
                        .on(Step.NEW_ACCOUNT)
                        .forName(contract.authority().binding().keyId()));
        var newcomer = new Customer(contract.signed(namespace + ".example.test"));
        newcomer.declare("www", name(newcomer, "www"));
        moment.await();
        var key = Edit.text(accountSecret(newcomer), "key.pem");
        return new Strike(kill(moment), namespace, () -> {
            assertIssued(newcomer, "www", 1);
            assertThat(Edit.text(accountSecret(newcomer), "key.pem"))
                    .as("the key that was stored first")
                    .isEqualTo(key);
            assertThat(new AtCa(stage).accountOf(key))
                    .isEqualTo(account(newcomer).getStatus().accountUrl());
            assertThat(Stream.of(AuditRecord.Type.ACCOUNT_REGISTERED, AuditRecord.Type.ACCOUNT_RECOVERED)
                            .flatMap(type -> Expect.audited(operator, account(newcomer), type).stream()))
                    .as("the registration is on record")
                    .isNotEmpty();
            newcomer.client().namespaces().withName(namespace).delete();
            left.add(namespace);
        });
    }

    private Strike atRollover() {
        awaitRolled();
        var moment = moment(
                Step.KEY_CHANGE,
                customer.acme()
                        .on(Step.KEY_CHANGE)
                        .forName(customer.contract().authority().binding().keyId()));
        Edit.spec(customer.client(), account(customer), "rollKeyCreatedBefore: '" + Instant.now() + "'");
        moment.await();
        var old = accountKey;
        accountKey = Edit.text(accountSecret(customer), "next.key");
        rollovers++;
        return new Strike(kill(moment), "the account", () -> {
            awaitRolled();
            assertThat(new AtCa(customer.stage()).accountOf(old)).isEqualTo(AtCa.UNKNOWN);
        });
    }

    /** Waits until the key is the one that was next when the CA was asked, by whichever request it was changed. */
    private void awaitRolled() {
        soon().alias("the account key is changed").untilAsserted(() -> {
            var secret = accountSecret(customer);
            assertThat(secret.getData()).doesNotContainKey("next.key");
            assertThat(Edit.text(secret, "key.pem")).isEqualTo(accountKey);
        });
    }

    private void assertIssued(Customer of, String certificate, int times) {
        var name = name(of, certificate);
        var status = of.awaitIssued(certificate);

        var served = of.served(certificate + "-tls");
        assertThat(served.names()).as(certificate).containsExactly(name);
        assertThat(served.keyMatches()).as(certificate).isTrue();
        assertThat(served.verifiesAgainst(of.stage().pebble().rootPem()))
                .as(certificate)
                .isTrue();
        assertThat(served.serial()).as(certificate).isEqualTo(status.serialNumber());
        var orders = of.acme().orders(name);
        assertThat(orders.finalized()).as("certificates for " + name).isEqualTo(times);
        assertThat(Expect.audited(operator, of.certificate(certificate), AuditRecord.Type.ORDER_PLACED))
                .as("orders for " + name + " on record")
                .hasSizeBetween(times, (int) orders.created());
        assertThat(orders.created())
                .as("orders for " + name + ", of which one was kept")
                .isEqualTo(Optional.ofNullable(placedUntilKept.remove(name)).orElse(orders.created()));
        assertThat(of.acme().ordersBegunInVain(name))
                .as("orders for " + name + " that were begun and given up")
                .isZero();
        of.awaitNothingLeftOfOrder(certificate, List.of(name));
        neverKept += orders.abandoned();
    }

    /** A request that is held: before it the CA has not heard of it, after it did what was asked and nobody knows. */
    private record Moment(String label, Hold hold) {
        void await() {
            hold.awaitReached(Expect.LIMIT);
        }
    }

    private Moment moment(Step step, RuleBuilder requests) {
        return random.nextBoolean()
                ? new Moment("after " + step, requests.once().holdAfter())
                : new Moment("before " + step, requests.once().hold());
    }

    /** What was held is dropped: the dead operator's request must not reach the CA when its successor is at work. */
    private String kill(Moment moment) {
        kill();
        moment.hold().drop();
        return moment.label();
    }

    private static String name(Customer customer, String certificate) {
        return certificate + "." + customer.contract().namespace() + ".example.test";
    }

    private static CaaSAccount account(Customer customer) {
        return customer.client()
                .resources(CaaSAccount.class)
                .inNamespace(customer.contract().namespace())
                .withName(Contract.ACCOUNT)
                .require();
    }

    private static Secret accountSecret(Customer customer) {
        return customer.secret(Contract.ACCOUNT + "-account").orElseThrow();
    }
}
