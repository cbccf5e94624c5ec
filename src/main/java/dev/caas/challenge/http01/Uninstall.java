package dev.caas.challenge.http01;

import dev.caas.kube.ObjectName;
import dev.caas.kube.Ownership;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceList;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the chart runs after the operator is gone: no slice may keep an address of it. */
public final class Uninstall {
    private Uninstall() {}

    /** Takes the addresses out of every slice of ours in {@code CAAS_NAMESPACES}, or in all namespaces. */
    public static void main(String... none) {
        // The client's threads would keep the process.
        System.exit(succeeds() ? 0 : 1);
    }

    private static boolean succeeds() {
        try (var client = new KubernetesClientBuilder().build()) {
            var slices = client.discovery().v1().endpointSlices();
            var open = ours(slices)
                    .filter(slice -> !Shapes.endpoints(slice).isEmpty())
                    .toList();
            System.out.println(open.size() + " slices hold addresses of the operator");
            return open.stream().filter(slice -> !empty(slices, slice)).count() == 0;
        } catch (KubernetesClientException e) {
            System.err.println("EndpointSlices were not emptied: " + e.getMessage());
            return false;
        }
    }

    private static boolean empty(
            MixedOperation<EndpointSlice, EndpointSliceList, Resource<EndpointSlice>> slices, EndpointSlice slice) {
        try {
            slices.resource(Shapes.emptied(slice)).update();
            System.out.println("emptied EndpointSlice " + ObjectName.of(slice));
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return true;
            }
            System.err.println("EndpointSlice " + ObjectName.of(slice) + " was not emptied: " + e.getMessage());
            return false;
        }
    }

    private static Stream<EndpointSlice> ours(
            MixedOperation<EndpointSlice, EndpointSliceList, Resource<EndpointSlice>> slices) {
        var namespaces = Optional.ofNullable(System.getenv("CAAS_NAMESPACES"))
                .map(names -> List.of(names.split(",")))
                .orElse(List.of());
        return namespaces.isEmpty()
                ? slices.inAnyNamespace().withLabel(Ownership.ROLE, Shapes.RESPONDER).list().getItems().stream()
                : namespaces.stream()
                        .flatMap(n ->
                                slices
                                        .inNamespace(n)
                                        .withLabel(Ownership.ROLE, Shapes.RESPONDER)
                                        .list()
                                        .getItems()
                                        .stream());
    }
}
