package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Rule;
import dev.caas.kit.Specs;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A CA that is gone for a while, with many certificates due: their account waits as one, one of them asks, and when the CA
 * is back all are issued. {@code ./dev soak} has a thousand.
 */
@ExtendWith(CaasExtension.class)
class OutageIT {
    private static final boolean SOAK = Boolean.getBoolean("caas.soak");
    private static final int CERTIFICATES = SOAK ? 1_000 : 50;
    private static final int AT_ONCE = 10;
    private static final Duration LIMIT = SOAK ? Duration.ofMinutes(10) : Duration.ofSeconds(90);

    /** All requests that tell whose they are; a directory and a nonce are everybody's. */
    private static final List<Step> SIGNED = List.of(
            Step.NEW_ACCOUNT,
            Step.NEW_ORDER,
            Step.ORDER,
            Step.AUTHORIZATION,
            Step.CHALLENGE,
            Step.FINALIZE,
            Step.CERTIFICATE);

    @Test
    void anOutageCostsFewRequestsAndAfterItAllAreIssued(TestNamespace namespace, OperatorProcess operator) {
        var customer = customer(namespace);
        customer.declare("before", namespace.dnsName("before"));
        customer.awaitIssued("before");
        var cuts = SIGNED.stream()
                .map(step -> customer.acme()
                        .on(step)
                        .forName(customer.contract().authority().binding().keyId())
                        .cut())
                .toList();
        var audited = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = audited.mark();
        var began = Instant.now();

        IntStream.range(0, CERTIFICATES).forEach(i -> customer.declare("due-" + i, namespace.dnsName("due-" + i)));
        awaitAllTell(customer, Reason.ServerUnreachable);
        awaitAskedAgain(customer);
        var neighbour = FailureIT.neighbourOf(namespace);
        neighbour.declare("www", "www.neighbour." + namespace.domain());
        neighbour.awaitIssued("www");
        var account = account(customer);
        var requests = AuditedRequests.in(namespace.name(), audited.since(mark));
        long outage = Duration.between(began, Instant.now()).toSeconds();
        cuts.forEach(Rule::remove);

        long asked = cuts.stream().mapToLong(Rule::hits).sum();
        System.out.printf(
                "%d certificates, %d at once, %d s without CA: %d requests reached it (at most %d), %d status writes%n",
                CERTIFICATES,
                AT_ONCE,
                outage,
                asked,
                bound(outage),
                statusWrites(requests).values().stream().mapToLong(n -> n).sum());
        assertThat(new Conditions(account.getStatus().conditions()).isTrue(Conditions.READY))
                .as("it is registered all the same")
                .isTrue();
        assertThat(new Conditions(account.getStatus().conditions())
                        .hasReason(Conditions.RECONCILING, Reason.ServerUnreachable))
                .isTrue();
        assertThat(asked).isBetween(3L, bound(outage)).isLessThan(CERTIFICATES);
        assertThat(statusWrites(requests)).hasSize(CERTIFICATES);
        assertThat(statusWrites(requests).values().stream().filter(n -> n > 2))
                .as("those that failed before it was known that others would, too")
                .hasSizeLessThanOrEqualTo(1);
        awaitAllIssued(customer);
        assertThat(customer.acme()
                        .mostOrdersAtOnce(
                                customer.contract().authority().binding().keyId()))
                .isBetween(2, AT_ONCE);
        soon().untilAsserted(() -> {
            assertThat(account(customer).getStatus().retryAfter()).isNull();
            assertThat(new Conditions(account(customer).getStatus().conditions()).get(Conditions.RECONCILING))
                    .isEmpty();
        });
        assertThat(operator.isAlive()).isTrue();
    }

