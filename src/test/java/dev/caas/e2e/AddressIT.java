package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.api.Reason;
import dev.caas.api.Solver;
import dev.caas.audit.AuditRecord;
import dev.caas.entitlement.IpAddress;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.IngressController;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.PartUnavailable;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Certificates for IP addresses (RFC 8738), which are subscribed one by one and proven by HTTP-01. */
@ExtendWith(CaasExtension.class)
class AddressIT {
    private static final String PATH = "/.well-known/acme-challenge/";

    @Test
    void anAddressIsProvenThroughTheIngressController(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(namespace, ingress);
        var address = ingress.publicAddress();
        web.customer().contract().subscription("front", address, false);

        web.customer().declare("front", List.of(), "ipAddresses: [" + address + "]");
        web.customer().awaitIssued("front");

        var served = web.customer().served("front-tls");
        assertThat(served.names()).isEmpty();
        assertThat(served.chain().ipAddresses()).containsExactly(address);
        assertThat(served.verifiesAgainst(namespace.stage().pebble().rootPem())).isTrue();
        assertThat(web.routes()).singleElement().satisfies(route -> {
            var rule = route.getSpec().getRules().getFirst();
            assertThat(rule.getHost()).isNull();
            assertThat(rule.getHttp().getPaths())
                    .singleElement()
                    .satisfies(
                            path -> assertThat(path.getPath()).startsWith(PATH).hasSizeGreaterThan(PATH.length()))
                    .satisfies(path -> assertThat(path.getPathType()).isEqualTo("Exact"));
        });
        soon().untilAsserted(() -> assertThat(web.addresses()).isEmpty());
        assertThat(Expect.events(namespace.client(), web.customer().certificate("front"), Reason.Issued))
                .singleElement()
                .satisfies(event -> assertThat(event.getNote()).contains("for " + address + ", valid until"));
        assertThat(Expect.audited(operator, web.customer().certificate("front"), AuditRecord.Type.CERTIFICATE_ISSUED))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.path("data").path("dnsNames")).isEmpty();
                    assertThat(line.path("data").path("ipAddresses"))
                            .extracting(JsonNode::asText)
                            .containsExactly(address);
                });
    }

    @Test
    void namesAndAddressesShareACertificateAndAreRenewedTogether(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(namespace, ingress);
        var address = ingress.publicAddress();
        web.customer().contract().subscription("front", address, false);
        web.customer().declare("both", List.of(web.host("www")), "ipAddresses: [" + address + "]");
        var first = web.customer().awaitIssued("both");

        web.customer().change("both", "privateKey: {algorithm: ECDSA, size: 384}");
        var second = web.customer().awaitIssued("both");

        assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
        assertThat(web.customer().served("both-tls").chain().names())
                .containsExactlyInAnyOrder(web.host("www"), address);
        assertThat(web.routes()).as("one for the host, one for the address").hasSize(2);

        web.customer().change("both", "ipAddresses: null");
        web.customer().awaitIssued("both");

        assertThat(web.customer().served("both-tls").chain().names()).containsExactly(web.host("www"));
        soon().untilAsserted(() -> assertThat(web.routedHosts()).containsExactly(web.host("www")));
    }

    @Test
    void twoCertificatesForOneAddressDoNotGetIntoEachOthersWay(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        var web = Website.of(namespace, ingress);
        var address = ingress.publicAddress();
        web.customer().contract().subscription("front", address, false);
        var binding = web.customer().contract().authority().binding().keyId();

        try (var hold =
                namespace.stage().acme().on(Step.CHALLENGE).forName(binding).hold()) {
            web.customer().declare("one", List.of(), "ipAddresses: [" + address + "]");
            web.customer().declare("two", List.of(), "ipAddresses: [" + address + "]");
            hold.awaitReached(Expect.LIMIT);
            soon().untilAsserted(() -> assertThat(web.routes()).hasSize(2));
        }

        web.customer().awaitIssued("one");
        web.customer().awaitIssued("two");
        assertThat(web.customer().asked(Step.NEW_ORDER)).as("one order each").isEqualTo(2);
    }

    @Test
    void aGatewayLeadsToTheResponderToo(TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(
                namespace,
                ingress,
                Website.gateway(
                        List.of(new Solver.ParentRef(IngressController.GATEWAY, IngressController.GATEWAY, null, null)),
                        namespace.stage()));
        var address = ingress.publicAddress();
        web.customer().contract().subscription("front", address, false);

        web.customer().declare("front", List.of(), "ipAddresses: [" + address + "]");
        web.customer().awaitIssued("front");

        assertThat(namespace
                        .client()
                        .resources(HTTPRoute.class)
                        .inNamespace(namespace.name())
                        .list()
                        .getItems())
                .singleElement()
                .satisfies(route -> assertThat(route.getSpec().getHostnames()).isNullOrEmpty());
    }

    /** Envoy of the kit listens at IPv4 only: here the CA reaches the responder itself. */
    @Test
    void anIpv6AddressIsProvenByTheResponder(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) throws Exception {
        try (var pod = namespace.stage().network().podAddress().forward(80, operator.responderPort())) {
            var address = pod.ipv6().orElseThrow(() -> new PartUnavailable("This machine has no IPv6"));
            var web = Website.of(
                    namespace,
                    ingress,
                    new Solver.Http01(
                            new Solver.IngressRoute("nobodys", Map.of(), Map.of(), Solver.ServiceMode.EndpointSlice),
                            null,
                            new Solver.SelfCheck(List.of(), "5s", true, null)));
            web.customer().contract().subscription("front", address, false);

            web.customer().declare("front", List.of(), "ipAddresses: ['" + address + "']");
            web.customer().awaitIssued("front");

            assertThat(web.customer().served("front-tls").chain().ipAddresses())
                    .singleElement()
                    .isEqualTo(IpAddress.parse(address).text());
            assertThat(pod.connections()).isPositive();
        }
    }

    @Test
    void anAddressThatOnlyDnsCouldProveIsNotOrdered(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.contract().subscription("front", "192.0.2.1", false);
        customer.declare("witness", namespace.dnsName("witness"));
        customer.awaitIssued("witness");
        long asked = customer.acmeRequests();
        assertThat(asked).as("the detector sees requests").isPositive();

        customer.declare("front", List.of(), "ipAddresses: [192.0.2.1]");
        var status = customer.awaitNotNow("front", Reason.ChallengeFailed);

        assertThat(Customer.failure(status).detail())
                .contains("no http01 solver is for '192.0.2.1'", "an IP address can be proven by http-01 only");
        assertThat(customer.acmeRequests()).isEqualTo(asked);
    }

    @Test
    void anAddressThatNobodySubscribedIsNotOrdered(TestNamespace namespace) {
        var customer = Customer.signed(namespace);

        customer.declare("front", List.of(namespace.dnsName("www")), "ipAddresses: [192.0.2.1]");
        var status = customer.awaitNotNow("front", Reason.NotSubscribed);

        assertThat(status.conditions().getFirst().getMessage()).contains("192.0.2.1: no DomainSubscription");
    }
}
