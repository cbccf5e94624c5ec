package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.Money;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Chart;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.ScmPlatform;
import dev.caas.kit.Specs;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The story of a customer at the other two providers: Certificate Manager, and the ledger in the house. */
@ExtendWith(CaasExtension.class)
class ProvidersIT {
    private static final Money YEAR = new Money("200.00", "USD");

    @Test
    void certificateManagerHandsOutABindingThatACertificateIsIssuedUnder(
            TestNamespace namespace, OperatorProcess operator) {
        var stage = namespace.stage();
        var contract = new Contract(stage, namespace.name(), stage.authority());
        // Only the name server's key: the Secret of the binding is the operator's to write.
        stage.secret(
                namespace.name(),
                Contract.TSIG_SECRET,
                Map.of("key", stage.bind().tsigKey()));
        try (var scm = ScmPlatform.start(stage.ca(), contract.authority().server(), stage.pebble()::nextBinding)) {
            scmCredentials(namespace, scm);
            declare(
                    namespace,
                    Map.of(
                            "provider", "SectigoSCM",
                            "endpoint", scm.endpoint(),
                            "caBundle", contract.authority().caBundle(),
                            "credentialsSecretRef", Map.of("name", namespace.name()),
                            "organizationId", ScmPlatform.ORGANIZATION,
                            "allowedNamespaces", Map.of("from", "All")));

            account(contract, "externalAccountBinding: null\npreRegister: {}\n");
            var subscription = contract.subscription("domain", namespace.domain(), true);
            var account = Expect.ready(namespace.client(), accountOf(namespace));
            var waiting = Expect.reason(namespace.client(), subscription, Reason.AwaitingApproval);
            assertThat(waiting.getStatus().state()).isEqualTo(DomainSubscriptionStatus.State.AwaitingApproval);
            assertThat(Expect.message(waiting)).contains("tells no price", "spec.approval", "Automatic");
            assertThat(scm.domains(Objects.requireNonNull(account.getStatus().keyId())))
                    .isEmpty();
            Edit.spec(
                    namespace.client(),
                    namespace
                            .client()
                            .resources(CaaSPlatform.class)
                            .withName(namespace.name())
                            .require(),
                    "approval: Automatic");
            Expect.ready(namespace.client(), subscription);
            new Customer(contract).declare("www", namespace.dnsName("www"));
            new Customer(contract).awaitIssued("www");

            var keyId = Objects.requireNonNull(account.getStatus().keyId());
            assertThat(scm.accounts()).isEqualTo(1);
            assertThat(scm.domains(keyId)).containsExactly(namespace.domain());
            assertThat(scm.requests()).filteredOn(r -> r.startsWith("POST")).hasSize(2);
            assertThat(operator.log()).doesNotContain(scm.login().password());
        } finally {
            undeclare(namespace);
        }
    }

    /** Everything of the tenant is deleted with the namespace; what was paid is not the tenant's to lose. */
    @Test
    void whatWasPaidInTheHouseOutlivesTheNamespaceAndIsNotPaidAgain(TestNamespace namespace) {
        var contract = new Contract(
                namespace.stage(), namespace.name(), namespace.stage().authority());
        declare(
                namespace,
                Map.of(
                        "provider", "Local",
                        "pricing", Map.of("currency", "USD", "domainYear", "200"),
                        "allowedNamespaces", Map.of("from", "All")));
        try {
            account(contract.secrets(), "");
            var domain = contract.subscription("domain", namespace.domain(), true);
            var waiting = Expect.reason(namespace.client(), domain, Reason.AwaitingApproval);
            assertThat(waiting.getStatus().quote()).isEqualTo(YEAR);
            assertThat(books(namespace)).isEmpty();
            Edit.spec(namespace.client(), domain, "approvedCost: {amount: '200', currency: USD}");
            var paid = Expect.ready(namespace.client(), domain);
            assertThat(paid.getStatus().cost()).isEqualTo(YEAR);
            assertThat(paid.getStatus().refundableUntil())
                    .as("nothing is refunded there")
                    .isNull();
            var kept = books(namespace);
            assertThat(kept).hasSize(1);

            again(namespace);
            account(contract.secrets(), "");
            var after = Expect.ready(namespace.client(), contract.subscription("domain", namespace.domain(), true));

            assertThat(after.getStatus().expiresAt()).isEqualTo(paid.getStatus().expiresAt());
            assertThat(books(namespace)).isEqualTo(kept);
        } finally {
            books(namespace).forEach(s -> namespace.client().resource(s).delete());
            undeclare(namespace);
        }
    }

