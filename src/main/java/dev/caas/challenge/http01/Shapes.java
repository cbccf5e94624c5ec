package dev.caas.challenge.http01;

import com.google.common.net.InetAddresses;
import dev.caas.acme.AcmeOrder;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import dev.caas.challenge.http01.Http01Exception.Kind;
import dev.caas.entitlement.IpAddress;
import dev.caas.kube.Ownership;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReferenceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the objects look like that lead to the responder. Pure.
 *
 * @param port the responder's, and that of its Services
 * @param externalName the DNS name of the operator's own Service
 */
record Shapes(int port, Optional<String> externalName) {
    /** The role of Services and EndpointSlices. */
    static final String RESPONDER = "responder";
    /** An annotation: the IP address that a route without host is for. */
    private static final String ADDRESS = "caas.dev/ip-address";

    /** The role of Ingresses and HTTPRoutes. */
    static final String ROUTE = "route";

    private static final String SERVICE = "caas-http01";
    private static final String EXTERNAL = "caas-http01-external";
    private static final String PORT = "http";
    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String SLICE_MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
    private static final String OPERATOR = "caas-operator";

    /**
     * Controllers that would otherwise send the CA elsewhere: to HTTPS, to a login, or away by its address. Keys of other
     * controllers mean nothing to the one at hand.
     */
    private static final Map<String, String> OPEN_TO_ALL = Map.of(
            "nginx.ingress.kubernetes.io/ssl-redirect", "false",
            "nginx.ingress.kubernetes.io/whitelist-source-range", "0.0.0.0/0,::/0");

    static boolean isExternal(Solver.Http01 solver) {
        return solver.ingress() != null && solver.ingress().serviceMode() == Solver.ServiceMode.ExternalName;
    }

    /** The hosts of one of our Ingresses or HTTPRoutes; of one for an IP address, which can name no host, that address. */
    static List<String> hosts(HasMetadata route) {
        var address = Optional.ofNullable(route.getMetadata().getAnnotations()).map(notes -> notes.get(ADDRESS));
        if (address.isPresent()) {
            return List.of(address.get());
        }
        return switch (route) {
            case Ingress ingress
            when ingress.getSpec() != null ->
                ingress.getSpec().getRules().stream()
                        .flatMap(r -> Stream.ofNullable(r.getHost()))
                        .toList();
            case HTTPRoute http when http.getSpec() != null -> http.getSpec().getHostnames();
            default -> List.of();
        };
    }

    /** The uids of an object's owners. */
    static List<String> owners(HasMetadata object) {
        return object.getMetadata().getOwnerReferences().stream()
                .map(OwnerReference::getUid)
                .toList();
    }

    /** Without selector: its endpoints are in {@link #slices}. */
    Service service(String namespace) {
        return new ServiceBuilder()
                .withMetadata(meta(namespace, SERVICE, RESPONDER, Map.of()))
                .withNewSpec()
                .withType("ClusterIP")
                .withIpFamilyPolicy("PreferDualStack")
                .addNewPort()
                .withName(PORT)
                .withProtocol("TCP")
                .withPort(port)
                .withTargetPort(new IntOrString(port))
                .endPort()
                .endSpec()
                .build();
    }

    Service externalService(String namespace) throws Http01Exception {
        var name = externalName.orElseThrow(() -> new Http01Exception(
                Kind.CONFIGURATION,
                "the operator does not know the DNS name of its own Service, which serviceMode ExternalName needs: set"
                        + " caas.responder.external-name"));
        return new ServiceBuilder()
                .withMetadata(meta(namespace, EXTERNAL, RESPONDER, Map.of()))
                .withNewSpec()
                .withType("ExternalName")
                .withExternalName(name)
                .addNewPort()
                .withName(PORT)
                .withProtocol("TCP")
                .withPort(port)
                .endPort()
                .endSpec()
                .build();
    }

    /** One slice for each address family there is, which goes when the Service goes. */
    List<EndpointSlice> slices(Service service, List<InetAddress> addresses) {
        var families = addresses.stream()
                .collect(Collectors.groupingBy(
                        a -> a instanceof Inet6Address ? "IPv6" : "IPv4", TreeMap::new, Collectors.toList()));
        return families.entrySet().stream()
                .map(f -> slice(service, f.getKey(), f.getValue()))
                .toList();
    }

    private EndpointSlice slice(Service service, String family, List<InetAddress> addresses) {
        var meta = service.getMetadata();
        return new EndpointSliceBuilder()
                .withMetadata(new ObjectMetaBuilder(meta(
                                meta.getNamespace(),
                                SERVICE + "-" + family.toLowerCase(java.util.Locale.ROOT),
                                RESPONDER,
                                Map.of(SERVICE_NAME, SERVICE, SLICE_MANAGED_BY, OPERATOR)))
                        .withOwnerReferences(owner(service, "v1", "Service"))
                        .build())
                .withAddressType(family)
                .withEndpoints(addresses.stream()
                        .map(a -> new EndpointBuilder()
                                .withAddresses(InetAddresses.toAddrString(a))
                                .withNewConditions()
                                .withReady(true)
                                .endConditions()
                                .build())
                        .toList())
                .addNewPort()
                .withName(PORT)
                .withProtocol("TCP")
                .withPort(port)
                .endPort()
                .build();
    }

    static EndpointSlice emptied(EndpointSlice slice) {
        return new EndpointSliceBuilder(slice).withEndpoints(List.of()).build();
    }

