package dev.caas.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Solver;
import dev.caas.kube.Conditions;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code ./dev bench http01 [N]}: issues N certificates (50) by HTTP-01 through Envoy for new hosts, renews them all, and
 * issues for 200 hosts in one namespace; prints requests, objects and times as JSON and as a table.
 */
public final class Http01Bench {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int HOSTS = 200;
    private static final int HOSTS_EACH = 50;

    private final Stage stage;
    private final Map<String, Object> figures = new LinkedHashMap<>();

    private Http01Bench(Stage stage) {
        this.stage = stage;
    }

    /** See {@link Http01Bench}. */
    public static void main(String... args) {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 50;
        Bench.ended(() -> {
            try (var stage = Stage.start(WorkFiles.fresh(Home.resolve("target/bench")))) {
                new Http01Bench(stage).run(count);
            }
        });
    }

    private void run(int count) throws Exception {
        stage.ingress();
        var pod = stage.network().podAddress();
        try (var operator = OperatorProcess.start(settings().with("POD_IP", pod.ip()))) {
            pod.forward(operator.responderPort(), operator.responderPort());
            operator.awaitReady();
            figures.put("certificates", count);
            var contract = customer("bench");
            issue(contract, "warm", 1, 1);
            measure("newHost", contract, count, () -> issue(contract, "new", count, 1));
            measure("renewal", contract, count, () -> renew(contract, "new", count));
            var many = customer("many");
            issue(many, "many", HOSTS / HOSTS_EACH, HOSTS_EACH);
            figures.put("hostsInOneNamespace", HOSTS);
            figures.put("ingressesThere", count(many, "Ingress"));
            figures.put("otherObjectsThere", count(many, "Service") + count(many, "EndpointSlice"));
            print();
        }
    }

    private OperatorProcess.Settings settings() {
        var installed = Chart.install(stage.client(), stage.dir("chart"), "namespaces: []\n");
        Path dir = stage.dir("operator");
        return OperatorProcess.Settings.of(
                        dir, stage.cluster().kubeconfigFor(installed.namespace(), installed.serviceAccount(), dir))
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8,10.77.0.0/16");
    }

    private Contract customer(String prefix) {
        var namespace = stage.namespace(prefix);
        var contract = new Contract(stage, namespace, stage.directAuthority()).secrets();
        contract.account(this::byHttp);
        contract.subscription("domain", domain(contract), true);
        stage.ingress().publish(domain(contract));
        return contract;
    }

    private CaaSAccountSpec byHttp(CaaSAccountSpec spec) {
        var http01 = new Solver.Http01(
                new Solver.IngressRoute(IngressController.CLASS, Map.of(), Map.of(), Solver.ServiceMode.EndpointSlice),
                null,
                new Solver.SelfCheck(List.of(stage.bind().secondary()), "60s", false, null));
        return Contract.proving(spec, List.of(new Solver(null, http01, null)));
    }

    private static String domain(Contract contract) {
        return contract.namespace() + "." + Bind.ZONE;
    }

    private void measure(String what, Contract contract, int count, Runnable work) {
        var audited = AuditedRequests.of(stage.cluster(), "caas-operator/");
        long mark = audited.mark();
        long start = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        Poll.until("the slices are empty", LIMIT, () -> addresses(contract) == 0);
        var requests = AuditedRequests.in(contract.namespace(), audited.since(mark));
        figures.put(what + "RequestsPerCertificate", requests.size() / (double) count);
        figures.put(
                what + "RequestsByKind",
                AuditedRequests.byKind(requests).entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                e -> e.getValue() / (double) count,
                                (a, b) -> a,
                                java.util.TreeMap::new)));
        figures.put(what + "Seconds", seconds);
    }

    private void issue(Contract contract, String prefix, int certificates, int hosts) {
        IntStream.range(0, certificates)
                .parallel()
                .forEach(i -> stage.client()
                        .resource(contract.certificate(
                                prefix + "-" + i,
                                IntStream.range(0, hosts)
                                        .mapToObj(h -> "h" + i + "-" + h + "." + prefix + "." + domain(contract))
                                        .toArray(String[]::new)))
                        .create());
        awaitReady(contract, prefix, certificates);
    }

    /** Another key asks for another certificate, as a renewal does. */
    private void renew(Contract contract, String prefix, int certificates) {
        IntStream.range(0, certificates)
                .parallel()
                .forEach(i -> stage.client()
                        .resources(ManagedCertificate.class)
                        .inNamespace(contract.namespace())
                        .withName(prefix + "-" + i)
                        .edit(c -> {
                            c.setSpec(withLargerKey(c.getSpec()));
                            return c;
                        }));
        awaitReady(contract, prefix, certificates);
    }

    private static ManagedCertificateSpec withLargerKey(ManagedCertificateSpec spec) {
        return Specs.with(ManagedCertificateSpec.class, spec, "privateKey", Map.of("size", 384));
    }

    private void awaitReady(Contract contract, String prefix, int certificates) {
        Poll.until(
                prefix + " is ready",
                LIMIT,
                () -> stage
                                .client()
                                .resources(ManagedCertificate.class)
                                .inNamespace(contract.namespace())
                                .list()
                                .getItems()
                                .stream()
                                .filter(c -> c.getMetadata().getName().startsWith(prefix + "-"))
                                .filter(Http01Bench::isReady)
                                .count()
                        == certificates);
    }

    private static boolean isReady(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && certificate
                        .getMetadata()
                        .getGeneration()
                        .equals(certificate.getStatus().observedGeneration())
                && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY)
                && !new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.RECONCILING);
    }

    private int addresses(Contract contract) {
        return stage
                .client()
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace(contract.namespace())
                .list()
                .getItems()
                .stream()
                .mapToInt(s -> s.getEndpoints() == null ? 0 : s.getEndpoints().size())
                .sum();
    }

    private int count(Contract contract, String kind) {
        var client = stage.client();
        return switch (kind) {
            case "Ingress" ->
                client.network()
                        .v1()
                        .ingresses()
                        .inNamespace(contract.namespace())
                        .list()
                        .getItems()
                        .size();
            case "Service" ->
                client.services()
                        .inNamespace(contract.namespace())
                        .list()
                        .getItems()
                        .size();
            default ->
                client.discovery()
                        .v1()
                        .endpointSlices()
                        .inNamespace(contract.namespace())
                        .list()
                        .getItems()
                        .size();
        };
    }

    private void print() {
        try {
            System.out.println(new ObjectMapper().writeValueAsString(figures));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println();
        figures.forEach((name, value) -> System.out.printf("%-32s %s%n", name, value));
    }
}
