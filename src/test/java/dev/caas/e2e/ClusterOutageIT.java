package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.Chart;
import dev.caas.kit.Contract;
import dev.caas.kit.ControlPlane;
import dev.caas.kit.Hold;
import dev.caas.kit.Home;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The cluster goes away while certificates are under way, and comes back: each is issued by the order that it had. On a
 * stage of its own, which nobody else's tests stand on.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterOutageIT {
    private static final int CERTIFICATES = 12;

    private Stage stage;
    private OperatorProcess operator;

    @BeforeAll
    void start() {
        stage = Stage.start(Home.resolve("target/kit")
                .resolve("outage-" + ProcessHandle.current().pid()));
        Assumptions.assumeTrue(stage.cluster() instanceof ControlPlane, "the cluster's parts can be stopped");
        var installed = Chart.install(stage.client(), stage.dir("chart"), "namespaces: []\n");
        var dir = stage.dir("operator");
        operator = OperatorProcess.start(OperatorProcess.Settings.of(
                                dir,
                                stage.cluster().kubeconfigFor(installed.namespace(), installed.serviceAccount(), dir))
                        .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8"))
                .awaitReady();
    }

    @AfterAll
    void end() {
        if (operator != null) {
            operator.close();
        }
        if (stage != null) {
            stage.close();
        }
    }

    @Test
    void certificatesFinalizedWhileTheApiServerIsAwayAreKeptWhenItIsBack() {
        var customer = customer();
        var hold = hold(customer, Step.FINALIZE, false);
        declare(customer);
        awaitHeld(hold);

        controlPlane().killApiServer();
        hold.release();
        awaitAsked(customer, Step.FINALIZE, CERTIFICATES);
        controlPlane().startApiServer();

        assertAllIssuedByOneOrder(customer);
    }

    /** The only orders that nobody finalizes: those whose checkpoint could not be written. */
    @Test
    void ordersThatCouldNotBeKeptAreNotPlacedAgainAndAgain() {
        var customer = customer();
        var hold = hold(customer, Step.NEW_ORDER, true);
        declare(customer);
        awaitHeld(hold);

        controlPlane().killApiServer();
        hold.release();
        controlPlane().startApiServer();

        awaitAllIssued(customer);
        names(customer)
                .forEach(name -> assertThat(customer.acme().orders(name).created())
                        .as(name)
                        .isBetween(1L, 2L));
    }

    @Test
    void certificatesFinalizedWhileEtcdHangsAreKeptWhenItGoesOn() {
        var customer = customer();
        var hold = hold(customer, Step.FINALIZE, false);
        declare(customer);
        awaitHeld(hold);

        controlPlane().pauseEtcd();
        hold.release();
        awaitAsked(customer, Step.CERTIFICATE, CERTIFICATES);
        controlPlane().resumeEtcd();

        assertAllIssuedByOneOrder(customer);
    }

    private ControlPlane controlPlane() {
        return (ControlPlane) stage.cluster();
    }

    private Customer customer() {
        var namespace = stage.namespace("outage");
        var customer =
                new Customer(new Contract(stage, namespace, stage.authority()).signed(namespace + ".example.test"));
        customer.awaitRegistered();
        return customer;
    }

    private static Hold hold(Customer customer, Step step, boolean after) {
        var rule = customer.acme()
                .on(step)
                .forNamesContaining(customer.contract().namespace() + ".example.test")
                .times(CERTIFICATES);
        return after ? rule.holdAfter() : rule.hold();
    }

    private static void declare(Customer customer) {
        names(customer).forEach(name -> customer.declare(label(name), name));
    }

    private static void awaitHeld(Hold hold) {
        IntStream.range(0, CERTIFICATES).forEach(i -> hold.awaitReached(Expect.LIMIT));
    }

    private static void awaitAsked(Customer customer, Step step, int times) {
        soon().alias(step + " is asked for").until(() -> customer.asked(step) >= times);
    }

    private static void assertAllIssuedByOneOrder(Customer customer) {
        awaitAllIssued(customer);
        names(customer)
                .forEach(name ->
                        assertThat(customer.acme().orders(name)).as(name).isEqualTo(new Orders(1, 1)));
    }

    private static void awaitAllIssued(Customer customer) {
        for (var name : names(customer)) {
            customer.awaitIssued(label(name));
            assertThat(customer.served(label(name) + "-tls").names()).containsExactly(name);
            assertThat(customer.served(label(name) + "-tls").keyMatches()).isTrue();
            customer.awaitNothingLeftOfOrder(label(name), List.of(name));
        }
    }

    private static List<String> names(Customer customer) {
        return IntStream.range(0, CERTIFICATES)
                .mapToObj(i -> "c" + i + "." + customer.contract().namespace() + ".example.test")
                .toList();
    }

    private static String label(String name) {
        return name.substring(0, name.indexOf('.'));
    }
}
