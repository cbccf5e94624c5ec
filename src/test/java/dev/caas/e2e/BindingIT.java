package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.FormCall;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whose a binding is: nobody acts under another's, and its own account never loses it. */
@ExtendWith(CaasExtension.class)
class BindingIT {
    private static final String OTHER = "other";

    private TestNamespace namespace;
    private OperatorProcess operator;
    private Reseller reseller;

    @BeforeEach
    void given(TestNamespace namespace, OperatorProcess operator) {
        this.namespace = namespace;
        this.operator = operator;
        this.reseller = Reseller.of(namespace, Approval.Automatic);
    }

    @AfterEach
    void end() {
        reseller.close();
    }

    /** Key ids are no secret, and a tenant can write an account Secret that says anything, for any server. */
    @Test
    void whoKnowsAKeyIdAndForgesARegistrationActsOnNothing() {
        var victim = reseller.account("");
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
        var keyId = reseller.keyId();
        var ownServer = namespace.stage().pebble().directoryUrl();
        namespace.secret("guess", Map.of("macKey", "bm90IHRoZSBrZXk"));
        Forgery.registration(namespace, OTHER, ownServer);

        var intruder = declare(
                OTHER,
                "preRegister: null\nexternalAccountBinding: {keyId: " + keyId
                        + ", macKeySecretRef: {name: guess, key: macKey}}\nserver: '" + ownServer
                        + "'\nstate: Suspended\nacmeAccounts: [{id: " + keyId + ", state: Deactivated}]");
        var subscription = subscribe("theft", "theft." + namespace.domain());

        Expect.eventually(reseller.client(), intruder, a -> {
            assertThat(Expect.conditions(a).hasReason(Conditions.RECONCILING, Reason.BindingRejected))
                    .isTrue();
            assertThat(Expect.conditions(a)
                            .get(Conditions.RECONCILING)
                            .orElseThrow()
                            .getMessage())
                    .contains(keyId)
                    .contains("guess");
        });
        Edit.spec(reseller.client(), intruder, "state: Active\nacmeAccounts: null");
        Expect.eventually(
                reseller.client(),
                intruder,
                a -> assertThat(Expect.conditions(a).hasReason(Conditions.STALLED, Reason.BindingRejected))
                        .isTrue());
        Expect.reason(reseller.client(), subscription, Reason.AccountNotReady);
        assertThat(reseller.platform().calls("SUSPENDACCOUNT")).isEmpty();
        assertThat(reseller.platform().calls("DEACTIVATEACCOUNT")).isEmpty();
        assertThat(reseller.platform().books().domains(keyId)).containsExactly(namespace.domain());
        assertThat(account(OTHER).getStatus().domains()).isEmpty();

        Edit.spec(reseller.client(), victim, "state: Suspended");
        soon().untilAsserted(() ->
                assertThat(reseller.platform().calls("SUSPENDACCOUNT")).hasSize(1));
    }

    @Test
    void aSubscriptionThatIsDeletedAfterItsAccountNamedAnothersKeyIdRemovesNothingThere() {
        reseller.account("");
        var keyId = reseller.keyId();
        var own = Expect.ready(reseller.client(), declare(OTHER, ""));
        var ownKeyId = own.getStatus().keyId();
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
        var first = Expect.ready(
                reseller.client(), subscribe("first", "first." + namespace.domain(), "deletionPolicy: Remove"));
        reseller.client().resource(first).delete();
        soon().untilAsserted(() ->
                assertThat(reseller.platform().calls("REMOVEDOMAIN")).hasSize(1));
        var twin = Expect.ready(reseller.client(), subscribe("twin", namespace.domain(), "deletionPolicy: Remove"));

        own = Edit.spec(reseller.client(), own, inHand(keyId, OTHER + "-eab"));
        Expect.reason(reseller.client(), own, Reason.Conflict);
        Expect.reason(reseller.client(), twin, Reason.AccountNotReady);
        reseller.client().resource(twin).delete();

        assertThat(Expect.event(reseller.client(), twin, Reason.PlatformRefused).getNote())
                .contains("has no binding yet that is known to be its own");
        assertThat(reseller.platform().calls("REMOVEDOMAIN")).hasSize(1);
        assertThat(reseller.platform().books().domains(keyId)).containsExactly(namespace.domain());
        assertThat(reseller.platform().books().domains(ownKeyId)).containsExactly(namespace.domain());
    }

