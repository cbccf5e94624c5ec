package dev.caas.e2e;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ValidationType;
import dev.caas.kit.Chart;
import dev.caas.kit.Contract;
import dev.caas.kit.FormPlatform;
import dev.caas.kit.Specs;
import dev.caas.kit.Stage;
import dev.caas.kit.SteppedClock;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A customer of a partner platform of the test's own, and that platform, declared for the test's namespace alone. */
record Reseller(TestNamespace namespace, Contract contract, FormPlatform platform, SteppedClock clock)
        implements AutoCloseable {

    /** With a platform that bills without asking, or one where every cost has to be agreed to. */
    static Reseller of(TestNamespace namespace, CaaSPlatformSpec.Approval approval) {
        return of(namespace, approval, ValidationType.DV, Map.of());
    }

    /**
     * With a platform whose server, which accounts use, validates like that.
     *
     * @param otherServers what the other servers validate, by directory URL; nothing is there
     */
    static Reseller of(
            TestNamespace namespace,
            CaaSPlatformSpec.Approval approval,
            ValidationType type,
            Map<String, String> otherServers) {
        var stage = namespace.stage();
        var clock = new SteppedClock(Instant.now());
        var authority = stage.authority();
        var servers = new HashMap<>(otherServers);
        servers.put(authority.server(), type.name());
        var platform = FormPlatform.start(stage.ca(), clock, servers, stage.pebble()::nextBinding);
        var reseller = new Reseller(namespace, contract(namespace, authority), platform, clock);
        reseller.credentials();
        var declared = new CaaSPlatform();
        declared.setMetadata(new ObjectMetaBuilder().withName(namespace.name()).build());
        declared.setSpec(Specs.of(
                CaaSPlatformSpec.class,
                Map.of(
                        "provider", "SectigoCaaS",
                        "endpoint", platform.endpoint(),
                        "caBundle", authority.caBundle(),
                        "credentialsSecretRef", Map.of("name", namespace.name()),
                        "approval", approval.name(),
                        "allowedNamespaces", Map.of("from", "All"))));
        stage.client().resource(declared).create();
        return reseller;
    }

    /** With what the solver needs, and no binding in hand. */
    private static Contract contract(TestNamespace namespace, Stage.Authority authority) {
        return new Contract(namespace.stage(), namespace.name(), authority).solverSecrets();
    }

    /** Writes the credentials that the platform takes now. */
    void credentials() {
        client().resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(Chart.NAMESPACE)
                        .withName(namespace.name())
                        .endMetadata()
                        .withData(Map.of(
                                "loginName", encoded(platform.login().name()),
                                "loginPassword", encoded(platform.login().password())))
                        .build())
                .createOr(existing -> existing.update());
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** An account whose binding the platform is to hand out. */
    CaaSAccount account(String more) {
        var account = client().resource(declaredAccount(more)).create();
        return Expect.ready(client(), account);
    }

    CaaSAccount declaredAccount(String more) {
        var spec = contract.accountSpec();
        var declared = new CaaSAccount();
        declared.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName(Contract.ACCOUNT)
                .build());
        declared.setSpec(Specs.with(
                        dev.caas.api.CaaSAccountSpec.class,
                        "externalAccountBinding: null\npreRegister: {}\nplatformRef: {name: " + namespace.name() + "}\n"
                                + more)
                .apply(spec));
        return declared;
    }

    DomainSubscription subscribe(String name, String domain, String more) {
        return contract.subscription(
                name,
                Specs.with(DomainSubscriptionSpec.class, more.isEmpty() ? "{}" : more)
                        .apply(Contract.subscriptionSpec(domain, true)));
    }

    /** The one binding that the platform handed out. */
    String keyId() {
        return List.copyOf(platform.books().keyIds()).getFirst();
    }

    KubernetesClient client() {
        return namespace.client();
    }

    CaaSPlatform declared() {
        return client().resources(CaaSPlatform.class).withName(namespace.name()).require();
    }

    @Override
    public void close() {
        client().resources(CaaSPlatform.class).withName(namespace.name()).delete();
        client().secrets()
                .inNamespace(Chart.NAMESPACE)
                .withName(namespace.name())
                .delete();
        platform.close();
    }
}
