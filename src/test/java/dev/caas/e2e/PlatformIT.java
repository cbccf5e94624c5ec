package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.FormCall;
import dev.caas.kit.FormRuleBuilder;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole story at a partner platform: bindings, domains and money, each asked for once. */
@ExtendWith(CaasExtension.class)
class PlatformIT {

    @Test
    void aBindingIsObtainedAnAccountRegisteredADomainBoughtAndACertificateIssued(
            TestNamespace namespace, OperatorProcess operator) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("");
            var subscription = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));
            new Customer(reseller.contract()).declare("www", namespace.dnsName("www"));
            new Customer(reseller.contract()).awaitIssued("www");

            assertThat(bought(reseller)).hasSize(1);
            assertThat(subscription.getStatus().state()).isEqualTo(DomainSubscriptionStatus.State.Active);
            assertThat(subscription.getStatus().orderNumber()).isNotBlank();
            assertThat(subscription.getStatus().cost()).isNotNull();
            assertThat(subscription.getStatus().refundableUntil())
                    .isAfter(reseller.clock().instant().plus(Duration.ofDays(29)));
            assertThat(account.getStatus().keyId()).isEqualTo(reseller.keyId());
            var macKey = macKey(namespace);
            assertThat(secretsOf(namespace))
                    .as("the detector sees it where it belongs")
                    .contains(macKey);
            assertThat(reseller.client().resource(account).require().toString()).doesNotContain(macKey);
            assertThat(operator.log()).doesNotContain(macKey);
            assertThat(operator.auditLines().toString()).doesNotContain(macKey);
            assertThat(Expect.audited(operator, account, AuditRecord.Type.BINDING_PRE_REGISTERED))
                    .hasSize(1);
        }
    }

    @Test
    void nothingIsBoughtBeforeWhatItCostsIsApproved(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Manual)) {
            reseller.account("");
            var subscription = reseller.subscribe("domain", namespace.domain(), "{}");

            var waiting = Expect.reason(reseller.client(), subscription, Reason.AwaitingApproval);
            assertThat(waiting.getStatus().state()).isEqualTo(DomainSubscriptionStatus.State.AwaitingApproval);
            var quote = waiting.getStatus().quote();
            assertThat(Expect.message(waiting)).contains(quote.toString());
            assertThat(reseller.platform().calls("ADDDOMAIN"))
                    .allMatch(FormCall::isQuote)
                    .isNotEmpty();

            Edit.spec(
                    reseller.client(),
                    subscription,
                    "approvedCost: {amount: '0.01', currency: " + quote.currency() + "}");
            soon().untilAsserted(() -> assertThat(
                            Expect.message(Expect.reason(reseller.client(), subscription, Reason.AwaitingApproval)))
                    .contains("0.01"));
            assertThat(bought(reseller)).isEmpty();

            Edit.spec(
                    reseller.client(),
                    subscription,
                    "approvedCost: {amount: '" + quote.amount() + "', currency: " + quote.currency() + "}");
            var active = Expect.ready(reseller.client(), subscription);
            assertThat(active.getStatus().cost()).isEqualTo(quote);
            assertThat(active.getStatus().quote()).isNull();
            assertThat(bought(reseller)).hasSize(1);
        }
    }

    static Stream<Arguments> cuts() {
        return Stream.of(
                Arguments.of("before it was read", (Consumer<FormRuleBuilder>) FormRuleBuilder::cutBefore),
                Arguments.of("after its effect", (Consumer<FormRuleBuilder>) FormRuleBuilder::cutAfter),
                Arguments.of("inside its reply", (Consumer<FormRuleBuilder>) FormRuleBuilder::cutInside));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cuts")
    void aDomainWhoseRequestIsCutIsBoughtOnce(String when, Consumer<FormRuleBuilder> cut, TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.account("");
            cut.accept(
                    reseller.platform().on("ADDDOMAIN").with("quoteOnly", "N").once());

            var subscription = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));

            assertThat(subscription.getStatus().cost()).as(when).isNotNull();
            assertThat(reseller.platform().books().domains(reseller.keyId())).containsExactly(namespace.domain());
            assertThat(reseller.platform().books().till().entries()).as(when).hasSize(1);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cuts")
    void aTermWhoseExtensionIsCutIsExtendedOnce(String when, Consumer<FormRuleBuilder> cut, TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.clock().pass(Duration.ofDays(-300));
            var account = reseller.account("");
            Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));
            reseller.clock().pass(Duration.ofDays(300));
            var before = reseller.platform().books().expiresAt(reseller.keyId()).orElseThrow();
            cut.accept(reseller.platform()
                    .on("EXTENDDOMAINS")
                    .with("quoteOnly", "N")
                    .once());

            Edit.spec(
                    reseller.client(),
                    account,
                    "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(200) + "'}");

            soon().untilAsserted(() -> assertThat(reseller.client()
                            .resource(account)
                            .require()
                            .getStatus()
                            .term()
                            .expiresAt())
                    .isEqualTo(before.plus(Duration.ofDays(365))));
            Expect.event(reseller.client(), account, Reason.TermExtended);
            assertThat(reseller.platform().books().till().entries()).as(when).hasSize(2);
        }
    }

    @Test
    void aDomainRemovedBehindOurBackIsShownAndNotBoughtAgainUntilItIsDeclaredAnew(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("");
            var subscription = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));

            reseller.platform().books().removeBehindOurBack(reseller.keyId(), namespace.domain());
            reseller.platform().books().addBehindOurBack(reseller.keyId(), "other." + namespace.domain());
            Edit.spec(reseller.client(), account, "concurrentOrders: 40");

            var removed = Expect.reason(reseller.client(), subscription, Reason.Removed);
            assertThat(removed.getStatus().state()).isEqualTo(DomainSubscriptionStatus.State.Removed);
            soon().untilAsserted(() -> assertThat(reseller.client()
                            .resource(account)
                            .require()
                            .getStatus()
                            .domains())
                    .singleElement()
                    .satisfies(d -> {
                        assertThat(d.name()).isEqualTo("other." + namespace.domain());
                        assertThat(d.subscription()).isNull();
                    }));
            assertThat(bought(reseller)).hasSize(1);

            reseller.client().resource(removed).delete();
            Expect.ready(reseller.client(), reseller.subscribe("again", namespace.domain(), "{}"));
            assertThat(bought(reseller)).hasSize(2);
        }
    }

    @Test
    void whatIsSoldAndNotListedIsNotBoughtAgainAndSaysWhichOrderToAskFor(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.account("");
            reseller.platform().books().listsDomains(_ -> List.of());

            var subscription = reseller.subscribe("domain", namespace.domain(), "{}");
            var unlisted = Expect.reason(reseller.client(), subscription, Reason.NotListed);
            assertThat(Expect.message(unlisted)).containsPattern("as order [0-9]+.*ask the vendor");
            assertThat(bought(reseller)).hasSize(1);

            reseller.platform().books().listsDomains(UnaryOperator.identity());
            var listed = Expect.ready(reseller.client(), subscription);
            assertThat(Expect.message(unlisted))
                    .contains("as order " + listed.getStatus().orderNumber());
            assertThat(bought(reseller)).hasSize(1);
        }
    }

    @Test
    void whileEverythingIsSuspendedNothingIsBought(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("state: Active");
            Edit.spec(reseller.client(), account, "state: Suspended");
            Expect.reason(reseller.client(), account, Reason.Suspended);

            var subscription = reseller.subscribe("domain", namespace.domain(), "state: Suspended");
            assertThat(Expect.message(Expect.reason(reseller.client(), subscription, Reason.Suspended)))
                    .contains("this subscription is suspended");
            Edit.spec(reseller.client(), subscription, "state: Active");
            soon().untilAsserted(() -> assertThat(
                            Expect.message(Expect.reason(reseller.client(), subscription, Reason.Suspended)))
                    .contains("CaaSAccount 'acme' is suspended"));
            assertThat(reseller.platform().calls("ADDDOMAIN")).isEmpty();

            Edit.spec(reseller.client(), account, "state: Active");
            Expect.ready(reseller.client(), subscription);
            assertThat(bought(reseller)).hasSize(1);
        }
    }

    /** Nobody knew yet that it was bought, when it was deleted. */
    @Test
    void aDomainThatIsDeletedBeforeItsPurchaseIsSettledIsRemovedAndRefunded(
            TestNamespace namespace, OperatorProcess operator) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.account("");
            reseller.platform().on("ADDDOMAIN").with("quoteOnly", "N").once().cutAfter();
            var subscription = reseller.subscribe("domain", namespace.domain(), "deletionPolicy: Remove");
            Expect.event(reseller.client(), subscription, Reason.PlatformUnreachable);
            assertThat(reseller.platform().books().domains(reseller.keyId()))
                    .as("it was bought")
                    .hasSize(1);

            reseller.client().resource(subscription).delete();
            soon().untilAsserted(() ->
                    assertThat(reseller.client().resource(subscription).get()).isNull());

            assertThat(reseller.platform().books().domains(reseller.keyId())).isEmpty();
            assertThat(reseller.platform().books().till().spent()).isZero();
            assertThat(Expect.audited(operator, subscription, AuditRecord.Type.DOMAIN_REMOVED))
                    .hasSize(1);
            assertThat(Expect.audited(operator, subscription, AuditRecord.Type.DOMAIN_KEPT))
                    .isEmpty();
        }
    }

    /** As by kubectl replace --force: an object's age is known to the second. */
    @Test
    void whatIsRemovedByItsDeletionAndDeclaredInTheSameMomentIsBoughtAgain(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.account("");
            var subscription = Expect.ready(
                    reseller.client(), reseller.subscribe("domain", namespace.domain(), "deletionPolicy: Remove"));

            reseller.client().resource(subscription).delete();
            soon().untilAsserted(() ->
                    assertThat(reseller.client().resource(subscription).get()).isNull());
            Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));

            assertThat(bought(reseller)).hasSize(2);
            assertThat(reseller.platform().calls("REMOVEDOMAIN")).hasSize(1);
        }
    }

    @Test
    void aQuoteOfAnExtensionIsShownWhileItIsDueAndTheWarningSaysWhatItWaitsFor(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Manual)) {
            reseller.clock().pass(Duration.ofDays(-310));
            var account = reseller.account("");
            Expect.ready(
                    reseller.client(),
                    reseller.subscribe("domain", namespace.domain(), "approvedCost: {amount: '1000', currency: USD}"));
            reseller.clock().pass(Duration.ofDays(310));

            Edit.spec(
                    reseller.client(),
                    account,
                    "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(200) + "'}");
            soon().untilAsserted(() -> {
                assertThat(current(reseller, account).getStatus().quote()).isNotNull();
                assertThat(Expect.conditions(current(reseller, account)).get(Conditions.TERM_ENDING))
                        .hasValueSatisfying(c -> assertThat(c.getMessage())
                                .contains("its extension is due", "AwaitingApproval")
                                .doesNotContain("paidThrough"));
            });

            Edit.spec(reseller.client(), account, "term: {paidThrough: null}");
            soon().untilAsserted(() -> {
                assertThat(current(reseller, account).getStatus().quote()).isNull();
                assertThat(Expect.conditions(current(reseller, account)).get(Conditions.TERM_ENDING))
                        .hasValueSatisfying(c -> assertThat(c.getMessage()).contains("raise spec.term.paidThrough"));
            });
            assertThat(reseller.platform().calls("EXTENDDOMAINS")).isNotEmpty().allMatch(FormCall::isQuote);
        }
    }

    @Test
    void whatIsDeletedAndDeclaredAgainIsNotPaidAgain(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("");
            var subscription = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));

            reseller.client().resource(subscription).delete();
            reseller.client().resource(account).delete();
            soon().untilAsserted(() ->
                    assertThat(reseller.client().resource(account).get()).isNull());
            reseller.account("");
            var again = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));

            assertThat(again.getStatus().cost())
                    .isEqualTo(subscription.getStatus().cost());
            assertThat(bought(reseller)).hasSize(1);
            assertThat(reseller.platform().calls("PREREGISTER")).hasSize(1);
        }
    }

    /** It is paid for: it can be used, and goes with the domain. */
    @Test
    void anAssociatedNameIsSubscribedUsedAndRemovedWithItsDomain(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var domain = namespace.domain();
            reseller.account("");
            var subscription = Expect.ready(
                    reseller.client(),
                    reseller.subscribe(
                            "domain",
                            domain,
                            "{includeAssociated: true, coversSubdomains: false, deletionPolicy: Remove}"));
            assertThat(reseller.platform().books().domains(reseller.keyId()))
                    .containsExactlyInAnyOrder(domain, "www." + domain);

            var customer = new Customer(reseller.contract());
            customer.declare("www", "www." + domain);
            assertThat(customer.awaitIssued("www").subscriptions()).containsExactly(namespace.name() + "/domain");
            Expect.eventually(
                    reseller.client(),
                    namespace.get(CaaSAccount.class, Contract.ACCOUNT),
                    a -> assertThat(a.getStatus().domains())
                            .extracting(CaaSAccountStatus.Domain::subscription)
                            .containsExactly("domain", "domain"));
            reseller.client().resource(subscription).delete();

            soon().untilAsserted(() ->
                    assertThat(reseller.client().resource(subscription).get()).isNull());
            assertThat(reseller.platform().books().domains(reseller.keyId())).isEmpty();
            assertThat(bought(reseller)).hasSize(1);
        }
    }

    @Test
    void aBindingIsSuspendedAndResumedWithItsScopeSaid(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("");
            reseller.platform().books().registered(reseller.keyId(), "caas-operator/test");

            Edit.spec(reseller.client(), account, "state: Suspended");
            soon().untilAsserted(() -> assertThat(reseller.platform().calls("SUSPENDACCOUNT"))
                    .singleElement()
                    .satisfies(c ->
                            assertThat(c.argument("includeAdditionalAccounts")).isEqualTo("Y")));
            soon().untilAsserted(() -> assertThat(
                            current(reseller, account).getStatus().applied())
                    .singleElement()
                    .satisfies(a -> assertThat(a.state()).isEqualTo("Suspended")));

            Edit.spec(reseller.client(), account, "state: Active");
            Expect.ready(reseller.client(), account);
            soon().untilAsserted(() ->
                    assertThat(reseller.platform().calls("UNSUSPENDACCOUNT")).hasSize(1));
            soon().untilAsserted(() ->
                    assertThat(current(reseller, account).getStatus().applied()).isEmpty());
        }
    }

    @Test
    void whatSomebodyElseSuspendedIsRespectedAndNotResumed(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("");
            reseller.platform().books().registered(reseller.keyId(), "caas-operator/test");
            Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));
            reseller.platform().books().suspendBehindOurBack(reseller.keyId());

            Edit.spec(reseller.client(), account, "concurrentOrders: 40");
            soon().untilAsserted(() -> assertThat(
                            current(reseller, account).getStatus().accounts())
                    .isNotEmpty()
                    .allSatisfy(a -> assertThat(a.state()).containsIgnoringCase("suspended")));
            var customer = new Customer(reseller.contract());
            customer.declare("www", namespace.dnsName("www"));

            customer.awaitNotNow("www", Reason.Suspended);
            assertThat(reseller.platform().calls("UNSUSPENDACCOUNT")).isEmpty();
            assertThat(customer.acme().orders(namespace.dnsName("www")).created())
                    .isZero();
        }
    }

    @Test
    void changedCredentialsAreUsedWithoutARestart(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.platform().changeLogin(new dev.caas.kit.FormPlatform.Login("reseller", "another secret"));
            Edit.spec(reseller.client(), reseller.declared(), "organizationId: null\napproval: Manual");
            Expect.reason(reseller.client(), reseller.declared(), Reason.Unauthorized);
            var account =
                    reseller.client().resource(reseller.declaredAccount("")).create();
            Expect.reason(reseller.client(), account, Reason.Unauthorized);

            reseller.credentials();

            // It would be tried again after ten minutes; but the platform answers again.
            Expect.ready(reseller.client(), account);
        }
    }

    private static CaaSAccount current(Reseller reseller, CaaSAccount account) {
        return reseller.client().resource(account).require();
    }

    private static List<FormCall> bought(Reseller reseller) {
        return reseller.platform().calls("ADDDOMAIN").stream()
                .filter(c -> !c.isQuote())
                .toList();
    }

    private static String macKey(TestNamespace namespace) {
        return decoded(namespace
                .client()
                .secrets()
                .inNamespace(namespace.name())
                .withName(Contract.ACCOUNT + "-eab")
                .require()
                .getData()
                .get("macKey"));
    }

    private static String secretsOf(TestNamespace namespace) {
        return namespace.client().secrets().inNamespace(namespace.name()).list().getItems().stream()
                .filter(s -> s.getData() != null)
                .flatMap(s -> s.getData().values().stream())
                .map(PlatformIT::decoded)
                .toList()
                .toString();
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    /** Thirty domains that are declared at once are bought one after the other, for minutes. */
    @Test
    void whatWaitsForItsTurnIsNotBoughtOnceTheAccountIsSuspended(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var account = reseller.account("");
            var hold = reseller.platform()
                    .on("ADDDOMAIN")
                    .with("quoteOnly", "N")
                    .once()
                    .hold();
            var first = reseller.subscribe("first", namespace.dnsName("first"), "");
            hold.awaitReached(Expect.LIMIT);
            int asked = reseller.platform().calls("LISTSERVERS").size();
            var waiting = reseller.subscribe("waiting", namespace.dnsName("waiting"), "deletionPolicy: Remove");
            soon().untilAsserted(() -> assertThat(reseller.platform().calls("LISTSERVERS"))
                    .as("it is to be bought: whether its server suits is asked last, before its turn is waited for")
                    .hasSizeGreaterThan(asked));

            Edit.spec(reseller.client(), account, "state: Suspended");
            Expect.reason(
                    reseller.client(), reseller.subscribe("later", namespace.dnsName("later"), ""), Reason.Suspended);
            hold.release();

            Expect.reason(reseller.client(), waiting, Reason.Suspended);
            soon().untilAsserted(() -> assertThat(reseller.client()
                            .resource(first)
                            .require()
                            .getStatus()
                            .cost())
                    .isNotNull());
            assertThat(bought(reseller))
                    .extracting(c -> c.argument("domainName"))
                    .containsExactly(namespace.dnsName("first"));
            reseller.client().resource(waiting).delete();
        }
    }

    @Test
    void whatIsNotApprovedAnyMoreWhenItsPriceIsKnownIsNotBought(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Manual)) {
            reseller.account("");
            var hold = reseller.platform()
                    .on("ADDDOMAIN")
                    .with("quoteOnly", "Y")
                    .once()
                    .hold();
            var subscription =
                    reseller.subscribe("domain", namespace.domain(), "approvedCost: {amount: '1000', currency: USD}");
            hold.awaitReached(Expect.LIMIT);

            Edit.spec(reseller.client(), subscription, "approvedCost: null");
            Expect.reason(
                    reseller.client(),
                    reseller.subscribe("later", namespace.dnsName("later"), "state: Suspended"),
                    Reason.Suspended);
            hold.release();

            Expect.reason(reseller.client(), subscription, Reason.AwaitingApproval);
            assertThat(bought(reseller)).isEmpty();
        }
    }

    @Test
    void aYearThatIsNotDeclaredAnyMoreWhenItsPriceIsKnownIsNotBought(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.clock().pass(Duration.ofDays(-300));
            var account = reseller.account("");
            Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));
            reseller.clock().pass(Duration.ofDays(300));
            var hold = reseller.platform()
                    .on("EXTENDDOMAINS")
                    .with("quoteOnly", "Y")
                    .once()
                    .hold();
            Edit.spec(
                    reseller.client(),
                    account,
                    "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(200) + "'}");
            hold.awaitReached(Expect.LIMIT);

            Edit.spec(reseller.client(), account, "term: {paidThrough: null}");
            var later = reseller.declaredAccount("platformRef: {name: there-is-none}");
            later.getMetadata().setName("later");
            Expect.reason(reseller.client(), reseller.client().resource(later).create(), Reason.AccountNotReady);
            hold.release();

            Expect.ready(reseller.client(), account);
            assertThat(reseller.platform().calls("EXTENDDOMAINS"))
                    .as("the quote")
                    .singleElement()
                    .matches(FormCall::isQuote);
        }
    }
}
