package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.DomainSubscription;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.AcmeProxy;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.FormCall;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One ACME account, one binding, the whole reseller: who is meant is said, and only what was done here is undone. */
@ExtendWith(CaasExtension.class)
class PlatformScopeIT {
    private static final String SCOPE = "includeAdditionalAccounts";

    private TestNamespace namespace;
    private OperatorProcess operator;
    private Reseller reseller;
    private Customer customer;
    private CaaSAccount account;
    private String self;

    @BeforeEach
    void given(TestNamespace namespace, OperatorProcess operator) {
        this.namespace = namespace;
        this.operator = operator;
        this.reseller = Reseller.of(namespace, Approval.Automatic);
        this.customer = new Customer(reseller.contract());
        this.account = reseller.account("");
        this.self = reseller.platform().books().registered(reseller.keyId(), "caas-operator/test");
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
    }

    @AfterEach
    void end() {
        reseller.close();
    }

    @Test
    void oneAccountIsSuspendedAloneAndResumedWhenItIsDeclaredActive() {
        Edit.spec(reseller.client(), account, "acmeAccounts: [{id: self, state: Suspended}]");
        awaitOnly("SUSPENDACCOUNT", Map.of("acmeAccountID", self, SCOPE, "N"));
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitNotNow("www", Reason.Suspended);
        assertThat(reseller.platform().books().isUsable(reseller.keyId()))
                .as("the binding")
                .isTrue();

        Edit.spec(reseller.client(), account, "acmeAccounts: [{id: self, state: Active}]");

        customer.awaitIssued("www");
        awaitOnly("UNSUSPENDACCOUNT", Map.of("acmeAccountID", self, SCOPE, "N"));
        assertThat(namespace
                        .get(CaaSAccount.class, Contract.ACCOUNT)
                        .getStatus()
                        .applied())
                .isEmpty();
    }

    /** As after a Git revert: what nobody declares any more is undone. */
    @Test
    void oneAccountThatIsNotNamedAnyMoreIsAsItWasBefore() {
        Edit.spec(reseller.client(), account, "acmeAccounts: [{id: self, state: Suspended}]");
        soon().untilAsserted(() ->
                assertThat(reseller.platform().books().status(self)).isEqualTo("suspended"));

        Edit.spec(reseller.client(), account, "acmeAccounts: null");

        soon().untilAsserted(() ->
                assertThat(reseller.platform().books().status(self)).isEqualTo("valid"));
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
    }

