package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.caas.api.Reason;
import dev.caas.api.Solver;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.IngressController;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.SwapClient;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** HTTP-01 through a real ingress controller: the CA's request reaches the operator, and what is issued is served. */
@ExtendWith(CaasExtension.class)
class Http01IT {
    private static final String TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

    @Test
    void aCertificateIsGotAndServedThroughTheIngressController(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress).withPage("www");

        web.customer().declare("www", web.host("www"));
        var status = web.customer().awaitIssued("www");

        var visitor = web.trusting(namespace.stage().pebble());
        soon().untilAsserted(() -> {
            var page = visitor.https(web.host("www"), "/");
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.certificate().orElseThrow().getSerialNumber().toString(16))
                    .isEqualTo(status.serialNumber());
        });
        assertThat(web.routes()).hasSize(1);
        assertThat(web.services()).hasSize(1);
        soon().untilAsserted(() ->
                assertThat(web.addresses()).as("once it is issued").isEmpty());
        assertThat(namespace
                        .client()
                        .pods()
                        .inNamespace(namespace.name())
                        .list()
                        .getItems())
                .as("solver pods")
                .isEmpty();
    }

    @Test
    void aHostThatRedirectsToHttpsIsProvenAllTheSame(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(namespace, ingress).withPage("www", "ingress.kubernetes.io/force-ssl-redirect: 'true'");
        web.customer().declare("first", web.host("www"));
        web.customer().awaitIssued("first");
        soon().untilAsserted(() -> assertThat(web.trusting(namespace.stage().pebble())
                        .http(web.host("www"), "/")
                        .status())
                .as("the host's own pages")
                .isEqualTo(301));

        web.customer().declare("again", web.host("www"));

        web.customer().awaitIssued("again");
    }

    @Test
    void itWorksWhereNoPodMayRunAndNothingIsLetIn(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(namespace, ingress);
        namespace.client().namespaces().withName(namespace.name()).edit(n -> {
            n.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", "restricted");
            return n;
        });
        namespace.apply("""
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: no-pods}
                spec: {hard: {pods: "0"}}
                ---
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: deny}
                spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
                """);

        web.customer().declare("www", web.host("www"));

        web.customer().awaitIssued("www");
    }

    @Test
    void addressesAreInTheSliceOnlyWhileAHostIsBeingProven(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress);
        try (var hold = namespace
                .stage()
                .acme()
                .on(Step.CHALLENGE)
                .forName(web.host("www"))
                .hold()) {
            web.customer().declare("www", web.host("www"));
            hold.awaitReached(Expect.LIMIT);

            assertThat(web.addresses()).isNotEmpty().allMatch(a -> a.startsWith("10.77.") || a.startsWith("fd77:"));
            assertThat(web.answer(web.host("www"), "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"))
                    .as("any well-formed token")
                    .matches("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0[.][A-Za-z0-9_-]{43}");
        }
        web.customer().awaitIssued("www");

        soon().untilAsserted(() -> assertThat(web.addresses()).isEmpty());
    }

    @Test
    void aStaleAddressIsTakenOutWhenTheOperatorStarts(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress);
        web.customer().declare("www", web.host("www"));
        web.customer().awaitIssued("www");
        soon().untilAsserted(() -> assertThat(web.addresses()).isEmpty());
        operator.kill();
        web.putStaleAddress("10.77.254.254");
        assertThat(web.addresses()).containsExactly("10.77.254.254");

        operator.startAgain().awaitReady();

        soon().untilAsserted(() -> assertThat(web.addresses()).isEmpty());
    }

    @Test
    void whatAnUninstalledOperatorLeftIsTakenOutByTheChartsJob(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress);
        web.customer().declare("www", web.host("www"));
        web.customer().awaitIssued("www");
        soon().untilAsserted(() -> assertThat(web.addresses()).isEmpty());
        web.putStaleAddress("10.77.254.254");

        var job = operator.runUninstall();

        assertThat(job).contains("emptied EndpointSlice " + namespace.name() + "/caas-http01-ipv4");
        assertThat(web.addresses()).isEmpty();
    }

    @Test
    void routesAreSharedAndGoWithTheLastCertificateThatNeedsThem(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(namespace, ingress);
        web.customer().declare("one", web.host("a"), web.host("b"));
        web.customer().awaitIssued("one");
        web.customer().declare("two", web.host("b"));
        web.customer().awaitIssued("two");
        assertThat(web.routedHosts()).containsExactlyInAnyOrder(web.host("a"), web.host("b"));

        web.customer().change("one", "dnsNames: [" + web.host("a") + ", " + web.host("c") + "]");
        web.customer().awaitIssued("one");
        soon().untilAsserted(() -> assertThat(web.routedHosts())
                .as("b is still needed by two")
                .containsExactlyInAnyOrder(web.host("a"), web.host("b"), web.host("c")));

        web.customer().resource("two").delete();
        soon().untilAsserted(
                        () -> assertThat(web.routedHosts()).containsExactlyInAnyOrder(web.host("a"), web.host("c")));
        assertThat(web.services()).hasSize(1);

        web.customer().resource("one").delete();
        soon().untilAsserted(() -> {
            assertThat(web.routes()).isEmpty();
            assertThat(web.services()).isEmpty();
            assertThat(web.slices()).isEmpty();
        });
    }

    @Test
    void aHostIsProvenForOneAccountAtATime(TestNamespace namespace, OperatorProcess operator, IngressController ingress)
            throws Exception {
        var web = Website.of(namespace, ingress);
        var second = web.second();
        try (var hold = namespace
                .stage()
                .acme()
                .on(Step.CHALLENGE)
                .forName(web.host("www"))
                .hold()) {
            web.customer().declare("first", web.host("www"));
            hold.awaitReached(Expect.LIMIT);
            second.customer().declare("second", web.host("www"));

            var waiting = second.customer().awaitNotNow("second", Reason.HostBusy);

            assertThat(waiting.nextAttempt()).isNotNull();
            assertThat(second.customer().asked(Step.NEW_ORDER))
                    .as("orders of the one that waits")
                    .isZero();
        }
        web.customer().awaitIssued("first");
        second.customer().awaitIssued("second");

        assertThat(web.routedHosts()).as("the route of the one before").isEmpty();
        assertThat(second.routedHosts()).containsExactly(web.host("www"));
    }

    /** Else whoever may order for a host under an account of its own could be certified by the way of its owner. */
    @Test
    void nothingIsAnsweredForOneNamespaceByTheRouteOfAnother(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress);
        web.customer().declare("www", web.host("www"));
        web.customer().awaitIssued("www");
        var second = web.second();
        namespace
                .stage()
                .acme()
                .on(Step.NEW_ORDER)
                .forName(second.customer().contract().authority().binding().keyId())
                .answer(403, "rejectedIdentifier", "not now");
        second.customer().declare("second", web.host("www"));
        second.customer().awaitNotNow("second", Reason.Failed);
        second.customer().pretendIssuing("second");

        try (var hold = namespace
                .stage()
                .acme()
                .on(Step.CHALLENGE)
                .forName(web.host("open"))
                .hold()) {
            web.customer().declare("open", web.host("open"));
            hold.awaitReached(Expect.LIMIT);

            assertThat(web.answer(web.host("open"), TOKEN))
                    .as("the way is open")
                    .startsWith(TOKEN);
            assertThat(web.answer(web.host("www"), TOKEN)).isEmpty();
        }
        web.customer().awaitIssued("open");
    }

    @Test
    void aGatewayLeadsToTheResponderToo(TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(
                namespace,
                ingress,
                Website.gateway(
                        List.of(new Solver.ParentRef(IngressController.GATEWAY, IngressController.GATEWAY, null, null)),
                        namespace.stage()));

        web.customer().declare("www", web.host("www"));
        web.customer().awaitIssued("www");

        var routes = namespace
                .client()
                .resources(HTTPRoute.class)
                .inNamespace(namespace.name())
                .list()
                .getItems();
        assertThat(routes).hasSize(1);
        assertThat(routes.getFirst().getSpec().getHostnames()).containsExactly(web.host("www"));
        assertThat(web.routes()).as("Ingresses").isEmpty();
    }

    @Test
    void aHostThatNobodyRoutesIsSaidBeforeTheCaIsAsked(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(
                namespace,
                ingress,
                Website.ingress(
                        new Solver.IngressRoute("nobodys", Map.of(), Map.of(), Solver.ServiceMode.EndpointSlice),
                        namespace.stage(),
                        "3s"));

        web.customer().declare("www", web.host("www"));
        var failure = Customer.failure(web.customer().awaitNotNow("www", Reason.ChallengeFailed));

        assertThat(failure.detail())
                .contains("the CA was not asked", "http://" + web.host("www"), ":80", "answered 404 (server: envoy)");
        assertThat(web.customer().asked(Step.NEW_ORDER))
                .as("the detector sees requests")
                .isPositive();
        assertThat(web.customer().asked(Step.CHALLENGE)).isZero();
        soon().untilAsserted(() -> assertThat(web.addresses()).isEmpty());
    }

    @Test
    void externalNameNeedsNoSlice(TestNamespace namespace, OperatorProcess operator, IngressController ingress)
            throws Exception {
        var web = Website.of(
                namespace,
                ingress,
                new Solver.Http01(
                        new Solver.IngressRoute(
                                IngressController.CLASS, Map.of(), Map.of(), Solver.ServiceMode.ExternalName),
                        null,
                        new Solver.SelfCheck(List.of(), "60s", true, null)));
        try (var hold = namespace
                .stage()
                .acme()
                .on(Step.CHALLENGE)
                .forName(web.host("www"))
                .hold()) {
            web.customer().declare("www", web.host("www"));
            hold.awaitReached(Expect.LIMIT);

            assertThat(web.services())
                    .extracting(s -> s.getSpec().getType(), s -> s.getSpec().getExternalName())
                    .containsExactly(tuple("ExternalName", "operator.kit.test"));
            assertThat(web.slices()).isEmpty();
            web.customer().resource("www").delete();
        }
    }

    @Test
    void aRenewedCertificateIsServedWithoutAFailedConnection(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress).withPage("www");
        web.customer().declare("www", web.host("www"));
        web.customer().awaitIssued("www");
        var client = web.trusting(namespace.stage().pebble());
        soon().until(() -> client.https(web.host("www"), "/").status() == 200);

        try (var visitor = SwapClient.start(client, web.host("www"), "/")) {
            soon().until(() -> visitor.requests() > 10);
            web.customer().change("www", "privateKey: {algorithm: ECDSA, size: 384}");
            web.customer().awaitIssued("www");
            soon().until(() -> visitor.serials().size() == 2);

            assertThat(visitor.failures()).isEmpty();
        }
        assertThat(web.routes()).as("kept").hasSize(1);
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30)).ignoreExceptions();
    }
}