    /** Whether there is nothing to change about a slice: what its Service's predecessor owned goes with that. */
    static boolean hasSameEndpoints(EndpointSlice one, EndpointSlice other) {
        return addresses(one).equals(addresses(other))
                && Objects.equals(one.getPorts(), other.getPorts())
                && owners(one).containsAll(owners(other));
    }

    /** An emptied slice comes back without the list. */
    static List<Endpoint> endpoints(EndpointSlice slice) {
        return Objects.requireNonNullElse(slice.getEndpoints(), List.of());
    }

    private static Set<String> addresses(EndpointSlice slice) {
        return endpoints(slice).stream()
                .map(Endpoint::getAddresses)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    /** An Ingress of its own: one that the host already has keeps its paths, its TLS and its redirects. */
    Ingress ingress(ManagedCertificate certificate, AcmeOrder.Http01 challenge, Solver.Http01 solver) {
        var how = Objects.requireNonNull(solver.ingress());
        var annotations = new HashMap<>(OPEN_TO_ALL);
        annotations.putAll(how.annotations());
        var meta = routeMeta(certificate, challenge, how.labels());
        annotations.putAll(meta.getAnnotations());
        return new IngressBuilder()
                .withMetadata(
                        new ObjectMetaBuilder(meta).withAnnotations(annotations).build())
                .withNewSpec()
                .withIngressClassName(how.ingressClassName())
                .addNewRule()
                .withHost(isForAddress(challenge) ? null : challenge.name())
                .withNewHttp()
                .addNewPath()
                .withPath(path(challenge))
                .withPathType(isForAddress(challenge) ? "Exact" : "Prefix")
                .withNewBackend()
                .withNewService()
                .withName(isExternal(solver) ? EXTERNAL : SERVICE)
                .withNewPort()
                .withNumber(port)
                .endPort()
                .endService()
                .endBackend()
                .endPath()
                .endHttp()
                .endRule()
                .endSpec()
                .build();
    }

    HTTPRoute httpRoute(ManagedCertificate certificate, AcmeOrder.Http01 challenge, Solver.GatewayRoute how)
            throws Http01Exception {
        return new HTTPRouteBuilder()
                .withMetadata(routeMeta(certificate, challenge, how.labels()))
                .withNewSpec()
                .withParentRefs(parents(certificate, how))
                .withHostnames(isForAddress(challenge) ? List.of() : List.of(challenge.name()))
                .addNewRule()
                .addNewMatch()
                .withNewPath()
                .withType(isForAddress(challenge) ? "Exact" : "PathPrefix")
                .withValue(path(challenge))
                .endPath()
                .endMatch()
                .addNewBackendRef()
                .withName(SERVICE)
                .withPort(port)
                .endBackendRef()
                .endRule()
                .endSpec()
                .build();
    }

    /**
     * A rule's host cannot be an IP address, so a route for one is for every host that has none of its own. It is for one
     * token only: routes of several namespaces do not get into each other's way, nor into anybody else's.
     */
    static boolean isForAddress(AcmeOrder.Http01 challenge) {
        return IpAddress.isOne(challenge.name());
    }

    private static String path(AcmeOrder.Http01 challenge) {
        return isForAddress(challenge) ? Responder.PATH + challenge.token() : Responder.PATH;
    }

    /** The solver's Gateways, else the one that owns the certificate because its annotations asked for it. */
    private static List<ParentReference> parents(ManagedCertificate certificate, Solver.GatewayRoute how)
            throws Http01Exception {
        if (!how.parentRefs().isEmpty()) {
            return how.parentRefs().stream()
                    .map(p -> new ParentReferenceBuilder()
                            .withName(p.name())
                            .withNamespace(p.namespace())
                            .withSectionName(p.sectionName())
                            .withPort(p.port())
                            .build())
                    .toList();
        }
        var owner = certificate.getMetadata().getOwnerReferences().stream()
                .filter(o -> o.getApiVersion().startsWith("gateway.networking."))
                .findFirst()
                .orElseThrow(() -> new Http01Exception(
                        Kind.CONFIGURATION,
                        "the solver names no Gateway in http01.gateway.parentRefs, and no Gateway's annotations asked for"
                                + " this certificate: name one"));
        return List.of(new ParentReferenceBuilder()
                .withGroup(owner.getApiVersion().split("/", 2)[0])
                .withKind(owner.getKind())
                .withName(owner.getName())
                .build());
    }

    private static ObjectMeta routeMeta(
            ManagedCertificate certificate, AcmeOrder.Http01 challenge, Map<String, String> labels) {
        var host = challenge.name();
        var name = isForAddress(challenge)
                ? host.replace(':', '-') + "-" + certificate.getMetadata().getName()
                : host;
        return new ObjectMetaBuilder(meta(
                        certificate.getMetadata().getNamespace(),
                        Ownership.shortened(SERVICE + "-" + name, Ownership.LONGEST_NAME),
                        ROUTE,
                        labels))
                .withAnnotations(isForAddress(challenge) ? Map.of(ADDRESS, host) : Map.of())
                .withOwnerReferences(owner(certificate, certificate.getApiVersion(), certificate.getKind()))
                .build();
    }

    private static ObjectMeta meta(String namespace, String name, String role, Map<String, String> more) {
        var labels = new HashMap<>(more);
        labels.put(Ownership.ROLE, role);
        labels.put(Ownership.MANAGED_BY, OPERATOR);
        return new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(labels)
                .build();
    }

    private static OwnerReference owner(HasMetadata owner, @Nullable String apiVersion, String kind) {
        return new OwnerReferenceBuilder()
                .withApiVersion(apiVersion)
                .withKind(kind)
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .build();
    }
}
