package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.DomainSubscription;
import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.FormCall;
import dev.caas.kit.FormRuleBuilder;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Names whose organisation is validated, and names that are validated alone. Pebble validates no organisation: its
 * certificates have no subject, let alone an O. So what is asserted is what the platform was asked for and what the
 * operator says of it; that a CA puts the organisation in is the CA's to show.
 */
@ExtendWith(CaasExtension.class)
class OrganizationIT {
    private static final String OTHER_SERVER = "https://acme.other.example/v2/directory";
    private static final String SUBSCRIBED = "The domain is subscribed";

    static Stream<Arguments> kinds() {
        return Stream.of(ValidationType.values())
                .flatMap(type -> Stream.of(
                        Arguments.of(type, "a single name", List.of("")),
                        Arguments.of(type, "several names", List.of("a.", "b.")),
                        Arguments.of(type, "a wildcard", List.of("*."))));
    }

    @ParameterizedTest(name = "{0} for {1}")
    @MethodSource("kinds")
    void aTypeNeedsAServerOfItAndShowsInThePurchaseAndInTheStatus(
            ValidationType type, String kind, List<String> prefixes, TestNamespace namespace) {
        var other = type == ValidationType.OV ? ValidationType.DV : ValidationType.OV;
        try (var reseller = Reseller.of(namespace, Approval.Automatic, type, Map.of(OTHER_SERVER, other.name()))) {
            var anchor = reseller.platform().books().validateOrganization();
            var names = prefixes.stream().map(p -> p + namespace.domain()).toList();
            reseller.account("");

            var unsuitable = reseller.subscribe("unsuitable", names.getFirst(), alone(declared(other, anchor)));
            assertThat(Expect.message(Expect.reason(reseller.client(), unsuitable, Reason.InvalidSpec)))
                    .contains("does not issue " + other, OTHER_SERVER);
            assertThat(reseller.platform().calls("ADDDOMAIN")).isEmpty();
            reseller.client().resource(unsuitable).delete();

            for (int i = 0; i < names.size(); i++) {
                Expect.ready(
                        reseller.client(),
                        reseller.subscribe("domain" + i, names.get(i), alone(declared(type, anchor))));
            }
            var customer = new Customer(reseller.contract());
            customer.declare("www", names, "{}");

            assertThat(customer.awaitIssued("www").validationType()).as(kind).isEqualTo(type);
            assertThat(reseller.platform().calls("ADDDOMAIN"))
                    .isNotEmpty()
                    .allSatisfy(c -> assertThat(c.argument("ovAnchorOrderNumber"))
                            .isEqualTo(type == ValidationType.OV ? anchor : ""));
            assertThat(reseller.platform().calls("ADDDOMAIN").stream().filter(c -> !c.isQuote()))
                    .extracting(c -> c.argument("domainName"))
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    @Test
    void anAssociatedNameIsPaidForAndUsedUnderTheAnchorOfItsDomain(TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var anchor = reseller.platform().books().validateOrganization();
            var domain = namespace.domain();
            reseller.account("");
            Expect.ready(
                    reseller.client(),
                    reseller.subscribe("domain", domain, alone(organization(anchor)) + "\nincludeAssociated: true"));
            var customer = new Customer(reseller.contract());

            customer.declare("www", "www." + domain);

            assertThat(customer.awaitIssued("www").validationType()).isEqualTo(ValidationType.OV);
            assertThat(anchors(reseller, domain, "www." + domain)).containsExactly(anchor, anchor);
        }
    }

    @Test
    void namesUnderTwoAnchorsAreNotOrderedUntilTheyAreUnderOne(TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var one = reseller.platform().books().validateOrganization();
            var two = reseller.platform().books().validateOrganization();
            var a = namespace.dnsName("a");
            var b = namespace.dnsName("b");
            reseller.account("");
            Expect.ready(reseller.client(), reseller.subscribe("a", a, organization(one)));
            var second = Expect.ready(reseller.client(), reseller.subscribe("b", b, organization(two)));
            var customer = new Customer(reseller.contract());

            customer.declare("alone", a);
            customer.awaitIssued("alone");
            assertThat(customer.acme().orders(a).created())
                    .as("the detector sees an order")
                    .isOne();
            customer.declare("both", a, b);

            customer.awaitNotNow("both", Reason.PolicyDenied);
            assertThat(Expect.message(customer.certificate("both"))).contains(a + " under " + one, b + " under " + two);
            assertThat(customer.acme().orders(a).created()).isOne();
            assertThat(customer.acme().orders(b).created()).isZero();

            Edit.spec(reseller.client(), second, "organizationValidation: '" + one + "'");
            assertThat(customer.awaitIssued("both").validationType()).isEqualTo(ValidationType.OV);
        }
    }