    @Test
    void anotherBindingHasALedgerOfItsOwnAndTheWayBackFindsTheFirst() {
        Edit.spec(reseller.client(), reseller.declared(), "approval: Manual");
        var account = reseller.account("");
        var keyId = reseller.keyId();
        var subscription =
                reseller.subscribe("domain", namespace.domain(), "approvedCost: {amount: '200', currency: USD}");
        var paid = Expect.ready(reseller.client(), subscription).getStatus();
        var spare = Expect.ready(reseller.client(), declare(OTHER, ""));
        var otherKeyId = spare.getStatus().keyId();
        reseller.client().resource(spare).delete();
        Edit.spec(reseller.client(), subscription, "approvedCost: null");

        account = Edit.spec(reseller.client(), account, inHand(otherKeyId, OTHER + "-eab"));

        Expect.ready(reseller.client(), account);
        var waiting = Expect.reason(reseller.client(), subscription, Reason.AwaitingApproval);
        assertThat(waiting.getStatus().state()).isEqualTo(DomainSubscriptionStatus.State.AwaitingApproval);
        assertThat(account(Contract.ACCOUNT).getStatus().domains()).isEmpty();
        assertThat(account(Contract.ACCOUNT).getStatus().term().expiresAt()).isNull();

        Edit.spec(reseller.client(), account, "externalAccountBinding: null\npreRegister: {}");
        var again = Expect.eventually(
                reseller.client(),
                subscription,
                s -> assertThat(s.getStatus().state()).isEqualTo(DomainSubscriptionStatus.State.Active));

        assertThat(again.getStatus().cost()).isEqualTo(paid.cost());
        assertThat(again.getStatus().orderNumber()).isEqualTo(paid.orderNumber());
        assertThat(again.getStatus().expiresAt()).isEqualTo(paid.expiresAt());
        assertThat(reseller.platform().books().domains(keyId)).containsExactly(namespace.domain());
        assertThat(reseller.platform().books().till().entries()).hasSize(1);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.DOMAIN_REMOVED))
                .isEmpty();
    }

    @Test
    void aBindingWhoseSecretIsDeletedIsPutBackAndNoOtherIsObtained() {
        var account = reseller.account("");
        var keyId = reseller.keyId();
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
        var secret = namespace.get(Secret.class, Contract.ACCOUNT + "-eab");

        reseller.client().resource(secret).delete();

        soon().untilAsserted(() -> assertThat(
                        namespace.get(Secret.class, Contract.ACCOUNT + "-eab").getData())
                .isEqualTo(secret.getData()));
        soon().untilAsserted(() -> assertThat(Expect.audited(operator, account, AuditRecord.Type.BINDING_RESTORED))
                .hasSize(1));
        Expect.ready(reseller.client(), account);
        assertThat(account(Contract.ACCOUNT).getStatus().keyId()).isEqualTo(keyId);
        assertThat(reseller.platform().calls("PREREGISTER")).hasSize(1);
        assertThat(bought()).hasSize(1);
    }

    @Test
    void aPlatformWhoseRepliesAreLostIsAskedForTwoBindingsAndNoMore() {
        reseller.platform().on("PREREGISTER").times(100).cutAfter();
        var account = reseller.client().resource(reseller.declaredAccount("")).create();

        var stopped = Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(Expect.message(a)).contains("not asked again before the spec"));

        assertThat(Expect.conditions(stopped).isTrue(Conditions.STALLED)).isTrue();
        assertThat(reseller.platform().books().keyIds()).hasSize(2);
        reseller.platform().mend();
        Edit.spec(reseller.client(), account, "concurrentOrders: 40");
        var ready = Expect.ready(reseller.client(), account);
        var spare = new TreeSet<>(reseller.platform().books().keyIds());
        assertThat(spare.remove(ready.getStatus().keyId())).isTrue();
        assertThat(spare).hasSize(2);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.BINDING_SPARE))
                .extracting(line -> line.path("data").path("keyId").asText())
                .containsExactlyInAnyOrderElementsOf(spare);
    }

    /** There the Secret with the binding goes, as the account's own does; here the CA has it wait until they have. */
    @Test
    void aNamespaceThatGoesTakesAnAccountOfAnObtainedBindingWithItDeactivated() {
        var account = reseller.account("deletionPolicy: Deactivate");
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(a.getMetadata().getFinalizers()).isNotEmpty());

        var busy = namespace
                .stage()
                .acme()
                .on(Step.ACCOUNT)
                .forName(reseller.keyId())
                .whenPayload(payload -> payload.contains("deactivated"))
                .answer(503, "serverInternal", "come back later", Map.of());

        reseller.client().namespaces().withName(namespace.name()).delete();

        soon().untilAsserted(() -> {
            assertThat(busy.hits()).isPositive();
            assertThat(reseller.client()
                            .secrets()
                            .inNamespace(namespace.name())
                            .list()
                            .getItems())
                    .isEmpty();
        });
        busy.remove();
        soon().until(() -> reseller.client().resource(account).get() == null);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_DEACTIVATED))
                .hasSize(1);
    }

    @Test
    void aBindingWhoseSecretMayNotBeWrittenIsKeptUntilItMay() {
        try (var rule = ForbiddenSecret.of(namespace, Contract.ACCOUNT + "-eab")) {
            var account =
                    reseller.client().resource(reseller.declaredAccount("")).create();

            var waiting = Expect.reason(reseller.client(), account, Reason.Failed);
            assertThat(Expect.message(waiting))
                    .contains("cannot be read or written")
                    .contains(ForbiddenSecret.BECAUSE);
            Edit.spec(reseller.client(), account, "concurrentOrders: 40");
            Expect.reason(reseller.client(), account, Reason.Failed);
            rule.allow();

            Expect.ready(reseller.client(), Edit.spec(reseller.client(), account, "concurrentOrders: 41"));
            assertThat(reseller.platform().calls("PREREGISTER")).hasSize(1);
        }
    }

    private CaaSAccount declare(String name, String more) {
        var account = reseller.declaredAccount("");
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName(name)
                .build());
        account.setSpec(
                Specs.with(CaaSAccountSpec.class, more.isEmpty() ? "{}" : more).apply(account.getSpec()));
        return reseller.client().resource(account).create();
    }

    private DomainSubscription subscribe(String name, String domain) {
        return subscribe(name, domain, "");
    }

    private DomainSubscription subscribe(String name, String domain, String more) {
        return reseller.contract()
                .subscription(
                        name,
                        Specs.with(DomainSubscriptionSpec.class, "accountRef: {name: " + OTHER + "}\n" + more)
                                .apply(Contract.subscriptionSpec(domain, true)));
    }

    private static String inHand(String keyId, String secret) {
        return "preRegister: null\nexternalAccountBinding: {keyId: " + keyId + ", macKeySecretRef: {name: " + secret
                + ", key: macKey}}";
    }

    private CaaSAccount account(String name) {
        return namespace.get(CaaSAccount.class, name);
    }

    private List<FormCall> bought() {
        return reseller.platform().calls("ADDDOMAIN").stream()
                .filter(c -> !c.isQuote())
                .toList();
    }
}
