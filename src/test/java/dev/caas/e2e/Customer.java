package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.AcmeProxy;
import dev.caas.kit.Contract;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A customer in a namespace: declares certificates as people do, in YAML, and looks at what came of them. */
record Customer(Contract contract) {
    /** With an account behind the proxy, and a subscription of everything below the test's domain. */
    static Customer signed(TestNamespace namespace) {
        return signed(namespace, namespace.stage().authority());
    }

    static Customer signed(TestNamespace namespace, Stage.Authority authority) {
        return new Customer(new Contract(namespace.stage(), namespace.name(), authority).signed(namespace.domain()));
    }

    /** Declares a certificate, kept in Secret {@code <name>-tls}. */
    void declare(String name, String... dnsNames) {
        declare(name, List.of(dnsNames), "{}");
    }

    /** Declares a certificate of which the spec says more, in YAML. */
    void declare(String name, List<String> dnsNames, String more) {
        client().resource(declaration(name, dnsNames, more)).create();
    }

    /** What {@link #declare} creates. */
    GenericKubernetesResource declaration(String name, List<String> dnsNames, String more) {
        var spec = new HashMap<String, Object>(Map.of("secretName", name + "-tls", "dnsNames", dnsNames));
        spec.putAll(yaml(more));
        return new GenericKubernetesResourceBuilder()
                .withApiVersion("caas.dev/v1alpha1")
                .withKind("ManagedCertificate")
                .withNewMetadata()
                .withName(name)
                .withNamespace(contract.namespace())
                .endMetadata()
                .addToAdditionalProperties("spec", spec)
                .build();
    }

    /** Changes what the spec says, as {@code kubectl patch --type merge} does. */
    void change(String name, String spec) {
        patch(name, Map.of("spec", yaml(spec)));
    }

    /** Merges into the whole object. */
    void patch(String name, Map<String, ?> change) {
        resource(name)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        client().getKubernetesSerialization().asJson(change));
    }

    /** The certificate's object as it is now. */
    ManagedCertificate certificate(String name) {
        return resource(name).require();
    }

    Resource<ManagedCertificate> resource(String name) {
        return client().resources(ManagedCertificate.class)
                .inNamespace(contract.namespace())
                .withName(name);
    }

    /** Writes into a certificate's status, as nobody but the operator may, that it is being issued. */
    void pretendIssuing(String name) {
        resource(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        client().getKubernetesSerialization()
                                .asJson(Map.of(
                                        "status",
                                        Map.of(
                                                "conditions",
                                                new Conditions(status(name).conditions())
                                                        .with(
                                                                Conditions.ISSUING,
                                                                true,
                                                                Reason.Issuing,
                                                                "as if",
                                                                1,
                                                                Instant.now())
                                                        .all()))));
    }

    /** Waits until the account is registered, and returns its URL. */
    String awaitRegistered() {
        var account = client().resources(CaaSAccount.class)
                .inNamespace(contract.namespace())
                .withName(Contract.ACCOUNT);
        return soon().alias("the account is registered")
                .until(() -> account.require().getStatus().accountUrl(), Objects::nonNull);
    }

    /** Waits until the present declaration is satisfied. */
    ManagedCertificateStatus awaitIssued(String name) {
        return awaitStatus(
                name,
                name + " is issued",
                status -> assertThat(status.conditions())
                        .as("conditions")
                        .anyMatch(c -> c.getType().equals(Conditions.READY)
                                && c.getStatus().equals("True")
                                && c.getReason().equals(Reason.Issued.name()))
                        .noneMatch(c -> !c.getType().equals(Conditions.READY)));
    }

    /** Waits until a true condition of the present declaration has this reason: why it is not issued, or not renewed. */
    ManagedCertificateStatus awaitNotNow(String name, Reason reason) {
        return awaitStatus(
                name,
                name + " is not issued because of " + reason,
                status -> assertThat(status.conditions())
                        .as("conditions")
                        .anyMatch(c -> Stream.of(Conditions.STALLED, Conditions.RECONCILING)
                                        .anyMatch(c.getType()::equals)
                                && c.getReason().equals(reason.name())));
    }

    /** Waits until the status of the present declaration satisfies the assertions, and returns it. */
    private ManagedCertificateStatus awaitStatus(
            String name, String alias, Consumer<ManagedCertificateStatus> assertions) {
        var seen = new AtomicReference<ManagedCertificateStatus>();
        soon().alias(alias).untilAsserted(() -> {
            var certificate = certificate(name);
            assertThat(isCurrent(certificate)).isTrue();
            assertions.accept(certificate.getStatus());
            seen.set(certificate.getStatus());
        });
        return seen.get();
    }

    private static boolean isCurrent(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && certificate
                        .getMetadata()
                        .getGeneration()
                        .equals(certificate.getStatus().observedGeneration());
    }

    ManagedCertificateStatus status(String name) {
        return certificate(name).getStatus();
    }

    /** The failure that a status tells of. */
    static ManagedCertificateStatus.Failure failure(ManagedCertificateStatus status) {
        return requireNonNull(status.lastFailure(), "no failure is told of");
    }

    /** What a Secret serves. */
    ServedCertificate served(String secret) {
        return ServedCertificate.of(secret(secret).orElseThrow(() -> new AssertionError("no Secret " + secret)));
    }

    Optional<Secret> secret(String name) {
        return Optional.ofNullable(client().secrets()
                .inNamespace(contract.namespace())
                .withName(name)
                .get());
    }

    /** The Events about an object. */
    List<Event> events(String name) {
        return client().events().v1().events().inNamespace(contract.namespace()).list().getItems().stream()
                .filter(e -> e.getRegarding().getName().equals(name))
                .toList();
    }

    /** Waits until nothing of an order is left: no checkpoint, no TXT record for these names. */
    void awaitNothingLeftOfOrder(String name, List<String> dnsNames) {
        soon().alias("nothing is left of the order of " + name).untilAsserted(() -> {
            assertThat(secret(name + "-checkpoint")).isEmpty();
            for (var dnsName : dnsNames) {
                assertThat(stage().bind().txt(challengeName(dnsName)))
                        .as(dnsName)
                        .isEmpty();
            }
        });
    }

    /** Where the proof for a name goes. */
    static String challengeName(String dnsName) {
        return "_acme-challenge." + dnsName.replaceFirst("^[*][.]", "");
    }

    /** How many requests of any kind this customer's account has sent to the CA. */
    long acmeRequests() {
        return Stream.of(Step.values()).mapToLong(this::asked).sum();
    }

    /** How many requests of a step this customer's account has sent to the CA. */
    long asked(Step step) {
        return acme().requests(step, contract.authority().binding().keyId());
    }

    AcmeProxy acme() {
        return stage().acme();
    }

    Stage stage() {
        return contract.stage();
    }

    KubernetesClient client() {
        return stage().client();
    }

    /** A value as it can stand in YAML. */
    String yamlOf(Object value) {
        return client().getKubernetesSerialization().asJson(value);
    }

    @SuppressWarnings("unchecked") // A YAML mapping's keys are text.
    private Map<String, Object> yaml(String text) {
        return client().getKubernetesSerialization().unmarshal(text, Map.class);
    }
}
