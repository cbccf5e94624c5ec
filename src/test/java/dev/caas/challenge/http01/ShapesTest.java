package dev.caas.challenge.http01;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.caas.acme.AcmeOrder;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the objects look like, where a cluster is not needed to see it. */
class ShapesTest {
    private static final Shapes SHAPES = new Shapes(8089, Optional.empty());
    private static final AcmeOrder.Http01 WWW = new AcmeOrder.Http01("www.example.com", "token", "token.thumbprint");
    private static final AcmeOrder.Http01 ADDRESS = new AcmeOrder.Http01("2001:db8::1", "token", "token.thumbprint");
    private static final Solver.GatewayRoute NO_PARENTS = new Solver.GatewayRoute(List.of(), Map.of());

    @Test
    void aRouteWithoutParentsAttachesToTheGatewayThatAskedForTheCertificate() throws Exception {
        var certificate = certificate();
        certificate
                .getMetadata()
                .setOwnerReferences(List.of(new OwnerReferenceBuilder()
                        .withApiVersion("gateway.networking.k8s.io/v1")
                        .withKind("Gateway")
                        .withName("edge")
                        .withUid("1")
                        .build()));

        assertThat(SHAPES.httpRoute(certificate, WWW, NO_PARENTS).getSpec().getParentRefs())
                .extracting(ParentReference::getGroup, ParentReference::getKind, ParentReference::getName)
                .containsExactly(tuple("gateway.networking.k8s.io", "Gateway", "edge"));
    }

    @Test
    void withoutAnyGatewayItIsSaid() {
        assertThatThrownBy(() -> SHAPES.httpRoute(certificate(), WWW, NO_PARENTS))
                .isInstanceOf(Http01Exception.class)
                .hasMessageContaining("http01.gateway.parentRefs");
    }

    @Test
    void aSolversLabelsCannotTakeTheRoleAway() {
        var solver = new Solver.Http01(
                new Solver.IngressRoute(
                        "nginx",
                        Map.of("nginx.ingress.kubernetes.io/ssl-redirect", "true", "own", "yes"),
                        Map.of("caas.dev/role", "certificate", "team", "web"),
                        Solver.ServiceMode.EndpointSlice),
                null,
                null);

        var meta = SHAPES.ingress(certificate(), WWW, solver).getMetadata();

        assertThat(meta.getLabels())
                .containsEntry("caas.dev/role", Shapes.ROUTE)
                .containsEntry("team", "web");
        assertThat(meta.getAnnotations())
                .containsEntry("nginx.ingress.kubernetes.io/ssl-redirect", "true")
                .containsEntry("own", "yes");
    }

    @Test
    void thereIsASliceForEachAddressFamilyWithCanonicalAddresses() {
        var slices = SHAPES.slices(
                service("1"),
                List.of(
                        InetAddress.ofLiteral("10.0.0.2"),
                        InetAddress.ofLiteral("fd00:0:0:1:0:0:0:2"),
                        InetAddress.ofLiteral("10.0.0.1")));

        assertThat(slices)
                .extracting(
                        EndpointSlice::getAddressType,
                        s -> Shapes.endpoints(s).stream()
                                .flatMap(e -> e.getAddresses().stream())
                                .toList())
                .containsExactly(
                        tuple("IPv4", List.of("10.0.0.2", "10.0.0.1")), tuple("IPv6", List.of("fd00:0:0:1::2")));
    }

    @Test
    void aSliceOfAServiceThatIsGoneIsNotGoodForTheNext() {
        var addresses = List.of(InetAddress.ofLiteral("10.0.0.1"));
        var before = SHAPES.slices(service("1"), addresses).getFirst();
        var wanted = SHAPES.slices(service("2"), addresses).getFirst();

        assertThat(Shapes.hasSameEndpoints(before, before)).isTrue();
        assertThat(Shapes.hasSameEndpoints(before, wanted)).isFalse();
        assertThat(Shapes.hasSameEndpoints(before, Shapes.emptied(before))).isFalse();
    }

    /** A rule's host cannot be an address, and a path that is for any token would answer for every other host too. */
    @Test
    void aRouteForAnAddressIsForOneTokenOfAnyHost() throws Exception {
        var solver = new Solver.Http01(
                new Solver.IngressRoute("nginx", Map.of(), Map.of(), Solver.ServiceMode.EndpointSlice), null, null);
        var gateway = new Solver.GatewayRoute(List.of(new Solver.ParentRef("edge", null, null, null)), Map.of());

        var ingress = SHAPES.ingress(certificate(), ADDRESS, solver);
        var route = SHAPES.httpRoute(certificate(), ADDRESS, gateway);

        var rule = ingress.getSpec().getRules().getFirst();
        var path = rule.getHttp().getPaths().getFirst();
        assertThat(ingress.getMetadata().getName()).isEqualTo("caas-http01-2001-db8--1-www");
        assertThat(rule.getHost()).isNull();
        assertThat(path.getPath()).isEqualTo(Responder.PATH + "token");
        assertThat(path.getPathType()).isEqualTo("Exact");
        assertThat(route.getSpec().getHostnames()).isEmpty();
        assertThat(route.getSpec().getRules().getFirst().getMatches().getFirst().getPath())
                .extracting(HTTPPathMatch::getType, HTTPPathMatch::getValue)
                .containsExactly("Exact", Responder.PATH + "token");
        assertThat(List.of(ingress, route))
                .allSatisfy(r -> assertThat(Shapes.hosts(r)).containsExactly("2001:db8::1"));
    }

    @Test
    void aRouteForAHostIsForAllItsTokens() {
        var solver = new Solver.Http01(
                new Solver.IngressRoute("nginx", Map.of(), Map.of(), Solver.ServiceMode.EndpointSlice), null, null);

        var ingress = SHAPES.ingress(certificate(), WWW, solver);

        var rule = ingress.getSpec().getRules().getFirst();
        assertThat(ingress.getMetadata().getName()).isEqualTo("caas-http01-www.example.com");
        assertThat(rule.getHost()).isEqualTo("www.example.com");
        assertThat(rule.getHttp().getPaths().getFirst().getPath()).isEqualTo(Responder.PATH);
        assertThat(Shapes.hosts(ingress)).containsExactly("www.example.com");
    }

    private static Service service(String uid) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("team")
                .withName("caas-http01")
                .withUid(uid)
                .endMetadata()
                .build();
    }

    private static ManagedCertificate certificate() {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(new ObjectMetaBuilder()
                .withNamespace("team")
                .withName("www")
                .withUid("c")
                .build());
        return certificate;
    }
}
