package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.FormBooks;
import dev.caas.kit.FormCall;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A binding that several clients share: who is suspended, resumed and given up with whom. */
@ExtendWith(CaasExtension.class)
class BindingScopeIT {
    private static final String SCOPE = "includeAdditionalAccounts";

    private TestNamespace namespace;
    private Reseller reseller;
    private Customer customer;
    private CaaSAccount account;
    private FormBooks books;
    private String self;
    private String certbot;

    @BeforeEach
    void given(TestNamespace namespace) {
        this.namespace = namespace;
        this.reseller = Reseller.of(namespace, Approval.Automatic);
        this.customer = new Customer(reseller.contract());
        this.account = reseller.account("");
        this.books = reseller.platform().books();
        this.self = books.registered(reseller.keyId(), "caas-operator/test");
        this.certbot = books.registered(reseller.keyId(), "certbot/2.9");
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
    }

    @AfterEach
    void end() {
        reseller.close();
    }

    @Test
    void anAccountThatWasGivenUpKeepsTheBindingFromBeingSuspendedOnceAndResumed() {
        books.deactivateAccountBehindOurBack(certbot);

        Edit.spec(reseller.client(), account, "state: Suspended");
        awaitAsked("SUSPENDACCOUNT", binding());
        awaitStates(Map.of(self, "suspended", certbot, "deactivated"));
        Edit.spec(reseller.client(), account, "concurrentOrders: 40");
        awaitLookedAgain();
        assertThat(asked("SUSPENDACCOUNT")).containsExactly(binding());

        Edit.spec(reseller.client(), account, "state: Active");

        awaitAsked("UNSUSPENDACCOUNT", binding());
        awaitStates(Map.of(self, "valid", certbot, "deactivated"));
        awaitNothingApplied();
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
    }

    /** The MAC key leaked, say: it is the binding that must not be usable any more. */
    @Test
    void aBindingWhoseAccountsAreAllSuspendedAloneIsSuspendedItself() {
        Edit.spec(
                reseller.client(),
                account,
                "acmeAccounts: [{id: " + self + ", state: Suspended}, {id: " + certbot + ", state: Suspended}]");
        awaitStates(Map.of(self, "suspended", certbot, "suspended"));
        assertThat(books.isUsable(reseller.keyId())).as("the binding").isTrue();

        Edit.spec(reseller.client(), account, "state: Suspended\nacmeAccounts: null");

        soon().untilAsserted(() ->
                assertThat(books.isUsable(reseller.keyId())).as("the binding").isFalse());
        awaitApplied("binding");
        assertThat(asked("SUSPENDACCOUNT")).containsExactly(one(self), one(certbot), binding());
        assertThat(asked("UNSUSPENDACCOUNT")).isEmpty();

        Edit.spec(reseller.client(), account, "state: Active");

        awaitStates(Map.of(self, "valid", certbot, "valid"));
        awaitNothingApplied();
        assertThat(asked("UNSUSPENDACCOUNT")).containsExactly(binding());
        assertThat(books.isUsable(reseller.keyId())).as("the binding").isTrue();
    }

    @Test
    void whatOthersSuspendedBeforeTheBindingStaysSuspendedAfterIt() {
        books.suspendAccountBehindOurBack(certbot);

        Edit.spec(reseller.client(), account, "state: Suspended");
        awaitStates(Map.of(self, "suspended", certbot, "suspended"));
        Edit.spec(reseller.client(), account, "state: Active");

        awaitStates(Map.of(self, "valid", certbot, "suspended"));
        awaitNothingApplied();
        assertThat(asked("UNSUSPENDACCOUNT")).containsExactly(binding());
        assertThat(asked("SUSPENDACCOUNT")).containsExactly(binding(), one(certbot));
        assertThat(books.isUsable(reseller.keyId())).as("the binding").isTrue();
    }

    /** The vendor did it in between, for reasons of its own. */
    @Test
    void whatThePlatformRefusedToDoIsNotUndoneWhenOthersDidIt() {
        var refusal = reseller.platform().on("SUSPENDACCOUNT").refuse("Your account is locked!");
        Edit.spec(reseller.client(), account, "state: Suspended");
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(message(a, Conditions.RECONCILING)).contains("Your account is locked!"));
        assertThat(refusal.hits()).isPositive();
        assertThat(current().getStatus().applied()).isEmpty();
        books.suspendBehindOurBack(reseller.keyId());

        Edit.spec(reseller.client(), account, "state: Active");

