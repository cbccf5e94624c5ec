package dev.caas.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
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
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
                rules:
                - apiGroups: [caas.dev]
                  resources: [domainsubscriptions, caasaccounts]
                  verbs: [get, create, update, patch]
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
            refused(() -> tenant.resource(declared).patch(MERGE, """
                    {"spec": {"approvedCost": {"amount": "2000.00"}}}
                    """));

            var account = tenant.resource(account(namespace, "{}")).create();
            // As long as nobody agreed to any cost, whoever plans for more years pays for none.
            tenant.resource(account).patch(MERGE, """
                    {"spec": {"term": {"paidThrough": "2028-01-01"}}}
                    """);
            refused(() -> tenant.resource(account(namespace, COSTS)).dryRun().createOr(existing -> existing.update()));
            buyer.resource(account).patch(MERGE, """
                    {"spec": {"approvedCost": {"amount": "200.00", "currency": "USD"}}}
                    """);
            refused(() -> tenant.resource(account).patch(MERGE, """
                    {"spec": {"term": {"paidThrough": "2029-01-01"}}}
                    """));
            refused(() -> tenant.resource(account).patch(MERGE, """
                    {"spec": {"term": {"autoExtend": true}}}
                    """));
            tenant.resource(account).patch(MERGE, """
                    {"spec": {"concurrentOrders": 40}}
                    """);
            var extended = buyer.resource(account).patch(MERGE, """
                    {"spec": {"term": {"paidThrough": "2029-01-01"}}}
                    """);

            assertThat(extended.getSpec().term())
                    .isNotNull()
                    .satisfies(term -> assertThat(term.paidThrough()).isEqualTo("2029-01-01"));
        } finally {
            policy.forEach(object -> admin.resource(object).delete());
        }
    }

    private static void refused(ThrowingCallable change) {
        assertThatThrownBy(change)
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("spec.approvedCost: tenant may not agree to costs");
    }

    private static CaaSAccount account(TestNamespace namespace, String more) {
        var account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName(Contract.ACCOUNT)
                .build());
        account.setSpec(Specs.with(CaaSAccountSpec.class, more)
                .apply(new Contract(
                                namespace.stage(),
                                namespace.name(),
                                namespace.stage().authority())
                        .accountSpec()));
        return account;
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
