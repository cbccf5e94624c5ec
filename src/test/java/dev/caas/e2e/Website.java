package dev.caas.e2e;

import dev.caas.api.Solver;
import dev.caas.kit.Contract;
import dev.caas.kit.IngressController;
import dev.caas.kit.Pebble;
import dev.caas.kit.Stage;
import dev.caas.kit.TestNamespace;
import dev.caas.kit.WebApplication;
import dev.caas.kit.WebClient;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A customer whose account proves by HTTP-01, with what the operator keeps in the namespace for it. */
record Website(TestNamespace test, IngressController ingress, Customer customer) {
    private static final String ROLE = "caas.dev/role";

    /** With a solver of the ingress controller's class. */
    static Website of(TestNamespace test, IngressController ingress) {
        return of(test, ingress, ingressClass(IngressController.CLASS, test.stage()));
    }

    static Website of(TestNamespace test, IngressController ingress, Solver.Http01 http01) {
        return of(test, ingress, test.name(), http01);
    }

    private static Website of(TestNamespace test, IngressController ingress, String namespace, Solver.Http01 http01) {
        var contract = new Contract(test.stage(), namespace, test.stage().authority());
        contract.secrets();
        contract.account(spec -> Contract.proving(spec, List.of(new Solver(null, http01, null))));
        contract.subscription("domain", test.domain(), true);
        ingress.publish(test.domain());
        return new Website(test, ingress, new Customer(contract));
    }

    static Solver.Http01 ingressClass(String name, Stage stage) {
        return ingress(
                new Solver.IngressRoute(name, Map.of(), Map.of(), Solver.ServiceMode.EndpointSlice), stage, "60s");
    }

    static Solver.Http01 ingress(Solver.IngressRoute route, Stage stage, String timeout) {
        return new Solver.Http01(route, null, selfCheck(stage, timeout));
    }

    static Solver.Http01 gateway(List<Solver.ParentRef> parents, Stage stage) {
        return new Solver.Http01(null, new Solver.GatewayRoute(parents, Map.of()), selfCheck(stage, "60s"));
    }

    /** Names of the kit are known to its own name servers only. */
    private static Solver.SelfCheck selfCheck(Stage stage, String timeout) {
        return new Solver.SelfCheck(List.of(stage.bind().secondary()), timeout, false, null);
    }

    /** Another customer of the same domain, with an account and a namespace of its own. */
    Website second() {
        return of(test, ingress, test.stage().namespace("second"), ingressClass(IngressController.CLASS, test.stage()));
    }

    /** Puts a page of its own behind a host, and TLS with Secret {@code <label>-tls}. */
    Website withPage(String label, String... annotations) {
        var application = ingress.application(namespace(), label);
        test.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %1$s, annotations: {%5$s}}
                spec:
                  ingressClassName: %4$s
                  tls: [{hosts: [%2$s], secretName: %1$s-tls}]
                  rules:
                    - host: %2$s
                      http:
                        paths:
                          - {path: /, pathType: Prefix, backend: {service: {name: %1$s, port: {number: %3$d}}}}
                """.formatted(
                        application.service(),
                        host(label),
                        WebApplication.SERVICE_PORT,
                        IngressController.CLASS,
                        String.join(", ", annotations)));
        return this;
    }

    String host(String label) {
        return test.dnsName(label);
    }

    String namespace() {
        return customer.contract().namespace();
    }

    /** A visitor who trusts what this CA issues. */
    WebClient trusting(Pebble pebble) {
        return ingress.client(pebble.trusting());
    }

    /** What a host answers for a token, without TLS. */
    String answer(String host, String token) throws IOException {
        return ingress.client(test.stage().ca().trusting())
                .http(host, "/.well-known/acme-challenge/" + token)
                .body();
    }

    /** The Ingresses that the operator keeps here. */
    List<Ingress> routes() {
        return customer.client()
                .network()
                .v1()
                .ingresses()
                .inNamespace(namespace())
                .withLabel(ROLE, "route")
                .list()
                .getItems();
    }

    List<String> routedHosts() {
        return routes().stream()
                .flatMap(i -> i.getSpec().getRules().stream())
                .map(r -> r.getHost())
                .toList();
    }

    List<Service> services() {
        return customer.client()
                .services()
                .inNamespace(namespace())
                .withLabel(ROLE, "responder")
                .list()
                .getItems();
    }

    List<EndpointSlice> slices() {
        return customer.client()
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace(namespace())
                .withLabel(ROLE, "responder")
                .list()
                .getItems();
    }

    /** Where the operator's Services lead right now. */
    List<String> addresses() {
        return slices().stream()
                .flatMap(s -> Stream.ofNullable(s.getEndpoints()).flatMap(List::stream))
                .flatMap(e -> e.getAddresses().stream())
                .toList();
    }

    /** As if an operator had been killed while it was at work. */
    void putStaleAddress(String address) {
        var slice = slices().getFirst();
        slice.setEndpoints(List.of(new EndpointBuilder().withAddresses(address).build()));
        customer.client().resource(slice).update();
    }
}
