package dev.caas.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.DomainSubscriptionStatus.State;
import dev.caas.api.Reason;
import dev.caas.kit.Specs;
import dev.caas.kube.Conditions;
import dev.caas.platform.Held;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.Platforms.Door;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Money is spent on what can be used, and on nothing else; what cannot be used says what would help. */
class StandingTest {
    private static final String DOMAIN = "shop.example.com";
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:05Z");
    private static final PartnerApi NOBODY = (PartnerApi) Proxy.newProxyInstance(
            StandingTest.class.getClassLoader(), new Class<?>[] {PartnerApi.class}, (_, _, _) -> {
                throw new IllegalStateException("nobody is asked");
            });
    private static final LedgerEntry EMPTY = LedgerEntry.empty();
    private static final LedgerEntry HAS_IT = entry(Map.of(DOMAIN, Held.since(NOW)), Map.of(), null);

    private final DomainSubscription subscription = subscription();
    private final CaaSAccount account = account();

    @Test
    void whatNothingHoldsBackIsToBeAdded() {
        assertThat(standing(EMPTY)).isInstanceOf(Standing.ToBeAdded.class);
    }

    static Stream<Arguments> stops() {
        return Stream.of(
                Arguments.of("the subscription is suspended", Reason.Suspended, (Stop) test -> {
                    test.suspendSubscription();
                    return EMPTY;
                }),
                Arguments.of("the account is suspended", Reason.Suspended, (Stop) test -> {
                    test.suspendAccount();
                    return EMPTY;
                }),
                Arguments.of("the platform holds it back", Reason.Suspended, (Stop)
                        _ -> entry(Map.of(), Map.of(), "is suspended at the platform")),
                Arguments.of("the subscription is leaving", Reason.AccountNotReady, (Stop) test -> {
                    test.subscription.getMetadata().setDeletionTimestamp(NOW.toString());
                    return EMPTY;
                }),
                Arguments.of("the account is leaving", Reason.AccountNotReady, (Stop) test -> {
                    test.account.getMetadata().setDeletionTimestamp(NOW.toString());
                    return EMPTY;
                }),
                Arguments.of("the account is in conflict", Reason.AccountNotReady, (Stop) test -> {
                    test.account.setStatus(inConflict());
                    return EMPTY;
                }));
    }

    interface Stop {
        LedgerEntry at(StandingTest test);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stops")
    void whatNobodyMayUseIsNotBought(String why, Reason reason, Stop stop) {
        var ledger = stop.at(this);

        assertThat(standing(ledger))
                .as(why)
                .isInstanceOfSatisfying(
                        Standing.Waiting.class, w -> assertThat(w.reason()).isEqualTo(reason));
    }

    @Test
    void whatIsHeldBackSaysByWhomAndWhatHelps() {
        var door = new Door.Closed(Reason.NamespaceNotAllowed, "add it to spec.allowedNamespaces");

        assertThat(standing(HAS_IT)).isInstanceOf(Standing.Added.class);
        assertThat(standing(HAS_IT, door)).isInstanceOfSatisfying(Standing.HeldBack.class, h -> {
            assertThat(h.reason()).isEqualTo(Reason.NamespaceNotAllowed);
            assertThat(h.message()).contains("spec.allowedNamespaces");
        });
        assertThat(standing(entry(HAS_IT.domains(), Map.of(), "is suspended at the platform")))
                .isInstanceOfSatisfying(Standing.HeldBack.class, h -> {
                    assertThat(h.reason()).isEqualTo(Reason.Suspended);
                    assertThat(h.message()).contains("is suspended at the platform");
                });
        suspendAccount();
        assertThat(standing(HAS_IT))
                .isInstanceOfSatisfying(
                        Standing.HeldBack.class,
                        h -> assertThat(h.message()).contains("CaaSAccount 'acme' is suspended"));
    }

    /** An object's age is known to the second: one of the same second may be the new one. */
    @ParameterizedTest
    @ValueSource(strings = {"2026-11-22T12:00:04.1Z", "2026-11-22T12:00:04Z", "2026-11-22T12:00:03Z"})
    void whatIsDeclaredInTheSecondOfARemovalIsBought(String removedAt) {
        subscription.getMetadata().setCreationTimestamp("2026-11-22T12:00:04Z");

        assertThat(standing(entry(Map.of(), Map.of(DOMAIN, Instant.parse(removedAt)), null)))
                .isInstanceOf(Standing.ToBeAdded.class);
    }