    @Test
    void anOutageIsWaitedForAcrossARestart(TestNamespace namespace, OperatorProcess operator) {
        var customer = customer(namespace);
        var names = Map.of("first", namespace.dnsName("first"), "second", namespace.dnsName("second"));
        var down = names.values().stream()
                .map(name -> customer.acme()
                        .on(Step.NEW_ORDER)
                        .forName(name)
                        .once()
                        .answerWith(502, "text/html", "<html>Bad gateway", Map.of("Retry-After", "15")))
                .toList();
        names.forEach(customer::declare);
        soon().until(() -> down.stream().allMatch(rule -> rule.hits() == 1));
        soon().until(() -> new Conditions(account(customer).getStatus().conditions())
                .hasReason(Conditions.RECONCILING, Reason.ServerUnreachable));
        var until = Objects.requireNonNull(account(customer).getStatus().retryAfter());

        operator.kill();
        operator.startAgain().awaitReady();
        customer.declare("third", namespace.dnsName("third"));

        for (var certificate : List.of("first", "second", "third")) {
            assertThat(customer.awaitIssued(certificate).issuedAt()).isAfterOrEqualTo(until);
        }
        assertThat(down).allSatisfy(rule -> assertThat(rule.hits()).isEqualTo(1));
    }

    /** What is wrong at one order is not an outage, however often it happens. */
    @Test
    void aServerThatAlwaysFailsAtOneNameServesTheOthers(TestNamespace namespace, OperatorProcess operator) {
        var customer = customer(namespace);
        var bad = Stream.of(Step.NEW_ORDER, Step.FINALIZE)
                .map(step -> customer.acme()
                        .on(step)
                        .forName(namespace.dnsName(step == Step.NEW_ORDER ? "never" : "not-final"))
                        .answer(500, "serverInternal", "always"))
                .toList();
        customer.declare("never", namespace.dnsName("never"));
        customer.declare("not-final", namespace.dnsName("not-final"));
        soon().until(() -> bad.stream().allMatch(rule -> rule.hits() >= 2));

        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");

        assertThat(customer.status("never").conditions())
                .anyMatch(c -> c.getReason().equals(Reason.Failed.name()));
        assertThat(account(customer).getStatus().retryAfter()).isNull();
        assertThat(operator.isAlive()).isTrue();
    }

    private static Customer customer(TestNamespace namespace) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.authority()).secrets();
        contract.account(Specs.with(CaaSAccountSpec.class, "concurrentOrders: " + AT_ONCE));
        contract.subscription("domain", namespace.domain(), true);
        return new Customer(contract);
    }

    /** Of the {@code Standstills} of an account. */
    private static long bound(long seconds) {
        return 4L * AT_ONCE + 3 * (7 + seconds / 300);
    }

    private static Map<String, Long> statusWrites(List<AuditedRequests.Request> requests) {
        return requests.stream()
                .filter(r -> r.resource().equals("managedcertificates/status") && r.status() < 300)
                .filter(r -> r.name().startsWith("due-"))
                .collect(Collectors.groupingBy(AuditedRequests.Request::name, Collectors.counting()));
    }

    private static void awaitAllTell(Customer customer, Reason reason) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(due(customer))
                        .hasSize(CERTIFICATES)
                        .allMatch(c -> Expect.conditions(c).hasReason(Conditions.RECONCILING, reason)));
    }

    private static void awaitAllIssued(Customer customer) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(due(customer))
                        .hasSize(CERTIFICATES)
                        .allMatch(c -> Expect.conditions(c).isTrue(Conditions.READY)));
    }

    private static List<ManagedCertificate> due(Customer customer) {
        return customer
                .client()
                .resources(ManagedCertificate.class)
                .inNamespace(customer.contract().namespace())
                .list()
                .getItems()
                .stream()
                .filter(c -> c.getMetadata().getName().startsWith("due-"))
                .toList();
    }

    /** Waits until one certificate has asked for all, and the account waits on. */
    private static void awaitAskedAgain(Customer customer) {
        Set<Instant> times = new HashSet<>();
        soon().until(() -> {
            times.add(Objects.requireNonNull(account(customer).getStatus().retryAfter()));
            return times.size() > 1;
        });
    }

    private static CaaSAccount account(Customer customer) {
        return customer.client()
                .resources(CaaSAccount.class)
                .inNamespace(customer.contract().namespace())
                .withName(Contract.ACCOUNT)
                .require();
    }
}
