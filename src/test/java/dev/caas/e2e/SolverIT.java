package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Reason;
import dev.caas.api.SecretKeyRef;
import dev.caas.api.Solver;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.Bind;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Control is proven by the right solver, seen everywhere before the CA is told, and beside other people's records. */
@ExtendWith(CaasExtension.class)
class SolverIT {

    /** The CA asks a name server that lags a second behind; whoever tells it at once fails. */
    @Test
    void theCaIsToldOnlyWhenEveryServerHasTheRecord(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var hasty = namespace.dnsName("hasty");
        var patient = namespace.dnsName("patient");

        secondaryHasJustLooked(namespace.stage(), hasty);
        customer.declare(
                "hasty", List.of(hasty), "solvers: " + customer.yamlOf(List.of(skipping(customer.contract()))));
        customer.awaitNotNow("hasty", Reason.ChallengeFailed);
        secondaryHasJustLooked(namespace.stage(), patient);
        customer.declare("patient", patient);
        customer.awaitIssued("patient");

        assertThat(customer.acme().orders(hasty)).as("told at once").isEqualTo(new Orders(1, 0));
        assertThat(customer.acme().orders(patient)).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().requests(Step.CHALLENGE, patient)).isEqualTo(1);
    }

    @Test
    void aRecordOfSomebodyElseIsNeitherOverwrittenNorRemoved(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var record = Customer.challengeName(name);
        var bind = namespace.stage().bind();
        bind.add(Bind.ZONE, record + ". 60 IN TXT theirs");

        try (var hold = customer.acme().on(Step.CHALLENGE).forName(name).hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            assertThat(bind.txt(record)).hasSize(2).contains("theirs");
        }
        customer.awaitIssued("www");

        assertThat(bind.txt(record)).containsExactly("theirs");
    }

    /** Two accounts may prove one name at once, as when a company changes its CA. */
    @Test
    void twoOrdersForOneNameDoNotDisturbEachOther(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var record = Customer.challengeName(name);
        var bind = namespace.stage().bind();

        try (var hold = customer.acme().on(Step.CHALLENGE).forName(name).hold()) {
            customer.declare("one", name);
            customer.declare("two", name);
            hold.awaitReached(Expect.LIMIT);
            hold.awaitReached(Expect.LIMIT);
            assertThat(bind.txt(record)).hasSize(2);
        }
        customer.awaitIssued("one");
        customer.awaitIssued("two");

        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(2, 2));
        assertThat(bind.txt(record)).isEmpty();
    }

    @Test
    void theSolverOfTheLongestZoneIsUsed(TestNamespace namespace) {
        var inner = "inner." + namespace.domain();
        var customer = withSolvers(
                namespace,
                contract ->
                        List.of(forZones(useless(contract), namespace.domain()), forZones(contract.solver(), inner)));

        customer.declare("inner", "www." + inner);
        customer.declare("outer", namespace.dnsName("www"));
        customer.awaitIssued("inner");
        var outer = customer.awaitNotNow("outer", Reason.ChallengeFailed);

        assertThat(failure(outer).detail()).contains(namespace.name() + "/absent");
    }

    @Test
    void theCertificatesSolverIsUsedBeforeTheAccounts(TestNamespace namespace) {
        var customer = withSolvers(namespace, contract -> List.of(useless(contract)));

        customer.declare(
                "own",
                List.of(namespace.dnsName("own")),
                "solvers: " + customer.yamlOf(List.of(customer.contract().solver())));
        customer.declare("none", namespace.dnsName("none"));
        customer.awaitIssued("own");
        var none = customer.awaitNotNow("none", Reason.ChallengeFailed);

        assertThat(failure(none).detail()).contains(namespace.name() + "/absent");
    }

    @Test
    void aNameWithoutSolverIsAClearFailure(TestNamespace namespace) {
        var customer = withSolvers(
                namespace, contract -> List.of(forZones(contract.solver(), "elsewhere." + namespace.domain())));
        var name = namespace.dnsName("www");

        customer.declare("www", name);
        var status = customer.awaitNotNow("www", Reason.ChallengeFailed);

        assertThat(failure(status).step()).isEqualTo("challenge");
        assertThat(failure(status).detail())
                .contains("solver is for '" + name + "'")
                .contains("spec.solvers");
        customer.change(
                "www", "solvers: " + customer.yamlOf(List.of(customer.contract().solver())));
        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1));
    }

    private static Customer withSolvers(TestNamespace namespace, Function<Contract, List<Solver>> solvers) {
        var contract = new Contract(
                        namespace.stage(), namespace.name(), namespace.stage().authority())
                .secrets();
        contract.account(spec -> Contract.proving(spec, solvers.apply(contract)));
        contract.subscription("domain", namespace.domain(), true);
        return new Customer(contract);
    }

    private static Solver forZones(Solver solver, String... zones) {
        return new Solver(new Solver.Selector(List.of(zones), List.of(), Map.of()), null, solver.dns01());
    }

    /** One that cannot work, and says so. */
    private static Solver useless(Contract contract) {
        var dns01 = contract.solver().dns01();
        var rfc2136 = dns01.rfc2136();
        return new Solver(
                null,
                null,
                new Solver.Dns01(
                        dns01.propagation(),
                        new Solver.Rfc2136(
                                rfc2136.nameserver(),
                                rfc2136.tsigKeyName(),
                                rfc2136.tsigAlgorithm(),
                                new SecretKeyRef("absent", "key"))));
    }

    private static Solver skipping(Contract contract) {
        return new Solver(
                null,
                null,
                new Solver.Dns01(
                        new Solver.Propagation(List.of(), "60s", true),
                        contract.solver().dns01().rfc2136()));
    }

    /** Returns just after the secondary fetched the zone: its next look is most of a second away. */
    private static void secondaryHasJustLooked(Stage stage, String name) {
        var marker = "marker." + name;
        stage.bind().add(Bind.ZONE, marker + ". 1 IN TXT seen");
        soon().pollInterval(Duration.ofMillis(10))
                .atMost(Expect.LIMIT)
                .until(() -> !stage.bind().txtAtSecondary(marker).isEmpty());
    }
}