    /** The ledger in the house knows no MAC keys: the first account has the binding, whatever another one says of itself. */
    @Test
    void aBindingInTheHouseIsTheFirstAccounts(TestNamespace namespace) {
        var contract = new Contract(
                namespace.stage(), namespace.name(), namespace.stage().authority());
        declare(
                namespace,
                Map.of("provider", "Local", "approval", "Automatic", "allowedNamespaces", Map.of("from", "All")));
        try {
            account(contract.secrets(), "");
            Expect.ready(namespace.client(), contract.subscription("domain", namespace.domain(), true));
            var kept = books(namespace);
            assertThat(kept).hasSize(1);
            var ownServer = namespace.stage().pebble().directoryUrl();
            Forgery.registration(namespace, "other", ownServer);

            var intruder = accountOf(namespace);
            intruder.setMetadata(new ObjectMetaBuilder()
                    .withNamespace(namespace.name())
                    .withName("other")
                    .build());
            intruder.setStatus(null);
            intruder.setSpec(Specs.with(CaaSAccountSpec.class, "server: '" + ownServer + "'")
                    .apply(intruder.getSpec()));
            intruder = namespace.create(intruder);
            var theft = contract.subscription(
                    "theft",
                    Specs.with(DomainSubscriptionSpec.class, "accountRef: {name: other}\ndeletionPolicy: Remove")
                            .apply(Contract.subscriptionSpec(namespace.domain(), true)));

            var refused = Expect.eventually(
                    namespace.client(),
                    intruder,
                    a -> assertThat(Expect.conditions(a).hasReason(Conditions.STALLED, Reason.Conflict))
                            .isTrue());
            assertThat(refused.getStatus().domains()).isEmpty();
            Expect.reason(namespace.client(), theft, Reason.AccountNotReady);
            namespace.client().resource(theft).delete();
            soon().untilAsserted(() ->
                    assertThat(namespace.client().resource(theft).get()).isNull());
            assertThat(books(namespace)).isEqualTo(kept);
        } finally {
            books(namespace).forEach(s -> namespace.client().resource(s).delete());
            undeclare(namespace);
        }
    }

    private static void account(Contract contract, String more) {
        contract.account(
                Specs.with(CaaSAccountSpec.class, more + "platformRef: {name: " + contract.namespace() + "}\n"));
    }

    private static CaaSAccount accountOf(TestNamespace namespace) {
        return namespace.get(CaaSAccount.class, Contract.ACCOUNT);
    }

    private static void declare(TestNamespace namespace, Map<String, Object> spec) {
        var platform = new CaaSPlatform();
        platform.setMetadata(new ObjectMetaBuilder().withName(namespace.name()).build());
        platform.setSpec(Specs.of(CaaSPlatformSpec.class, spec));
        namespace.client().resource(platform).create();
    }

    private static void undeclare(TestNamespace namespace) {
        namespace
                .client()
                .resources(CaaSPlatform.class)
                .withName(namespace.name())
                .delete();
        namespace
                .client()
                .secrets()
                .inNamespace(Chart.NAMESPACE)
                .withName(namespace.name())
                .delete();
    }

    private static void scmCredentials(TestNamespace namespace, ScmPlatform scm) {
        namespace
                .client()
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(Chart.NAMESPACE)
                        .withName(namespace.name())
                        .endMetadata()
                        .withStringData(scm.login().data())
                        .build())
                .create();
    }

    /** Deletes the namespace with all that is in it, and makes one of the same name. */
    private static void again(TestNamespace namespace) {
        var client = namespace.client();
        client.namespaces().withName(namespace.name()).delete();
        soon().untilAsserted(() ->
                assertThat(client.namespaces().withName(namespace.name()).get()).isNull());
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace.name())
                        .endMetadata()
                        .build())
                .create();
    }

    /** What the Local platform of the test keeps in the operator's namespace. */
    private static List<Secret> books(TestNamespace namespace) {
        return namespace
                .client()
                .secrets()
                .inNamespace(Chart.NAMESPACE)
                .withLabel("caas.dev/role", "local")
                .list()
                .getItems()
                .stream()
                .filter(s -> s.getMetadata().getLabels().get("caas.dev/name").startsWith(namespace.name()))
                .toList();
    }

    /** Nobody but the operator holds it back there, so nobody else could remember. */
    @Test
    void aPlatformInTheHouseThatIsDeactivatedStaysSoWhenItIsDeclaredAnew(TestNamespace namespace) {
        var spec = Map.<String, Object>of("provider", "Local", "allowedNamespaces", Map.of("from", "All"));
        var platforms = namespace.client().resources(CaaSPlatform.class).withName(namespace.name());
        declare(namespace, spec);
        try {
            Edit.spec(namespace.client(), platforms.require(), "state: Deactivated\nconfirm: " + namespace.name());
            Expect.reason(namespace.client(), platforms.require(), Reason.Deactivated);

            platforms.delete();
            declare(namespace, spec);

            var refused = Expect.reason(namespace.client(), platforms.require(), Reason.Deactivated);
            assertThat(Expect.message(refused)).contains("was Deactivated before");
        } finally {
            undeclare(namespace);
        }
    }
}
