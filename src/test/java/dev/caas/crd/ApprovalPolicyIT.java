package dev.caas.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Parts;
import dev.caas.kit.Specs;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The chart's admission policy on the real API server: who may agree to costs. */
@ExtendWith(CaasExtension.class)
class ApprovalPolicyIT {
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    private static final String COSTS = "approvedCost: {amount: '200.00', currency: USD}";

    @Test
    void onlyWhoHasTheVerbMayAgreeToCosts(TestNamespace namespace) throws Exception {
        List<HasMetadata> policy = new HelmChart(Parts.helm())
                .objects("approvalPolicy.enabled=true").stream()
                        .filter(object -> object.getMetadata().getName().endsWith("-approve-cost"))
                        .toList();
        assertThat(policy).hasSize(3);
        var admin = namespace.client();
        namespace.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: tenant}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: tenant}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: tenant}
                rules: [{apiGroups: [caas.dev], resources: [domainsubscriptions], verbs: [get, create, update, patch]}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: buyer}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: caas-operator-approve-cost}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: buyer}]
                """);
        try (var tenant = as("tenant", admin);
                var buyer = as("buyer", admin)) {
            policy.forEach(object -> admin.resource(object).serverSideApply());
            // A policy holds a moment after it is there.
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThatThrownBy(
                                    () -> tenant.resource(subscription(namespace, "refused", COSTS))
                                            .dryRun()
                                            .create())
                            .isInstanceOf(KubernetesClientException.class)
                            .hasMessageContaining("spec.approvedCost: tenant may not agree to costs")
                            .hasMessageContaining("approve-cost"));

            var declared =
                    tenant.resource(subscription(namespace, "domain", "{}")).create();
            // Patches: the operator may write the status in between.
            buyer.resource(declared).patch(MERGE, """
                    {"spec": {"approvedCost": {"amount": "200.00", "currency": "USD"}}}
                    """);
            var changed = tenant.resource(declared).patch(MERGE, """
                    {"metadata": {"labels": {"changed": "otherwise"}}}
                    """);

            assertThat(changed.getSpec().approvedCost()).isNotNull();
        } finally {
            policy.forEach(object -> admin.resource(object).delete());
        }
    }

    private static KubernetesClient as(String user, KubernetesClient admin) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(admin.getConfiguration())
                        .withImpersonateUsername(user)
                        .build())
                .build();
    }

    private static DomainSubscription subscription(TestNamespace namespace, String name, String more) {
        var subscription = new DomainSubscription();
        subscription.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName(name)
                .build());
        subscription.setSpec(Specs.with(DomainSubscriptionSpec.class, more)
                .apply(Contract.subscriptionSpec(namespace.domain(), false)));
        return subscription;
    }
}
