package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caas.api.Money;
import dev.caas.api.ValidationType;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PartnerApi.Possession;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews.Account.State;
import dev.caas.platform.PlatformFailure.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every provider's API holds, by capability: what it says it can is tried, and what it says it cannot is refused as
 * unsupported. A provider's own test extends it and opens a {@link Harness}.
 */
public abstract class PartnerApiConformance {
    private static final String DOMAIN = "www.example.com";
    private static final String OTHER = "shop.example.com";
    private static final Duration YEAR = Duration.ofDays(365);

    /** A provider's API with the platform behind it, fresh for each test. */
    public interface Harness extends AutoCloseable {
        PartnerApi api();

        /** A new binding for certificates of that type, the first term of which would have one year. */
        String binding(ValidationType type) throws PlatformFailure;

        /** The number of an order that validated an organisation. Asked only of who has organisation validation. */
        default String anchor() {
            throw new UnsupportedOperationException();
        }

        /** An ACME client registers with a binding. Asked only of who has accounts. */
        default String registered(String keyId) {
            throw new UnsupportedOperationException();
        }

        /** A certificate was issued under a binding. Asked only of who has orders. */
        default void issued(String keyId, String domain, String serialNumber, boolean revoked, Instant notAfter) {
            throw new UnsupportedOperationException();
        }

        /** What the platform took until now. Asked only of who has prices. */
        default BigDecimal spent() {
            throw new UnsupportedOperationException();
        }

        Instant now();

        /** Moves the platform's clock. Asked only of who has terms. */
        default void pass(Duration time) {
            throw new UnsupportedOperationException();
        }

        /** The way to a platform that is elsewhere; empty for one that is built in. */
        default Optional<Remote> remote() {
            return Optional.empty();
        }

        @Override
        void close();
    }

    /** What can go wrong on the way. */
    public interface Remote {
        /** Ends the connection of the next addition of a domain. */
        void cutNextAddition(Cut cut);

        /** The platform takes another login from here on, and no more the one we have. */
        void changeLogin();

        /** The new login is put where ours is read. */
        void adoptLogin();

        /** The platform is gone: nobody listens any more. */
        void shutDown();
    }

    /** When a connection ends. */
    public enum Cut {
        BEFORE_EFFECT,
        AFTER_EFFECT,
        INSIDE_REPLY
    }

    private Harness harness;

    protected abstract Harness open();

    @BeforeEach
    void begin() {
        harness = open();
    }

    @AfterEach
    void end() {
        harness.close();
    }

    @Test
    void whatItLacksIsRefusedAsUnsupported() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        var calls = Map.<Capability, ThrowingCallable>ofEntries(
                Map.entry(Capability.PRE_REGISTRATION, () -> api().preRegister("https://ca.example/dir", "name", 1)),
                Map.entry(Capability.SERVERS, () -> api().servers()),
                Map.entry(Capability.BINDINGS, () -> api().bindings()),
                Map.entry(Capability.ACCOUNTS, () -> api().accounts(Optional.of(keyId))),
                Map.entry(Capability.TERM, () -> api().buy(new Purchase.Year(keyId, harness.now()), Instant.MAX)),
                Map.entry(Capability.PRICES, () -> api().quote(addition(keyId, DOMAIN))),
                Map.entry(
                        Capability.ASSOCIATED_NAMES,
                        () -> api().buy(new Purchase.Domain(keyId, DOMAIN, true, Optional.empty(), 1), Instant.MAX)),
                Map.entry(Capability.ORGANIZATION_VALIDATION, () -> api().moveAnchor(keyId, "1", "2")),
                Map.entry(Capability.SUSPENSION, () -> api().act(Act.SUSPEND, new Scope.Binding(keyId))),
                Map.entry(
                        Capability.ACCOUNT_DEACTIVATION,
                        () -> api().act(Act.DEACTIVATE, new Scope.OneAccount("account"))),
                Map.entry(Capability.BINDING_DEACTIVATION, () -> api().act(Act.DEACTIVATE, new Scope.Binding(keyId))),
                Map.entry(Capability.RESELLER, () -> api().act(Act.SUSPEND, new Scope.Reseller())),
                Map.entry(Capability.ORDERS, () -> api().lastOrders(keyId)));
        assertThat(calls).containsOnlyKeys(Capability.values());