    @Test
    void oneAccountIsDeactivatedAloneAndForEver() {
        var certbot = reseller.platform().books().registered(reseller.keyId(), "certbot");
        Edit.spec(reseller.client(), account, "acmeAccounts: [{id: '" + certbot + "', state: Deactivated}]");
        awaitOnly("DEACTIVATEACCOUNT", Map.of("acmeAccountID", certbot, SCOPE, "N"));

        Edit.spec(reseller.client(), account, "acmeAccounts: [{id: '" + certbot + "', state: Active}]");

        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(Expect.conditions(a).get(Conditions.STALLED))
                        .hasValueSatisfying(c -> assertThat(c.getMessage())
                                .contains("ACME account '" + certbot + "' is deactivated, which is final")));
        assertThat(reseller.platform().books().status(certbot)).isEqualTo("deactivated");
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
    }

    @Test
    void theWholeResellerIsSuspendedOnlyWhenThatIsConfirmed() {
        Edit.spec(reseller.client(), reseller.declared(), "state: Suspended");

        var unconfirmed = Expect.reason(reseller.client(), reseller.declared(), Reason.InvalidSpec);
        assertThat(Expect.message(unconfirmed)).contains("spec.confirm").contains(namespace.name());
        soon().untilAsserted(() -> assertThat(reseller.client()
                        .v1()
                        .events()
                        .inNamespace("default")
                        .list()
                        .getItems())
                .anyMatch(e -> e.getInvolvedObject().getName().equals(namespace.name())
                        && e.getReason().equals(Reason.InvalidSpec.name())));
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
        assertThat(reseller.platform().calls("SUSPENDACCOUNT")).isEmpty();

        Edit.spec(reseller.client(), reseller.declared(), "confirm: " + namespace.name());

        awaitOnly("SUSPENDACCOUNT", Map.of(SCOPE, "*"));
        Expect.reason(reseller.client(), reseller.declared(), Reason.Suspended);
        Expect.reason(reseller.client(), account, Reason.Suspended);
        customer.declare("more", namespace.dnsName("more"));
        customer.awaitNotNow("more", Reason.Suspended);
        assertThat(audited(AuditRecord.Type.PLATFORM_SUSPENDED)).isEqualTo(1);

        Edit.spec(reseller.client(), reseller.declared(), "state: Active");

        awaitOnly("UNSUSPENDACCOUNT", Map.of(SCOPE, "*"));
        Expect.ready(reseller.client(), reseller.declared());
        Expect.ready(reseller.client(), account);
        customer.awaitIssued("more");
        assertThat(reseller.platform().calls("SUSPENDACCOUNT")).hasSize(1);
        assertThat(audited(AuditRecord.Type.PLATFORM_RESUMED)).isEqualTo(1);
    }

    /** Asked too early, the platform would call everything suspended, and that would be taken for somebody else's doing. */
    @Test
    void accountsAreUsedAgainWhenTheResellerIsResumedAndNotBefore() {
        suspendReseller();
        account = Edit.spec(reseller.client(), account, "concurrentOrders: 40");
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitNotNow("www", Reason.Suspended);
        var resuming = reseller.platform().on("UNSUSPENDACCOUNT").hold();

        Edit.spec(reseller.client(), reseller.declared(), "state: Active");

        resuming.awaitReached(Expect.LIMIT);
        soon().untilAsserted(() -> assertThat(
                        Expect.message(reseller.client().resource(account).require()))
                .contains("not resumed at the platform yet"));
        resuming.release();
        customer.awaitIssued("www");
        Expect.ready(reseller.client(), account);
    }

    /** Nobody knows what came of it: it is undone all the same. */
    @Test
    void aSuspensionWhoseReplyIsLostIsUndone() {
        var lost = reseller.platform().on("SUSPENDACCOUNT").cutAfter();
        Edit.spec(reseller.client(), reseller.declared(), "state: Suspended\nconfirm: " + namespace.name());
        soon().untilAsserted(() ->
                assertThat(reseller.platform().books().status(self)).isEqualTo("suspended"));

        Edit.spec(reseller.client(), reseller.declared(), "state: Active");

        Expect.ready(reseller.client(), reseller.declared());
        assertThat(lost.hits()).isPositive();
        assertThat(reseller.platform().books().status(self)).isEqualTo("valid");
    }

    /** As after a restore, which brings objects without their status. */
    @Test
    void aResellerWhoseStatusIsLostIsResumedAllTheSame() {
        suspendReseller();

        Edit.loseStatus(reseller.client(), reseller.declared());
        Edit.spec(reseller.client(), reseller.declared(), "state: Active");

        awaitOnly("UNSUSPENDACCOUNT", Map.of(SCOPE, "*"));
        Expect.ready(reseller.client(), reseller.declared());
        Expect.ready(reseller.client(), account);
    }

    @Test
    void whatWasSuspendedBeforeTheResellerStaysSuspendedAfterIt() {
        var certbot = reseller.platform().books().registered(reseller.keyId(), "certbot");
        reseller.platform().books().suspendAccountBehindOurBack(certbot);
        suspendReseller();
        assertThat(reseller.platform().books().status(self)).isEqualTo("suspended");

        Edit.spec(reseller.client(), reseller.declared(), "state: Active");

        Expect.ready(reseller.client(), reseller.declared());
        assertThat(reseller.platform().books().status(self)).isEqualTo("valid");
        assertThat(reseller.platform().books().status(certbot)).isEqualTo("suspended");
        assertThat(reseller.platform().books().isUsable(reseller.keyId()))
                .as("the binding")
                .isTrue();
    }

    @Test
    void aConfirmationThatIsTakenBackUndoesNothing() {
        suspendReseller();

        Edit.spec(reseller.client(), reseller.declared(), "confirm: null");
        Expect.reason(reseller.client(), reseller.declared(), Reason.InvalidSpec);
        customer.declare("www", namespace.dnsName("www"));

        customer.awaitNotNow("www", Reason.Suspended);
        assertThat(reseller.platform().books().status(self)).isEqualTo("suspended");
    }

    /** What the platform would not do is not undone: somebody else may have done it since. */
    @Test
    void aSuspensionThatIsRefusedIsNotUndone() {
        var rule = reseller.platform().on("SUSPENDACCOUNT").refuse("Your account is locked!");
        Edit.spec(reseller.client(), reseller.declared(), "state: Suspended\nconfirm: " + namespace.name());
        soon().untilAsserted(() -> assertThat(rule.hits()).isPositive());
        soon().untilAsserted(() ->
                assertThat(reseller.declared().getStatus().applied()).isNull());

        Edit.spec(reseller.client(), reseller.declared(), "state: Active");

        Expect.ready(reseller.client(), reseller.declared());
        assertThat(reseller.platform().calls("UNSUSPENDACCOUNT")).isEmpty();
    }

    @Test
    void anOrderWhoseFinalizeIsHeldWhileTheAccountIsSuspendedIsNotFinalizedAfterwards() {
        var name = namespace.dnsName("www");
        var hold = customer.acme().on(Step.FINALIZE).forName(name).once().hold();
        customer.declare("www", name);
        hold.awaitReached(Expect.LIMIT);

        Edit.spec(reseller.client(), account, "state: Suspended");
        awaitOnly("SUSPENDACCOUNT", Map.of("acmeAccountID", reseller.keyId(), SCOPE, "Y"));
        hold.drop();

        customer.awaitNotNow("www", Reason.Suspended);
        assertThat(customer.acme().orders(name)).isEqualTo(new AcmeProxy.Orders(1, 0));

        Edit.spec(reseller.client(), account, "state: Active");

        customer.awaitIssued("www");
        assertThat(customer.acme().orders(name)).isEqualTo(new AcmeProxy.Orders(1, 1));
    }

    @Test
    void aDeactivatedResellerStaysDeactivated() {
        reseller.platform().on("DEACTIVATEACCOUNT").once().cutAfter();
        Edit.spec(reseller.client(), reseller.declared(), "state: Deactivated\nconfirm: " + namespace.name());

        Expect.reason(reseller.client(), reseller.declared(), Reason.Deactivated);
        Expect.reason(reseller.client(), account, Reason.Deactivated);
        awaitOnly("DEACTIVATEACCOUNT", Map.of(SCOPE, "*"));
        assertThat(audited(AuditRecord.Type.PLATFORM_DEACTIVATED)).isEqualTo(1);
        assertThatThrownBy(() -> Edit.spec(reseller.client(), reseller.declared(), "state: Active"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("Deactivated is final");
        assertThat(reseller.platform().books().status(self)).isEqualTo("deactivated");
    }

    /** Nothing is saved, and no manifest changed: all that is left is at the platform and with the operator. */
    @Test
    void aNamespaceThatIsDeletedAndDeclaredAgainPaysNothingAgain() {
        var keyId = reseller.keyId();
        var paid = namespace.get(DomainSubscription.class, "domain").getStatus().cost();
        loseNamespace();

        reseller.contract().solverSecrets();
        reseller.account("");
        var again = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");

        assertThat(again.getStatus().cost()).isEqualTo(paid);
        assertThat(reseller.platform().books().till().entries()).hasSize(1);
        assertThat(reseller.platform().books().domains(keyId)).containsExactly(namespace.domain());
        assertThat(reseller.platform().calls("PREREGISTER")).hasSize(1);
        assertThat(reseller.platform().calls("REMOVEDOMAIN")).isEmpty();
        assertThat(Expect.audited(operator, account, AuditRecord.Type.DOMAIN_ADDED))
                .hasSize(1);
    }

    /** What the deletion of a namespace does; this control plane has nobody who does it. */
    private void loseNamespace() {
        var client = reseller.client();
        var subscriptions = client.resources(DomainSubscription.class).inNamespace(namespace.name());
        var accounts = client.resources(CaaSAccount.class).inNamespace(namespace.name());
        accounts.delete();
        subscriptions.delete();
        soon().untilAsserted(() -> {
            assertThat(accounts.list().getItems()).isEmpty();
            assertThat(subscriptions.list().getItems()).isEmpty();
        });
        client.secrets().inNamespace(namespace.name()).delete();
    }

    private void suspendReseller() {
        Edit.spec(reseller.client(), reseller.declared(), "state: Suspended\nconfirm: " + namespace.name());
        Expect.reason(reseller.client(), reseller.declared(), Reason.Suspended);
        Expect.reason(reseller.client(), account, Reason.Suspended);
    }

    /** Waits until the action was asked for; it was so once, and for exactly this. */
    private void awaitOnly(String action, Map<String, String> arguments) {
        soon().untilAsserted(() -> assertThat(reseller.platform().calls(action)).isNotEmpty());
        assertThat(reseller.platform().calls(action))
                .extracting(FormCall::arguments)
                .isEqualTo(List.of(arguments));
    }

    private long audited(AuditRecord.Type type) {
        return operator.auditLines().stream()
                .filter(line -> line.path("subject").asText().equals("CaaSPlatform/" + namespace.name()))
                .filter(line -> line.path("type").asText().equals(type.label()))
                .count();
    }

    /** As by a Git revert with prune. */
    @Test
    void aDeactivatedResellerThatIsDeletedAndDeclaredAnewAsActiveStaysDeactivated() {
        var active = reseller.declared().getSpec();
        Edit.spec(reseller.client(), reseller.declared(), "state: Deactivated\nconfirm: " + namespace.name());
        Expect.reason(reseller.client(), reseller.declared(), Reason.Deactivated);
        Expect.reason(reseller.client(), account, Reason.Deactivated);
        var platforms = reseller.client().resources(CaaSPlatform.class).withName(namespace.name());
        var asked = reseller.platform().calls().size();

        platforms.delete();
        Expect.reason(reseller.client(), account, Reason.AccountNotReady);
        var again = new CaaSPlatform();
        again.setMetadata(new ObjectMetaBuilder().withName(namespace.name()).build());
        again.setSpec(active);
        reseller.client().resource(again).create();

        var refused = Expect.reason(reseller.client(), reseller.declared(), Reason.Deactivated);
        assertThat(Expect.message(refused))
                .contains("was Deactivated before", "if the platform never did it", namespace.name() + "-reseller");
        assertThat(refused.getStatus().applied()).isEqualTo("Deactivated");
        Expect.reason(reseller.client(), account, Reason.Deactivated);
        Expect.reason(
                reseller.client(), reseller.subscribe("more", "more." + namespace.domain(), ""), Reason.Deactivated);
        assertThat(reseller.platform().calls().stream().skip(asked))
                .as("nothing is done, whatever is looked at")
                .noneMatch(c -> Stream.of("ACCOUNT", "REGISTER", "ADDDOMAIN").anyMatch(c.action()::endsWith));
        assertThat(reseller.platform().calls("DEACTIVATEACCOUNT")).hasSize(1);
    }
}
