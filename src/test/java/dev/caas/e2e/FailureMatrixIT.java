package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Rule;
import dev.caas.kit.RuleBuilder;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One failure of each class at each step of an order, all at the same time: each certificate tells of its own, is issued
 * afterwards, and costs the CA no order more than it must.
 */
@ExtendWith(CaasExtension.class)
class FailureMatrixIT {
    /**
     * How many orders the CA has seen in the end, and how many of them it finalized. A second is due where the CA refused
     * the first, or its proof; with "unknown", where the account was another when the first was placed.
     */
    private static final String MATRIX = """
            class    new-order  authorization  challenge  order  finalize  certificate
            retry    1/1        1/1            1/1        1/1    1/1       1/1
            cut      1/1        1/1            1/1        1/1    1/1       1/1
            wait     1/1        1/1            1/1        1/1    1/1       1/1
            paused   1/1        1/1            1/1        1/1    1/1       1/1
            action   1/1        1/1            1/1        1/1    1/1       1/1
            blocked  1/1        2/1            2/1        2/1    2/1       2/2
            proof    1/1        2/1            2/1        2/1    2/1       2/2
            unknown  1/1        2/1            2/1        2/1    2/1       2/2
            """;

    /** Polling an order bears with three failures in a row that pass by themselves. */
    private static final int BORNE_POLLS = 3;

    /** Does not change the certificate, but makes the operator try at once. */
    private static final String TOUCH = "renewBeforePercentage: 40";

    private final List<Neighbour> neighbours = new ArrayList<>();

    /** One certificate and what happens to it. */
    private record Cell(Customer customer, String fault, Step step, Orders orders, Rule rule) {
        String certificate() {
            return fault + "-" + step.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        int times() {
            return timesOf(fault, step);
        }
    }

    @AfterEach
    void leave() {
        neighbours.forEach(Neighbour::close);
    }

    @Test
    void noOrderIsRepeatedNeedlessly(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var cells = cells(namespace, customer);

        var told = new ConcurrentHashMap<String, ManagedCertificateStatus>();
        try (var _ = customer.client()
                .resources(ManagedCertificate.class)
                .inAnyNamespace()
                .watch(new Failures(namespaces(cells), told))) {
            cells.forEach(c -> c.customer.declare(c.certificate(), namespace.dnsName(c.certificate())));
            soon().untilAsserted(() -> assertThat(told).hasSize(cells.size()));
        }
        cells.forEach(c -> c.customer.change(c.certificate(), TOUCH));
        cells.forEach(c -> c.customer.awaitIssued(c.certificate()));

        var all = new SoftAssertions();
        for (var cell : cells) {
            var status = told.get(cell.certificate());
            var name = namespace.dnsName(cell.certificate());
            all.assertThat(failure(status).step()).as(cell.certificate()).isEqualTo(label(cell.step));
            all.assertThat(status.conditions())
                    .as(cell.certificate())
                    .anyMatch(c -> c.getReason().equals(reason(cell.fault).name()));
            all.assertThat(cell.rule.hits()).as(cell.certificate()).isEqualTo(cell.times());
            all.assertThat(customer.acme().orders(name)).as(cell.certificate()).isEqualTo(cell.orders);
        }
        all.assertAll();
    }

    private List<Cell> cells(TestNamespace namespace, Customer customer) {
        var lines = MATRIX.lines().map(l -> List.of(l.split(" +", -1))).toList();
        var cells = new ArrayList<Cell>();
        for (var line : lines.subList(1, lines.size())) {
            for (int i = 1; i < line.size(); i++) {
                var step = Step.valueOf(
                        lines.getFirst().get(i).toUpperCase(Locale.ROOT).replace('-', '_'));
                var counts = line.get(i).split("/", -1);
                cells.add(cell(
                        namespace,
                        customer,
                        line.getFirst(),
                        step,
                        new Orders(Long.parseLong(counts[0]), Long.parseLong(counts[1]))));
            }
        }
        return cells;
    }

    private Cell cell(TestNamespace namespace, Customer customer, String fault, Step step, Orders orders) {
        var name = namespace.dnsName(new Cell(customer, fault, step, orders, null).certificate());
        var on = customer.acme().on(step).forName(name).times(timesOf(fault, step));
        return new Cell(
                concernsAccount(fault) ? neighbour(namespace, name) : customer, fault, step, orders, rule(fault, on));
    }

    /** What concerns the whole account would get in the way of the other certificates. */
    private static boolean concernsAccount(String fault) {
        return List.of("wait", "unknown", "cut").contains(fault);
    }

    private Customer neighbour(TestNamespace namespace, String name) {
        var neighbour = Neighbour.of(namespace.stage());
        neighbours.add(neighbour);
        return new Customer(neighbour.contract(namespace.stage().authority()).signed(name));
    }

    private static Rule rule(String fault, RuleBuilder on) {
        return switch (fault) {
            case "retry" -> on.answer(500, "serverInternal", "the database is down");
            case "cut" -> on.cut();
            case "wait" -> on.answer(429, "rateLimited", "too many", Map.of("Retry-After", "1"));
            case "paused" -> on.answer(429, "rateLimited", "This account is paused: visit https://ca.test/unpause");
            case "action" -> on.answer(403, "userActionRequired", "Agree at https://ca.test/tos");
            case "blocked" -> on.answer(403, "rejectedIdentifier", "The CA does not serve this name");
            case "proof" -> on.answer(400, "dns", "SERVFAIL looking up CAA");
            case "unknown" -> on.answer(400, "accountDoesNotExist", "who are you?");
            default -> throw new IllegalArgumentException(fault);
        };
    }

    private static Reason reason(String fault) {
        return switch (fault) {
            case "retry", "cut", "blocked" -> Reason.Failed;
            case "wait" -> Reason.RateLimited;
            case "paused" -> Reason.CAPaused;
            case "action" -> Reason.TermsChanged;
            case "proof" -> Reason.ChallengeFailed;
            case "unknown" -> Reason.AccountNotReady;
            default -> throw new IllegalArgumentException(fault);
        };
    }

    private static int timesOf(String fault, Step step) {
        return step == Step.ORDER && List.of("retry", "cut").contains(fault) ? BORNE_POLLS + 1 : 1;
    }

    /** What each told of its failure first: soon after, it goes on by itself. */
    private record Failures(Set<String> namespaces, Map<String, ManagedCertificateStatus> told)
            implements Watcher<ManagedCertificate> {
        @Override
        public void eventReceived(Action action, ManagedCertificate certificate) {
            var status = certificate.getStatus();
            boolean ours = namespaces.contains(certificate.getMetadata().getNamespace());
            if (ours && status != null && status.lastFailure() != null) {
                told.putIfAbsent(certificate.getMetadata().getName(), status);
            }
        }

        @Override
        public void onClose(WatcherException cause) {}
    }

    private static Set<String> namespaces(List<Cell> cells) {
        return cells.stream().map(c -> c.customer.contract().namespace()).collect(Collectors.toSet());
    }

    private static String label(Step step) {
        return step == Step.NEW_ORDER ? "newOrder" : step.name().toLowerCase(Locale.ROOT);
    }
}