    static Stream<DomainSubscriptionStatus> whatItHad() {
        return Stream.of(
                new DomainSubscriptionStatus(1L, List.of(), State.Active, NOW, null, null, null, null, null),
                new DomainSubscriptionStatus(1L, List.of(), State.Removed, null, null, null, null, null, null));
    }

    @ParameterizedTest
    @MethodSource("whatItHad")
    void whatHadTheDomainInTheSecondOfItsRemovalIsNotBoughtAgain(DomainSubscriptionStatus status) {
        subscription.getMetadata().setCreationTimestamp("2026-11-22T12:00:05Z");
        subscription.setStatus(status);

        assertThat(standing(entry(Map.of(), Map.of(DOMAIN, NOW.plusMillis(100)), null)))
                .isInstanceOf(Standing.Removed.class);
    }

    @Test
    void whatWasDeclaredBeforeARemovalIsNotBoughtAgain() {
        subscription.getMetadata().setCreationTimestamp("2026-11-22T12:00:04Z");

        assertThat(standing(entry(Map.of(), Map.of(DOMAIN, NOW), null))).isInstanceOf(Standing.Removed.class);
    }

    @Test
    void whatWasDeclaredOtherwiseSinceIsAnotherDeclaration() {
        var before = world(subscription, account, platform(1L));

        assertThat(before.isDeclaredAs(world(subscription(), account(), platform(1L))))
                .isTrue();
        assertThat(before.isDeclaredAs(world(subscription, account, platform(2L))))
                .isFalse();
        var changed = subscription();
        changed.getMetadata().setGeneration(2L);
        assertThat(before.isDeclaredAs(world(changed, account, platform(1L)))).isFalse();
        var anew = account();
        anew.getMetadata().setUid("another");
        assertThat(before.isDeclaredAs(world(subscription, anew, platform(1L)))).isFalse();
    }

    private static Standing.World world(DomainSubscription subscription, CaaSAccount account, CaaSPlatform platform) {
        var door = new Door.Open(platform, NOBODY);
        return new Standing.World(subscription, Optional.of(account), true, List.of(subscription), door, EMPTY, NOW);
    }

    private static CaaSPlatform platform(long generation) {
        var platform = new CaaSPlatform();
        platform.setMetadata(new ObjectMetaBuilder()
                .withName("platform")
                .withGeneration(generation)
                .build());
        return platform;
    }

    private Standing standing(LedgerEntry ledger) {
        return standing(ledger, new Door.BuiltIn());
    }

    private Standing standing(LedgerEntry ledger, Door door) {
        return Standing.of(
                new Standing.World(subscription, Optional.of(account), true, List.of(subscription), door, ledger, NOW));
    }

    private void suspendSubscription() {
        subscription.setSpec(
                Specs.with(DomainSubscriptionSpec.class, "state: Suspended").apply(subscription.getSpec()));
    }

    private void suspendAccount() {
        account.setSpec(Specs.account("{server: 'https://ca.example/dir', state: Suspended}"));
    }

    private static CaaSAccountStatus inConflict() {
        return Specs.of(
                CaaSAccountStatus.class,
                Map.of(
                        "conditions",
                        new Conditions(List.of())
                                .stalled(Reason.Conflict, "another one uses it", 1, NOW)
                                .all()));
    }

    private static DomainSubscription subscription() {
        var subscription = Subscribed.of("shop", "[]");
        subscription.getMetadata().setCreationTimestamp("2026-11-22T11:00:00Z");
        subscription.setSpec(
                Specs.with(DomainSubscriptionSpec.class, "domain: " + DOMAIN).apply(subscription.getSpec()));
        return subscription;
    }

    private static CaaSAccount account() {
        var account = new CaaSAccount();
        account.setMetadata(
                new ObjectMetaBuilder().withNamespace("team").withName("acme").build());
        account.setSpec(Specs.account("{server: 'https://ca.example/dir'}"));
        return account;
    }

    private static LedgerEntry entry(
            Map<String, Held> domains, Map<String, Instant> removed, @Nullable String because) {
        return new LedgerEntry(null, new TreeMap<>(domains), new TreeMap<>(removed), null, new TreeMap<>(), because);
    }
}