        Expect.ready(reseller.client(), account);
        awaitShown(Map.of(self, "suspended", certbot, "suspended"));
        assertThat(asked("UNSUSPENDACCOUNT")).isEmpty();
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitNotNow("www", Reason.Suspended);
    }

    /** Nobody knows what came of it: it is undone all the same. */
    @Test
    void aSuspensionOfABindingWhoseReplyIsLostIsUndone() {
        var lost = reseller.platform().on("SUSPENDACCOUNT").cutAfter();
        Edit.spec(reseller.client(), account, "state: Suspended");
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(Expect.conditions(a).hasReason(Conditions.RECONCILING, Reason.PlatformUnreachable))
                        .isTrue());
        awaitStates(Map.of(self, "suspended", certbot, "suspended"));

        Edit.spec(reseller.client(), account, "state: Active");

        awaitStates(Map.of(self, "valid", certbot, "valid"));
        awaitNothingApplied();
        assertThat(lost.hits()).isPositive();
    }

    @Test
    void anEntryThatIsUnknownKeepsNothingElseFromBeingSeenAndDone() {
        books.suspendAccountBehindOurBack(self);

        Edit.spec(
                reseller.client(),
                account,
                "acmeAccounts: [{id: typo, state: Suspended}, {id: self, state: Active}, {id: " + certbot
                        + ", state: Suspended}]");

        awaitAsked("SUSPENDACCOUNT", one(certbot));
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(message(a, Conditions.STALLED))
                        .contains("'typo'")
                        .contains("which of the 2 ACME accounts")
                        .contains("status.accounts"));
        awaitShown(Map.of(self, "suspended", certbot, "suspended"));
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitNotNow("www", Reason.Suspended);
        assertThat(customer.acme().orders(namespace.dnsName("www")).created()).isZero();
    }

    @Test
    void theClientsOfABindingAreShownWithWhatTheyAreAndWhenTheyCame() {
        Edit.spec(reseller.client(), account, "concurrentOrders: 40");

        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(a.getStatus().accounts())
                        .anySatisfy(shown -> {
                            assertThat(shown.id()).isEqualTo(certbot);
                            assertThat(shown.state()).isEqualTo("valid");
                            assertThat(shown.userAgent()).isEqualTo("certbot/2.9");
                            assertThat(shown.lastActivity())
                                    .isEqualTo(reseller.clock().instant().truncatedTo(ChronoUnit.SECONDS));
                        })
                        .anySatisfy(shown -> assertThat(shown.userAgent()).isEqualTo("caas-operator/test")));
    }

    @Test
    void oneAccountIsDeactivatedAloneAndForEver() {
        Edit.spec(reseller.client(), account, "acmeAccounts: [{id: " + certbot + ", state: Deactivated}]");
        awaitAsked("DEACTIVATEACCOUNT", one(certbot));
        awaitStates(Map.of(self, "valid", certbot, "deactivated"));
        awaitApplied(certbot);

        Edit.spec(reseller.client(), account, "acmeAccounts: null");

        awaitLookedAgain();
        assertThat(asked("DEACTIVATEACCOUNT")).containsExactly(one(certbot));
        assertThat(asked("UNSUSPENDACCOUNT")).isEmpty();
        assertThat(books.isUsable(reseller.keyId())).as("the binding").isTrue();
        customer.declare("www", namespace.dnsName("www"));
        customer.awaitIssued("www");
    }

    /** Its accounts may look so before, where the platform lists what clients did at the CA. */
    @Test
    void aBindingIsDeactivatedItselfWhateverItsAccountsLookLike(OperatorProcess operator) {
        books.deactivateAccountBehindOurBack(certbot);
        books.mirrorsDeactivation(id -> id.equals(self) && isGivenUpAtCa());
        // The reply is lost once: the platform refuses to do it twice, which says that it is done.
        reseller.platform().on("DEACTIVATEACCOUNT").once().cutAfter();

        Edit.spec(reseller.client(), account, "state: Deactivated");

        soon().untilAsserted(() ->
                assertThat(books.isUsable(reseller.keyId())).as("the binding").isFalse());
        awaitApplied("binding");
        Expect.eventually(reseller.client(), account, a -> {
            assertThat(Expect.ready(a).getReason()).isEqualTo(Reason.Deactivated.name());
            assertThat(Expect.conditions(a).isTrue(Conditions.RECONCILING)).isFalse();
        });
        assertThat(asked("DEACTIVATEACCOUNT")).containsOnly(binding());
        assertThat(Expect.audited(operator, account, AuditRecord.Type.PLATFORM_DEACTIVATED))
                .hasSize(1);
        assertThatThrownBy(() -> Edit.spec(reseller.client(), account, "state: Active"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("Deactivated is final");
    }

    private boolean isGivenUpAtCa() {
        return namespace
                .get(Secret.class, Contract.ACCOUNT + "-account")
                .getData()
                .containsKey("deactivatedAt");
    }

    private Map<String, String> binding() {
        return Map.of("acmeAccountID", reseller.keyId(), SCOPE, "Y");
    }

    private static Map<String, String> one(String id) {
        return Map.of("acmeAccountID", id, SCOPE, "N");
    }

    private List<Map<String, String>> asked(String action) {
        return reseller.platform().calls(action).stream()
                .map(FormCall::arguments)
                .toList();
    }

    private void awaitAsked(String action, Map<String, String> arguments) {
        soon().untilAsserted(() -> assertThat(asked(action)).contains(arguments));
    }

    /** As the platform has them. */
    private void awaitStates(Map<String, String> states) {
        soon().untilAsserted(() -> states.forEach(
                (id, state) -> assertThat(books.status(id)).as(id).isEqualTo(state)));
    }

    /** As the status tells. */
    private void awaitShown(Map<String, String> states) {
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(a.getStatus().accounts().stream()
                                .flatMap(shown -> Stream.of(Map.entry(shown.id(), shown.state()))))
                        .containsExactlyInAnyOrderElementsOf(states.entrySet()));
    }

    /** The platform is asked for its list of the binding once more, and the status is written after that. */
    private void awaitLookedAgain() {
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(a.getStatus().observedGeneration())
                        .isEqualTo(a.getMetadata().getGeneration()));
    }

    private void awaitApplied(String scope) {
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(a.getStatus().applied())
                        .extracting(CaaSAccountStatus.Applied::scope)
                        .contains(scope));
    }

    private void awaitNothingApplied() {
        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(a.getStatus().applied()).isEmpty());
        Expect.ready(reseller.client(), account);
    }

    private CaaSAccount current() {
        return reseller.client().resource(account).require();
    }

    private static String message(CaaSAccount account, String condition) {
        return Expect.conditions(account).get(condition).orElseThrow().getMessage();
    }
}
