package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A backup is put back: what is there is believed, and only what is really gone is issued again. */
@ExtendWith(CaasExtension.class)
class RestoreIT {

    /** As kubectl apply restores it: with another uid, and without status. */
    @Test
    void objectsThatLostTheirStatusKeepAccountAndCertificates(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var names = Map.of("one", namespace.dnsName("one"), "two", namespace.dnsName("two"));
        names.forEach(customer::declare);
        var serials = serials(customer, names);
        var url = customer.awaitRegistered();
        long registrations = customer.asked(Step.NEW_ACCOUNT);

        operator.stop();
        Stream.of(CaaSAccount.class, DomainSubscription.class, ManagedCertificate.class)
                .forEach(type -> recreate(namespace, type));
        assertThat(customer.certificate("one").getStatus()).isNull();
        operator.startAgain().awaitReady();

        assertThat(serials(customer, names)).isEqualTo(serials);
        assertThat(customer.awaitRegistered()).isEqualTo(url);
        assertThat(customer.asked(Step.NEW_ACCOUNT)).isEqualTo(registrations);
        names.values().forEach(name -> assertThat(customer.acme().orders(name)).isEqualTo(new Orders(1, 1)));
    }

    /** The backup was made while two were being ordered; one of their Secrets is lost. */
    @Test
    void onlyTheCertificateWhoseSecretIsGoneIsIssuedAgain(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var names = Map.of(
                "kept", namespace.dnsName("kept"), "lost", namespace.dnsName("lost"), "old", namespace.dnsName("old"));
        var checkpoints = new ArrayList<Secret>();
        try (var hold = customer.acme()
                .on(Step.FINALIZE)
                .forNamesContaining(namespace.domain())
                .hold()) {
            names.forEach(customer::declare);
            names.forEach((name, dnsName) -> hold.awaitReached(Expect.LIMIT));
            Stream.of("kept", "lost")
                    .map(name -> customer.secret(name + "-checkpoint").orElseThrow())
                    .forEach(checkpoints::add);
        }
        var serials = serials(customer, names);
        names.forEach((name, dnsName) -> customer.awaitNothingLeftOfOrder(name, List.of(dnsName)));

        operator.stop();
        namespace
                .client()
                .secrets()
                .inNamespace(namespace.name())
                .withName("lost-tls")
                .delete();
        checkpoints.forEach(checkpoint -> namespace.create(ofOrderLongGone(checkpoint)));
        operator.startAgain().awaitReady();

        soon().until(() -> customer.secret("lost-tls").isPresent());
        var after = serials(customer, names);
        assertThat(after).containsEntry("kept", serials.get("kept")).containsEntry("old", serials.get("old"));
        assertThat(after.get("lost")).isNotEqualTo(serials.get("lost"));
        assertThat(customer.acme().orders(names.get("lost"))).isEqualTo(new Orders(2, 2));
        assertThat(customer.acme().orders(names.get("kept"))).isEqualTo(new Orders(1, 1));
        assertThat(customer.acme().orders(names.get("old"))).isEqualTo(new Orders(1, 1));
        names.forEach((name, dnsName) -> customer.awaitNothingLeftOfOrder(name, List.of(dnsName)));
    }

    private static <T extends CustomResource<?, ?>> void recreate(TestNamespace namespace, Class<T> type) {
        var all = namespace
                .client()
                .resources(type)
                .inNamespace(namespace.name())
                .list()
                .getItems();
        for (var object : all) {
            namespace.client().resource(object).delete();
            soon().until(() -> namespace.client().resource(object).get() == null);
            var backup = fresh(object);
            ((CustomResource<?, ?>) backup).setStatus(null);
            namespace.create(backup);
        }
    }

    /** Without what a cluster gives to an object. */
    private static <T extends HasMetadata> T fresh(T object) {
        var meta = object.getMetadata();
        object.setMetadata(new ObjectMetaBuilder()
                .withName(meta.getName())
                .withLabels(meta.getLabels())
                .withAnnotations(meta.getAnnotations())
                .build());
        return object;
    }

    private static Secret ofOrderLongGone(Secret checkpoint) {
        var order =
                new String(Base64.getDecoder().decode(checkpoint.getData().get("order.json")), StandardCharsets.UTF_8);
        assertThat(order).contains("/my-order/");
        return new SecretBuilder(fresh(checkpoint))
                .addToStringData("order.json", order.replaceFirst("/my-order/[^\"]*", "/my-order/long-gone"))
                .build();
    }

    /** The serial number in each Secret, once its certificate is issued. */
    private static Map<String, String> serials(Customer customer, Map<String, String> names) {
        return names.keySet().stream().collect(Collectors.toMap(name -> name, name -> {
            var told = requireNonNull(customer.awaitIssued(name).serialNumber());
            assertThat(customer.served(name + "-tls").serial()).isEqualTo(told);
            return told;
        }));
    }
}