    @Test
    void whatIsDeclaredOtherwiseThanPaidStillShowsWhatWasPaid(TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var anchor = reseller.platform().books().validateOrganization();
            var paid = subscribed(reseller, anchor);

            reseller.client().resource(paid).delete();
            var declared = reseller.subscribe("declared-otherwise", namespace.domain(), "validationType: DV");

            var refused = Expect.reason(reseller.client(), declared, Reason.InvalidSpec);
            assertThat(refused.getStatus().cost())
                    .isNotNull()
                    .isEqualTo(paid.getStatus().cost());
            assertThat(refused.getStatus().orderNumber())
                    .isEqualTo(paid.getStatus().orderNumber());
            assertThat(refused.getStatus().refundableUntil())
                    .isEqualTo(paid.getStatus().refundableUntil());
        }
    }

    @Test
    void aChangedDeclarationMovesAllDomainsOfTheAnchorOnceAndTheOthersTellOfIt(TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var old = reseller.platform().books().validateOrganization();
            var changed = reseller.platform().books().validateOrganization();
            var a = namespace.dnsName("a");
            var b = namespace.dnsName("b");
            reseller.account("");
            var first = Expect.ready(reseller.client(), reseller.subscribe("a", a, organization(old)));
            var second = Expect.ready(reseller.client(), reseller.subscribe("b", b, organization(old)));

            Edit.spec(reseller.client(), first, "organizationValidation: '" + changed + "'");

            Expect.event(reseller.client(), first, Reason.ValidationMoved);
            assertThat(anchors(reseller, a, b)).containsExactly(changed, changed);
            var told = Expect.eventually(
                    reseller.client(),
                    second,
                    s -> assertThat(Expect.message(s))
                            .contains("organizationValidation is " + old, "under " + changed));
            assertThat(Expect.ready(told).getStatus()).isEqualTo("True");
            Expect.event(reseller.client(), second, Reason.Conflict);
            var customer = new Customer(reseller.contract());
            customer.declare("both", a, b);
            assertThat(customer.awaitIssued("both").validationType())
                    .as("at the platform both are under one")
                    .isEqualTo(ValidationType.OV);

            Edit.spec(reseller.client(), second, "organizationValidation: '" + changed + "'");
            Expect.eventually(reseller.client(), second, OrganizationIT::assertNothingToTell);
            Expect.eventually(reseller.client(), first, OrganizationIT::assertNothingToTell);
            assertThat(moves(reseller)).containsExactly(old + " to " + changed);
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
    void aMoveWhoseRequestIsCutIsFinished(String when, Consumer<FormRuleBuilder> cut, TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var old = reseller.platform().books().validateOrganization();
            var changed = reseller.platform().books().validateOrganization();
            var subscription = subscribed(reseller, old);
            cut.accept(reseller.platform().on("UPDATEDOMAINS").once());

            Edit.spec(reseller.client(), subscription, "organizationValidation: '" + changed + "'");

            Expect.event(reseller.client(), subscription, Reason.ValidationMoved);
            Expect.eventually(reseller.client(), subscription, OrganizationIT::assertNothingToTell);
            assertThat(anchors(reseller, namespace.domain())).as(when).containsExactly(changed);
            var remembered = new LedgerSecret(namespace).anchor(namespace.domain());
            assertThat(remembered.path("number").asText()).isEqualTo(changed);
            assertThat(remembered.has("movingTo")).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMoveThatIsKilledIsFinished(boolean afterItsEffect, TestNamespace namespace, OperatorProcess operator) {
        try (var reseller = reseller(namespace)) {
            var old = reseller.platform().books().validateOrganization();
            var changed = reseller.platform().books().validateOrganization();
            var subscription = subscribed(reseller, old);
            var move = reseller.platform().on("UPDATEDOMAINS").once();
            var hold = afterItsEffect ? move.holdAfter() : move.hold();
            Edit.spec(reseller.client(), subscription, "organizationValidation: '" + changed + "'");
            hold.awaitReached(Expect.LIMIT);

            operator.kill();
            hold.drop();
            operator.startAgain().awaitReady();

            Expect.event(reseller.client(), subscription, Reason.ValidationMoved);
            Expect.eventually(reseller.client(), subscription, OrganizationIT::assertNothingToTell);
            assertThat(anchors(reseller, namespace.domain())).containsExactly(changed);
            assertThat(new LedgerSecret(namespace).anchor(namespace.domain()).has("movingTo"))
                    .isFalse();
        }
    }

    @Test
    void aDeclarationChangedBackWhileNobodyKnowsWhetherItWasMovedIsMovedBack(TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var old = reseller.platform().books().validateOrganization();
            var changed = reseller.platform().books().validateOrganization();
            var subscription = subscribed(reseller, old);
            reseller.platform().on("UPDATEDOMAINS").once().cutAfter();
            Edit.spec(reseller.client(), subscription, "organizationValidation: '" + changed + "'");
            Expect.event(reseller.client(), subscription, Reason.PlatformUnreachable);
            assertThat(anchors(reseller, namespace.domain())).containsExactly(changed);

            Edit.spec(reseller.client(), subscription, "organizationValidation: '" + old + "'");

            Expect.eventually(reseller.client(), subscription, OrganizationIT::assertNothingToTell);
            assertThat(anchors(reseller, namespace.domain())).containsExactly(old);
            assertThat(moves(reseller))
                    .endsWith(changed + " to " + old)
                    .startsWith(old + " to " + changed)
                    .hasSizeBetween(2, 4);
        }
    }

    @Test
    void anOrganisationThatHasToBeValidatedAgainIsWarnedOf(TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var anchor = reseller.platform().books().validateOrganization();
            var subscription = subscribed(reseller, anchor);
            assertNothingToTell(subscription);
            var ledger = new LedgerSecret(namespace);

            ledger.useAnchorSince(namespace.domain(), Instant.now().minus(Duration.ofDays(369)));
            Expect.eventually(
                    reseller.client(),
                    subscription,
                    s -> assertThat(Expect.message(s)).contains(anchor + " has to be renewed by", "is not known here"));
            Expect.event(reseller.client(), subscription, Reason.ValidationEnding);

            ledger.useAnchorSince(namespace.domain(), Instant.now().minus(Duration.ofDays(399)));
            Expect.eventually(
                    reseller.client(),
                    subscription,
                    s -> assertThat(Expect.message(s)).contains("more than the 398 days"));
            soon().untilAsserted(
                            () -> assertThat(Expect.events(reseller.client(), subscription, Reason.ValidationEnding))
                                    .hasSize(2));
        }
    }

    private static Reseller reseller(TestNamespace namespace) {
        return Reseller.of(namespace, Approval.Automatic, ValidationType.OV, Map.of());
    }

    /** The namespace's domain under an organisation's validation, and the account for it. */
    private static DomainSubscription subscribed(Reseller reseller, String anchor) {
        reseller.account("");
        var domain = reseller.namespace().domain();
        return Expect.ready(reseller.client(), reseller.subscribe("domain", domain, organization(anchor)));
    }

    private static String declared(ValidationType type, String anchor) {
        return type == ValidationType.OV ? organization(anchor) : "validationType: DV";
    }

    private static String organization(String anchor) {
        return "validationType: OV\norganizationValidation: '" + anchor + "'\n";
    }

    private static String alone(String declared) {
        return declared + "\ncoversSubdomains: false";
    }

    private static List<String> anchors(Reseller reseller, String... domains) {
        return Stream.of(domains)
                .map(d -> reseller.platform().books().anchor(reseller.keyId(), d))
                .toList();
    }

    private static List<String> moves(Reseller reseller) {
        return reseller.platform().calls("UPDATEDOMAINS").stream()
                .map((FormCall c) -> c.argument("oldOVAnchorOrderNumber") + " to " + c.argument("ovAnchorOrderNumber"))
                .toList();
    }

    private static void assertNothingToTell(DomainSubscription subscription) {
        var ready = Expect.ready(subscription);
        assertThat(ready.getObservedGeneration())
                .isEqualTo(subscription.getMetadata().getGeneration());
        assertThat(ready.getMessage()).isEqualTo(SUBSCRIBED);
        assertThat(Expect.conditions(subscription).all())
                .allMatch(c -> c.getType().equals(Conditions.READY));
    }

    /** A typo whose request got lost is refused when it is asked for again: that must not stand in the way of the right one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMoveThatWasCutAndIsRefusedThenKeepsNoOtherMoveFromBeingMade(boolean shown, TestNamespace namespace) {
        try (var reseller = reseller(namespace)) {
            var old = reseller.platform().books().validateOrganization();
            var changed = reseller.platform().books().validateOrganization();
            var subscription = subscribed(reseller, old);
            var cut = reseller.platform().on("UPDATEDOMAINS").cutBefore();
            Edit.spec(reseller.client(), subscription, "organizationValidation: '999999'");
            Expect.event(reseller.client(), subscription, Reason.PlatformUnreachable);
            assertThat(movingTo(namespace)).isEqualTo("999999");
            if (shown) {
                cut.remove();
                Expect.event(reseller.client(), subscription, Reason.PlatformRefused);
                assertThat(movingTo(namespace)).as("it is still declared").isEqualTo("999999");
            }

            Edit.spec(reseller.client(), subscription, "organizationValidation: '" + changed + "'");
            cut.remove();

            Expect.event(reseller.client(), subscription, Reason.ValidationMoved);
            Expect.eventually(reseller.client(), subscription, OrganizationIT::assertNothingToTell);
            assertThat(anchors(reseller, namespace.domain())).containsExactly(changed);
        }
    }

    private static String movingTo(TestNamespace namespace) {
        return new LedgerSecret(namespace)
                .anchor(namespace.domain())
                .path("movingTo")
                .asText();
    }
}