        calls.forEach((capability, call) -> {
            if (!api().capabilities().contains(capability)) {
                assertFails(Kind.UNSUPPORTED, call);
            }
        });
    }

    @Test
    void anAddedDomainIsListed() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        assertThat(api().domains(keyId)).isEmpty();

        api().buy(addition(keyId, DOMAIN), Instant.MAX);

        assertThat(names(keyId)).containsExactly(DOMAIN);
    }

    @Test
    void aWildcardIsListedAsItWasAdded() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);

        api().buy(addition(keyId, "*.example.com"), Instant.MAX);

        assertThat(names(keyId)).containsExactly("*.example.com");
    }

    @Test
    void domainsOfTwoBindingsAreApart() throws PlatformFailure {
        var one = harness.binding(ValidationType.DV);
        var other = harness.binding(ValidationType.DV);

        api().buy(addition(one, DOMAIN), Instant.MAX);
        api().buy(addition(other, OTHER), Instant.MAX);

        assertThat(names(one)).containsExactly(DOMAIN);
        assertThat(names(other)).containsExactly(OTHER);
    }

    @Test
    void aRemovedDomainIsGone() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        api().buy(addition(keyId, DOMAIN), Instant.MAX);
        api().buy(addition(keyId, OTHER), Instant.MAX);

        api().remove(keyId, DOMAIN);

        assertThat(names(keyId)).containsExactly(OTHER);
    }

    @Test
    void removingWhatIsNotThereIsRefused() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        api().buy(addition(keyId, DOMAIN), Instant.MAX);

        assertFails(Kind.REFUSED, () -> api().remove(keyId, OTHER));

        assertThat(names(keyId)).containsExactly(DOMAIN);
    }

    @Test
    void listsOfSeveralPagesAreWhole() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        var names = new HashSet<String>();
        for (int i = 0; i < 203; i++) {
            names.add("host" + i + ".example.com");
            api().buy(addition(keyId, "host" + i + ".example.com"), Instant.MAX);
        }

        assertThat(names(keyId)).hasSize(203).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void serversAreListed() throws PlatformFailure {
        needs(Capability.SERVERS);

        assertThat(api().servers())
                .isNotEmpty()
                .allSatisfy(server -> assertThat(server.url()).startsWith("https://"));
    }

    @Test
    void eachPreRegistrationIsAnotherBindingThatCostsNothing() throws PlatformFailure {
        needs(Capability.PRE_REGISTRATION);
        needs(Capability.SERVERS);
        var server = api().servers().getFirst().url();

        var one = api().preRegister(server, "one", 1);
        var other = api().preRegister(server, "other", 1);

        assertThat(one.keyId()).isNotBlank().isNotEqualTo(other.keyId());
        assertThat(one.macKey()).isNotBlank().isNotEqualTo(other.macKey());
        assertThat(api().domains(one.keyId())).isEmpty();
        if (has(Capability.BINDINGS)) {
            assertThat(api().bindings()).extracting(PartnerViews.Binding::keyId).contains(one.keyId(), other.keyId());
        }
        if (has(Capability.PRICES)) {
            assertThat(harness.spent()).isZero();
        }
    }

    @Test
    void whatIsListedHoldsNoMacKey() throws PlatformFailure {
        needs(Capability.PRE_REGISTRATION);
        needs(Capability.SERVERS);
        var binding = api().preRegister(api().servers().getFirst().url(), "one", 1);
        var seen = new StringBuilder(binding.toString());
        if (has(Capability.BINDINGS)) {
            seen.append(api().bindings());
        }
        if (has(Capability.ACCOUNTS)) {
            seen.append(api().accounts(Optional.empty()));
        }

        assertThat(seen).contains(binding.keyId()).doesNotContain(binding.macKey());
    }

    /** Who tells MAC keys tells a true one from any other; who does not says so. */
    @Test
    void aMacKeyIsToldFromAnyOther() throws PlatformFailure {
        if (!has(Capability.PRE_REGISTRATION)) {
            assertThat(api().possession(harness.binding(ValidationType.DV), "bWFj"))
                    .isEqualTo(Possession.NOT_TOLD);
            return;
        }
        var server = api().servers().getFirst().url();
        var one = api().preRegister(server, "one", 1);
        var other = api().preRegister(server, "other", 1);

        assertThat(api().possession(one.keyId(), one.macKey())).isEqualTo(Possession.PROVEN);
        assertThat(api().possession(one.keyId(), " " + one.macKey() + "==\n")).isEqualTo(Possession.PROVEN);
        assertThat(api().possession(one.keyId(), other.macKey())).isEqualTo(Possession.DISPROVEN);
        assertThat(api().possession(one.keyId(), "")).isEqualTo(Possession.DISPROVEN);
        assertThat(api().possession(one.keyId(), "no key at all")).isEqualTo(Possession.DISPROVEN);
        assertFails(Kind.UNKNOWN_BINDING, () -> api().possession("nobodys", one.macKey()));
    }

    @Test
    void aBindingIsPendingUntilItIsUsed() throws PlatformFailure {
        needs(Capability.ACCOUNTS);
        var keyId = harness.binding(ValidationType.DV);
        assertThat(states(keyId)).allMatch(State.PENDING::equals);

        var id = harness.registered(keyId);

        assertThat(api().accounts(Optional.of(keyId)))
                .filteredOn(account -> account.id().equals(id))
                .singleElement()
                .satisfies(account -> {
                    assertThat(account.state()).isEqualTo(State.VALID);
                    assertThat(account.keyId()).isEqualTo(keyId);
                });
    }

    @Test
    void aQuoteIsWhatIsTakenAndDoesNothing() throws PlatformFailure {
        needs(Capability.PRICES);
        var keyId = harness.binding(ValidationType.DV);

        var quote = api().quote(addition(keyId, DOMAIN)).money();

        assertThat(api().domains(keyId)).isEmpty();
        assertThat(harness.spent()).isZero();
        assertThat(quote.value()).isPositive();
        var receipt = api().buy(addition(keyId, DOMAIN), Instant.MAX);
        assertThat(receipt.cost().map(Money::value))
                .hasValueSatisfying(cost -> assertThat(cost).isEqualByComparingTo(quote.value()));
        assertThat(harness.spent()).isEqualByComparingTo(quote.value());
    }

    @Test
    void laterDomainsShareTheTermAndCostWhatIsLeftOfIt() throws PlatformFailure {
        needs(Capability.TERM);
        var keyId = harness.binding(ValidationType.DV);
        api().buy(addition(keyId, DOMAIN), Instant.MAX);
        var first = harness.api().domains(keyId).getFirst().expiresAt().orElseThrow();
        harness.pass(Duration.ofDays(200));

        var quote = has(Capability.PRICES)
                ? Optional.of(api().quote(addition(keyId, OTHER)).money().value())
                : Optional.<BigDecimal>empty();
        api().buy(addition(keyId, OTHER), Instant.MAX);

        assertThat(api().domains(keyId))
                .hasSize(2)
                .allSatisfy(domain -> assertThat(domain.expiresAt()).hasValue(first));
        if (quote.isPresent()) {
            assertThat(quote.get()).isPositive().isLessThan(harness.spent().subtract(quote.get()));
        }
    }

    @Test
    void aFirstTermEndsWithTheLastSecondOfItsLastDay() throws PlatformFailure {
        needs(Capability.TERM);
        var keyId = harness.binding(ValidationType.DV);

        api().buy(addition(keyId, DOMAIN), Instant.MAX);

        assertThat(expiry(keyId)).isEqualTo(Term.start(harness.now(), 1).expiresAt());
    }

    @Test
    void aYearIsAddedToThePresentEnd() throws PlatformFailure {
        needs(Capability.TERM);
        var keyId = harness.binding(ValidationType.DV);
        api().buy(addition(keyId, DOMAIN), Instant.MAX);
        api().buy(addition(keyId, OTHER), Instant.MAX);
        var before = expiry(keyId);
        harness.pass(Duration.ofDays(300));

        api().buy(new Purchase.Year(keyId, before), Instant.MAX);

        assertThat(api().domains(keyId))
                .hasSize(2)
                .allSatisfy(domain -> assertThat(domain.expiresAt()).hasValue(before.plus(YEAR)));
    }

    @Test
    void aTermIsNotExtendedOutsideOfItsWindow() throws PlatformFailure {
        needs(Capability.TERM);
        var keyId = harness.binding(ValidationType.DV);
        api().buy(addition(keyId, DOMAIN), Instant.MAX);
        var end = expiry(keyId);

        assertFails(Kind.TERM, () -> api().buy(new Purchase.Year(keyId, end), Instant.MAX));
        harness.pass(Duration.between(harness.now(), end).plus(Duration.ofDays(31)));
        assertFails(Kind.TERM, () -> api().buy(new Purchase.Year(keyId, end), Instant.MAX));

        assertThat(expiry(keyId)).isEqualTo(end);
    }

    @Test
    void theAssociatedNameComesWithADomain() throws PlatformFailure {
        needs(Capability.ASSOCIATED_NAMES);
        var keyId = harness.binding(ValidationType.DV);

        api().buy(new Purchase.Domain(keyId, "example.com", true, Optional.empty(), 1), Instant.MAX);

        assertThat(names(keyId)).containsExactlyInAnyOrder("example.com", "www.example.com");
    }

    @Test
    void anAccountIsSuspendedAloneAndResumedToWhatItWas() throws PlatformFailure {
        needs(Capability.SUSPENSION);
        needs(Capability.ACCOUNTS);
        var keyId = harness.binding(ValidationType.DV);
        var first = harness.registered(keyId);
        var second = harness.registered(keyId);

        assertThat(api().act(Act.SUSPEND, new Scope.OneAccount(second))).isEqualTo(1);

        assertThat(state(keyId, first)).isEqualTo(State.VALID);
        assertThat(state(keyId, second)).isEqualTo(State.SUSPENDED);
        assertThat(api().act(Act.RESUME, new Scope.OneAccount(second))).isEqualTo(1);
        assertThat(state(keyId, second)).isEqualTo(State.VALID);
    }

    @Test
    void aBindingIsSuspendedWithItsAccountsAndNoOther() throws PlatformFailure {
        needs(Capability.SUSPENSION);
        needs(Capability.ACCOUNTS);
        var keyId = harness.binding(ValidationType.DV);
        var first = harness.registered(keyId);
        var second = harness.registered(keyId);
        var other = harness.binding(ValidationType.DV);
        assertThat(states(other)).containsOnly(State.PENDING);

        assertThat(api().act(Act.SUSPEND, new Scope.Binding(keyId))).isEqualTo(2);

        assertThat(state(keyId, first)).isEqualTo(State.SUSPENDED);
        assertThat(state(keyId, second)).isEqualTo(State.SUSPENDED);
        assertThat(states(other)).containsOnly(State.PENDING);
    }

    @Test
    void resumingRestoresTheStateBefore() throws PlatformFailure {
        needs(Capability.SUSPENSION);
        needs(Capability.ACCOUNTS);
        var unused = harness.binding(ValidationType.DV);
        api().act(Act.SUSPEND, new Scope.Binding(unused));
        assertThat(states(unused)).containsOnly(State.SUSPENDED);

        api().act(Act.RESUME, new Scope.Binding(unused));

        assertThat(states(unused)).containsOnly(State.PENDING);
    }

    @Test
    void aDeactivatedAccountStaysSo() throws PlatformFailure {
        needs(Capability.ACCOUNT_DEACTIVATION);
        needs(Capability.ACCOUNTS);
        var keyId = harness.binding(ValidationType.DV);
        var first = harness.registered(keyId);
        var second = harness.registered(keyId);

        api().act(Act.DEACTIVATE, new Scope.OneAccount(second));

        assertThat(state(keyId, second)).isEqualTo(State.DEACTIVATED);
        assertThat(state(keyId, first)).isEqualTo(State.VALID);
        if (has(Capability.SUSPENSION)) {
            api().act(Act.RESUME, new Scope.OneAccount(second));
            assertThat(state(keyId, second)).isEqualTo(State.DEACTIVATED);
        }
    }

    @Test
    void theResellersActConcernsEveryBinding() throws PlatformFailure {
        needs(Capability.RESELLER);
        needs(Capability.ACCOUNTS);
        var one = harness.binding(ValidationType.DV);
        var other = harness.binding(ValidationType.DV);

        assertThat(api().act(Act.SUSPEND, new Scope.Reseller())).isEqualTo(2);

        assertThat(states(one)).containsOnly(State.SUSPENDED);
        assertThat(states(other)).containsOnly(State.SUSPENDED);
        api().act(Act.RESUME, new Scope.Reseller());
        assertThat(states(one)).containsOnly(State.PENDING);
    }

    @Test
    void domainsMoveFromOneAnchorToAnother() throws PlatformFailure {
        needs(Capability.ORGANIZATION_VALIDATION);
        var keyId = harness.binding(ValidationType.OV);
        var old = harness.anchor();
        var renewed = harness.anchor();
        api().buy(new Purchase.Domain(keyId, DOMAIN, false, Optional.of(old), 1), Instant.MAX);
        api().buy(new Purchase.Domain(keyId, OTHER, false, Optional.of(old), 1), Instant.MAX);

        assertThat(api().moveAnchor(keyId, old, renewed)).isEqualTo(2);

        assertThat(api().moveAnchor(keyId, old, renewed)).isZero();
    }

    @Test
    void lastOrdersTellValidCertificatesFromOthers() throws PlatformFailure {
        needs(Capability.ORDERS);
        var keyId = harness.binding(ValidationType.DV);
        var notAfter = harness.now().plus(Duration.ofDays(90)).truncatedTo(ChronoUnit.SECONDS);
        harness.issued(keyId, DOMAIN, "00A1B2", false, notAfter);
        harness.issued(keyId, OTHER, "00A1B3", true, notAfter);

        var orders = api().lastOrders(keyId);

        assertThat(orders).hasSize(2);
        assertThat(orders).filteredOn(PartnerViews.Order::valid).singleElement().satisfies(order -> {
            assertThat(order.serialNumber()).hasValue("a1b2");
            assertThat(order.domains()).containsExactly(DOMAIN);
            assertThat(order.notAfter()).hasValue(notAfter);
        });
    }

    @Test
    void aBindingThatThePlatformDoesNotKnowIsCalledSo() throws PlatformFailure {
        remote();

        assertFails(Kind.UNKNOWN_BINDING, () -> api().buy(addition("no-such-binding", DOMAIN), Instant.MAX));
        assertFails(Kind.UNKNOWN_BINDING, () -> api().domains("no-such-binding"));
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionCutWhileBuyingLeavesTheOutcomeUnknownAndBuysOnceAtMost(Cut cut) throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        remote().cutNextAddition(cut);

        assertFails(Kind.UNKNOWN_OUTCOME, () -> api().buy(addition(keyId, DOMAIN), Instant.MAX));

        assertThat(names(keyId)).isEqualTo(cut == Cut.BEFORE_EFFECT ? Set.of() : Set.of(DOMAIN));
        if (has(Capability.PRICES)) {
            var once = cut == Cut.BEFORE_EFFECT ? BigDecimal.ZERO : price();
            assertThat(harness.spent()).isEqualByComparingTo(once);
        }
    }

    @Test
    void whatIsAskedForTooLateIsNotAsked() throws PlatformFailure {
        remote();
        var keyId = harness.binding(ValidationType.DV);

        assertFails(Kind.UNREACHABLE, () -> api().buy(addition(keyId, DOMAIN), Instant.EPOCH));

        assertThat(names(keyId)).isEmpty();
    }

    @Test
    void aLoginIsReadAnewForEveryRequest() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        remote().changeLogin();
        assertFails(Kind.UNAUTHORIZED, () -> api().domains(keyId));

        remote().adoptLogin();

        assertThat(api().domains(keyId)).isEmpty();
    }

    @Test
    void aPlatformThatIsGoneWasNotAsked() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        remote().shutDown();

        assertFails(Kind.UNREACHABLE, () -> api().buy(addition(keyId, DOMAIN), Instant.MAX));
    }

    private PartnerApi api() {
        return harness.api();
    }

    private Remote remote() {
        assumeTrue(harness.remote().isPresent(), "the platform is built in");
        return harness.remote().orElseThrow();
    }

    private boolean has(Capability capability) {
        return api().capabilities().contains(capability);
    }

    private void needs(Capability capability) {
        assumeTrue(has(capability), () -> "the API has no " + capability);
    }

    /** What the first domain of a fresh binding costs. */
    private BigDecimal price() throws PlatformFailure {
        return api().quote(addition(harness.binding(ValidationType.DV), DOMAIN))
                .money()
                .value();
    }

    private static Purchase addition(String keyId, String name) {
        return new Purchase.Domain(keyId, name, false, Optional.empty(), 1);
    }

    private Set<String> names(String keyId) throws PlatformFailure {
        var names = api().domains(keyId).stream().map(PartnerViews.Domain::name).toList();
        assertThat(names).doesNotHaveDuplicates();
        return Set.copyOf(names);
    }

    private Instant expiry(String keyId) throws PlatformFailure {
        return api().domains(keyId).getFirst().expiresAt().orElseThrow();
    }

    private List<State> states(String keyId) throws PlatformFailure {
        return api().accounts(Optional.of(keyId)).stream()
                .map(PartnerViews.Account::state)
                .toList();
    }

    private State state(String keyId, String accountId) throws PlatformFailure {
        return api().accounts(Optional.of(keyId)).stream()
                .filter(account -> account.id().equals(accountId))
                .map(PartnerViews.Account::state)
                .findFirst()
                .orElseThrow();
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PlatformFailure.class,
                        failure -> assertThat(failure.kind()).as(failure.text()).isEqualTo(kind));
    }
}
