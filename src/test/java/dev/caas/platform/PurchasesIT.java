package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Money;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Poll;
import dev.caas.kit.Specs;
import dev.caas.kit.SteppedClock;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.WatchedNamespaces;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is declared is bought once, whatever becomes of the request and of whoever sent it. */
@ExtendWith(CaasExtension.class)
class PurchasesIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration SETTLING = Duration.ofSeconds(60);
    private static final Purchases.Wish NOT_NEEDED = agreedBy(false, null);
    private static final Purchase.Domain DOMAIN =
            new Purchase.Domain("kid", "shop.example", false, Optional.empty(), 1);

    private static final Purchase.Domain OTHER =
            new Purchase.Domain("kid", "other.example", false, Optional.empty(), 1);

    private final SteppedClock clock = new SteppedClock(Instant.parse("2026-03-01T12:00:00Z"));
    private final Shop shop = new Shop(clock);
    private TestNamespace namespace;
    private CaaSAccount account;
    private AuditLog audit;
    private SecretStore store;
    private Ledger ledger;
    private Purchases purchases;

    @TempDir
    private Path dir;

    @BeforeEach
    void given(TestNamespace namespace) {
        this.namespace = namespace;
        account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName("acme")
                .build());
        account.setSpec(Specs.account("{server: 'https://ca.example/dir', termsOfServiceAgreed: true}"));
        audit = new AuditLog("test", auditFile(), clock);
        start();
    }

    @AfterEach
    void end() throws Exception {
        store.close();
        audit.close();
    }

    /** The point at which the request or its sender comes to an end. */
    enum Cut {
        BEFORE_ITS_EFFECT {
            @Override
            void at(Shop shop, Shop.Interruption end) {
                shop.beforeSale(end);
            }
        },
        AFTER_ITS_EFFECT {
            @Override
            void at(Shop shop, Shop.Interruption end) {
                shop.afterSale(end);
            }
        },
        AFTER_ITS_REPLY {
            @Override
            void at(Shop shop, Shop.Interruption end) {
                shop.whenListedAfterSale(end);
            }
        };

        abstract void at(Shop shop, Shop.Interruption end);
    }

    static Stream<Arguments> cuts() {
        return Arrays.stream(Cut.values())
                .flatMap(cut -> Stream.of(false, true)
                        .flatMap(killed -> Stream.of(false, true).map(year -> Arguments.of(cut, killed, year))));
    }

    @ParameterizedTest(name = "{0}, killed: {1}, a year: {2}")
    @MethodSource("cuts")
    void whatIsCutIsPaidOnce(Cut cut, boolean killed, boolean year) throws Exception {
        var purchase = year ? oneMoreYear() : DOMAIN;
        cut.at(shop, killed ? PurchasesIT::kill : PurchasesIT::cut);

        var end = catchThrowable(() -> buy(purchase));
        assertThat(end).isInstanceOf(killed ? Killed.class : PlatformFailure.class);
        assertThat(ledger.entry(account).intent()).as("on record").isNotNull();
        if (killed) {
            store.close();
            start();
        }

        if (cut == Cut.BEFORE_ITS_EFFECT) {
            assertThat(buy(purchase))
                    .isEqualTo(new Purchases.Outcome.Unsettled(clock.instant().plus(SETTLING)));
            clock.pass(SETTLING.minusSeconds(1));
            assertThat(buy(purchase)).as("it may still be on its way").isInstanceOf(Purchases.Outcome.Unsettled.class);
            assertThat(shop.sold()).doesNotContain(purchase);
            clock.pass(Duration.ofSeconds(1));
        }
        assertThat(buy(purchase)).isInstanceOf(Purchases.Outcome.Done.class);
        assertThat(buy(purchase)).isInstanceOf(Purchases.Outcome.Done.class);

        assertThat(shop.sold()).containsOnlyOnce(purchase);
        assertThat(ledger.entry(account).intent()).isNull();
        assertThat(ledger.entry(account).endsAt()).isEqualTo(shop.end());
        assertThat(held().cost()).isEqualTo(Shop.PRICE);
        assertThat(audited(year ? AuditRecord.Type.TERM_EXTENDED : AuditRecord.Type.DOMAIN_ADDED))
                .singleElement()
                .asString()
                .contains("\"cost\":\"" + Shop.PRICE + "\"");
    }

    @Test
    void whatABoughtYearCostIsOnRecord() throws Exception {
        assertThat(buy(oneMoreYear())).isInstanceOf(Purchases.Outcome.Done.class);

        assertThat(audited(AuditRecord.Type.TERM_EXTENDED))
                .singleElement()
                .asString()
                .contains("\"cost\":\"" + Shop.PRICE + "\"");
    }

    /** A quote may be older than the price. */
    @Test
    void whatAYearCostIsOnRecordAsItWasBilled() throws Exception {
        var purchase = oneMoreYear();
        shop.bills(new Money("210.00", "USD"));

        assertThat(buy(purchase)).isInstanceOf(Purchases.Outcome.Done.class);

        assertThat(audited(AuditRecord.Type.TERM_EXTENDED))
                .singleElement()
                .asString()
                .contains("\"cost\":\"210.00 USD\"");
    }

    @Test
    void aYearThatAnotherClusterBoughtIsNotPutDownAtThePriceOfADomainThatIsUnderWay() throws Exception {
        var year = oneMoreYear();
        shop.beforeSale(PurchasesIT::cut);
        assertThat(catchThrowable(() -> buy(OTHER))).isInstanceOf(PlatformFailure.class);
        assertThat(ledger.entry(account).intent()).isNotNull();

        shop.sell(year);
        purchases.settled(account, shop, "kid");

        assertThat(audited(AuditRecord.Type.TERM_EXTENDED))
                .singleElement()
                .asString()
                .contains("\"cost\":\"\"");
    }

    @Test
    void whatIsNotWantedAnyMoreWhenItsTurnComesIsNeitherQuotedNorBought() throws Exception {
        assertThat(purchases.buy(account, shop, DOMAIN, Optional::empty)).isEqualTo(new Purchases.Outcome.Unwanted());

        assertThat(shop.quotes()).isZero();
        assertThat(shop.sold()).isEmpty();
        assertThat(ledger.entry(account)).isEqualTo(LedgerEntry.empty());
    }

    @Test
    void whatIsNotWantedAnyMoreWhenItsPriceIsKnownIsNotBought() throws Exception {
        var wishes = new ArrayDeque<>(List.of(NOT_NEEDED.now(), Optional.<Purchases.Approval>empty()));

        assertThat(purchases.buy(account, shop, DOMAIN, wishes::remove)).isEqualTo(new Purchases.Outcome.Unwanted());

        assertThat(shop.quotes()).isOne();
        assertThat(shop.sold()).isEmpty();
        assertThat(ledger.entry(account)).isEqualTo(LedgerEntry.empty());
    }

    @Test
    void whatWasApprovedIsWhatIsApprovedWhenThePriceIsKnown() throws Exception {
        var wishes = new ArrayDeque<>(
                List.of(agreedBy(true, Shop.PRICE).now(), agreedBy(true, null).now()));

        assertThat(purchases.buy(account, shop, DOMAIN, wishes::remove))
                .isEqualTo(new Purchases.Outcome.AwaitingApproval(Shop.PRICE));
        assertThat(shop.sold()).isEmpty();
    }

    @Test
    void whatTakesEffectLateIsNotAskedForAgain() throws Exception {
        shop.beforeSale(PurchasesIT::cut);
        assertThat(catchThrowable(() -> buy(DOMAIN))).isInstanceOf(PlatformFailure.class);
        assertThat(buy(DOMAIN)).isInstanceOf(Purchases.Outcome.Unsettled.class);

        shop.sell(DOMAIN);

        assertThat(buy(DOMAIN)).isInstanceOf(Purchases.Outcome.Done.class);
        assertThat(shop.sold()).hasSize(1);
    }

    /** One intent at a time: what is under way may change what anything else costs. */
    @Test
    void nothingElseIsBoughtWhileSomethingIsUnsettled() throws Exception {
        var other = new Purchase.Domain("kid", "other.example", false, Optional.empty(), 1);
        shop.beforeSale(PurchasesIT::cut);
        assertThat(catchThrowable(() -> buy(DOMAIN))).isInstanceOf(PlatformFailure.class);

        assertThat(buy(other)).isInstanceOf(Purchases.Outcome.Unsettled.class);
        assertThat(shop.sold()).isEmpty();

        clock.pass(SETTLING);
        assertThat(buy(other)).isInstanceOf(Purchases.Outcome.Done.class);
        assertThat(shop.sold()).containsExactly(other);
    }

    @ParameterizedTest
    @EnumSource(names = "UNKNOWN_OUTCOME", mode = EnumSource.Mode.EXCLUDE)
    void whatIsRefusedWasNotDoneAndLeavesNothingToSettle(PlatformFailure.Kind kind) throws Exception {
        shop.beforeSale(() -> {
            throw new PlatformFailure(kind, "no");
        });

        assertThat(catchThrowable(() -> buy(DOMAIN))).isInstanceOf(PlatformFailure.class);

        assertThat(ledger.entry(account).intent()).isNull();
        assertThat(buy(DOMAIN)).isInstanceOf(Purchases.Outcome.Done.class);
    }

    @Test
    void whatIsThereAlreadyIsNeitherQuotedNorPaid() throws Exception {
        shop.sell(DOMAIN);

        assertThat(buy(DOMAIN)).isInstanceOf(Purchases.Outcome.Done.class);

        assertThat(shop.quotes()).isZero();
        assertThat(shop.sold()).hasSize(1);
        assertThat(held().cost()).isNull();
        assertThat(audited(AuditRecord.Type.DOMAIN_FOUND)).hasSize(1);
        assertThat(audited(AuditRecord.Type.DOMAIN_ADDED)).isEmpty();
    }

    @Test
    void nothingIsOnRecordBeforeSomebodyAgreed() throws Exception {
        var approval = agreedBy(true, new Money("199.99", "USD"));

        assertThat(purchases.buy(account, shop, DOMAIN, approval))
                .isEqualTo(new Purchases.Outcome.AwaitingApproval(Shop.PRICE));
        assertThat(ledger.entry(account)).isEqualTo(LedgerEntry.empty());

        assertThat(purchases.buy(account, shop, DOMAIN, agreedBy(true, new Money("200.0", "USD"))))
                .isInstanceOf(Purchases.Outcome.Done.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatThePlatformSaysItSoldIsNeverBoughtAgainWhetherItIsListedOrNot(boolean year) throws Exception {
        var purchase = year ? oneMoreYear() : DOMAIN;
        shop.listsNothingNew();

        assertThat(buy(purchase))
                .isInstanceOfSatisfying(
                        Purchases.Outcome.Unlisted.class,
                        unlisted -> assertThat(unlisted.message())
                                .contains("as order order-" + shop.sold().size())
                                .contains("ask the vendor")
                                .contains("acme-ledger"));
        clock.pass(Duration.ofDays(1));
        store.close();
        start();
        assertThat(buy(purchase)).isInstanceOf(Purchases.Outcome.Unlisted.class);
        assertThat(buy(new Purchase.Domain("kid", "other.example", false, Optional.empty(), 1)))
                .isInstanceOf(Purchases.Outcome.Unlisted.class);
        assertThat(shop.sold()).containsOnlyOnce(purchase).endsWith(purchase);

        shop.listsAgain();

        assertThat(buy(purchase)).isInstanceOf(Purchases.Outcome.Done.class);
        assertThat(shop.sold()).containsOnlyOnce(purchase);
        assertThat(held().orderNumber()).isEqualTo("order-1");
        assertThat(held().cost()).isEqualTo(Shop.PRICE);
        assertThat(ledger.entry(account).intent()).isNull();
    }

    /** Its request had not left when the leader was frozen; the next one finds nothing under way any more, and buys. */
    @Test
    void whoWakesUpWhenItMayHaveBeenBoughtBySomebodyElseSendsNothing() throws Exception {
        var successor = new Purchases(ledger, audit, SETTLING, clock);
        shop.beforeSale(() -> {
            clock.pass(SETTLING);
            assertThat(bought(successor, DOMAIN)).isInstanceOf(Purchases.Outcome.Done.class);
        });

        assertThat(catchThrowable(() -> buy(DOMAIN))).isInstanceOf(PlatformFailure.class);

        assertThat(shop.sold()).containsExactly(DOMAIN);
        assertThat(held().orderNumber()).isEqualTo("order-1");
    }

    @Test
    void whoWakesUpLateLeavesAloneWhatSomebodyElseIsAboutToBuy() throws Exception {
        var successor = new Purchases(ledger, audit, SETTLING, clock);
        shop.beforeSale(() -> {
            clock.pass(SETTLING);
            shop.beforeSale(PurchasesIT::cut);
            assertThat(catchThrowable(() -> bought(successor, DOMAIN))).isInstanceOf(PlatformFailure.class);
        });

        assertThat(catchThrowable(() -> buy(DOMAIN))).isInstanceOf(PlatformFailure.class);

        assertThat(ledger.entry(account).intent())
                .isNotNull()
                .satisfies(i -> assertThat(i.at()).isEqualTo(clock.instant()));
    }

    @Test
    void whatHasNoPriceIsBoughtOnlyWhereNobodyHasToAgreeOrWhereNothingCosts() throws Exception {
        shop.withoutPrices(false);
        for (var approved : new Money[] {null, new Money("1000000", "USD")}) {
            assertThat(purchases.buy(account, shop, DOMAIN, agreedBy(true, approved)))
                    .isEqualTo(new Purchases.Outcome.WithoutPrice());
        }
        assertThat(shop.sold()).isEmpty();
        assertThat(ledger.entry(account)).isEqualTo(LedgerEntry.empty());
        assertThat(buy(DOMAIN)).isInstanceOf(Purchases.Outcome.Done.class);

        var other = new Purchase.Domain("kid", "other.example", false, Optional.empty(), 1);
        shop.withoutPrices(true);
        assertThat(purchases.buy(account, shop, other, agreedBy(true, null)))
                .isInstanceOf(Purchases.Outcome.Done.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRefundIsShownWhereThereIsOne(boolean refunds) throws Exception {
        if (!refunds) {
            shop.refundsNothing();
        }

        buy(DOMAIN);

        assertThat(held().refundableUntil()).isEqualTo(refunds ? clock.instant().plus(Duration.ofDays(30)) : null);
    }

    @Test
    void whatWasRemovedFromHereIsNotTakenForRemovedBySomebodyElse() throws Exception {
        buy(DOMAIN);

        purchases.remove(account, shop, "kid", DOMAIN.name());
        purchases.settled(account, shop, "kid");

        assertThat(shop.removals()).isEqualTo(1);
        assertThat(ledger.entry(account).domains()).isEmpty();
        assertThat(ledger.entry(account).removed()).isEmpty();
        assertThat(audited(AuditRecord.Type.DOMAIN_REMOVED)).hasSize(1);
    }

    @Test
    void aRemovalWhoseAnswerIsLostIsFoundDone() throws Exception {
        buy(DOMAIN);
        shop.afterRemoval(PurchasesIT::cut);
        assertThat(catchThrowable(() -> purchases.remove(account, shop, "kid", DOMAIN.name())))
                .isInstanceOf(PlatformFailure.class);

        assertThat(purchases.remove(account, shop, "kid", DOMAIN.name())).isTrue();
        assertThat(purchases.remove(account, shop, "kid", DOMAIN.name())).isFalse();

        assertThat(shop.removals()).isEqualTo(1);
        assertThat(ledger.entry(account).domains()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = "AFTER_ITS_REPLY", mode = EnumSource.Mode.EXCLUDE)
    void aDomainWhosePurchaseIsUnsettledIsRemovedIfItWasBought(Cut cut) throws Exception {
        cut.at(shop, PurchasesIT::cut);
        assertThat(catchThrowable(() -> buy(DOMAIN))).isInstanceOf(PlatformFailure.class);
        if (cut == Cut.BEFORE_ITS_EFFECT) {
            assertThat(catchThrowable(() -> purchases.remove(account, shop, "kid", DOMAIN.name())))
                    .as("it may still be on its way")
                    .isInstanceOf(PlatformFailure.class);
            clock.pass(SETTLING);
        }

        purchases.remove(account, shop, "kid", DOMAIN.name());

        assertThat(shop.domains("kid")).isEmpty();
        assertThat(shop.removals()).isEqualTo(cut == Cut.BEFORE_ITS_EFFECT ? 0 : 1);
    }

    @Test
    void aListFromBeforeAPurchaseDoesNotTakeAwayWhatWasBought() throws Exception {
        var listed = new CountDownLatch(1);
        var arrives = new CountDownLatch(1);
        shop.afterList(() -> {
            listed.countDown();
            await(arrives);
        });
        var looking = new FutureTask<>(() -> purchases.settled(account, shop, "kid"));
        Thread.ofPlatform().start(looking);
        await(listed);
        var buying = new FutureTask<>(() -> buy(DOMAIN));
        var buyer = Thread.ofPlatform().start(buying);
        Poll.until(
                "the purchase waits, or is done",
                LIMIT,
                () -> buying.isDone() || buyer.getState() == Thread.State.WAITING);

        arrives.countDown();
        looking.get();

        assertThat(buying.get()).isInstanceOf(Purchases.Outcome.Done.class);
        assertThat(ledger.entry(account).domains()).containsKey(DOMAIN.name());
        assertThat(ledger.entry(account).removed()).isEmpty();
    }

    @Test
    void whatWasBoughtTogetherWithADomainIsOnRecordAsThat() throws Exception {
        shop.sell(new Purchase.Domain("kid", "www.found.example", false, Optional.empty(), 1));
        shop.afterSale(PurchasesIT::cut);
        assertThat(catchThrowable(() -> buy(withAssociated("shop.example")))).isInstanceOf(PlatformFailure.class);
        assertThat(ledger.entry(account).isAdding("www.shop.example")).isTrue();

        assertThat(buy(withAssociated("shop.example"))).isInstanceOf(Purchases.Outcome.Done.class);
        assertThat(buy(withAssociated("found.example"))).isInstanceOf(Purchases.Outcome.Done.class);

        assertThat(held("www.shop.example").cameWith()).isEqualTo("shop.example");
        assertThat(held("www.found.example").cameWith()).isNull();
        assertThat(held("shop.example").cameWith()).isNull();
        assertThat(audited(AuditRecord.Type.DOMAIN_ADDED)).hasSize(3);
        assertThat(audited(AuditRecord.Type.DOMAIN_FOUND))
                .singleElement()
                .asString()
                .contains("www.found.example");
    }

    private static Purchase.Domain withAssociated(String name) {
        return new Purchase.Domain("kid", name, true, Optional.empty(), 1);
    }

    /** As after a kill: nothing is known but what is in the cluster. */
    private void start() {
        store = new SecretStore(namespace.client(), new WatchedNamespaces(Set.of(namespace.name())), Clock.systemUTC());
        ledger = new Ledger(store, new Bindings(store, namespace.name()), clock);
        purchases = new Purchases(ledger, audit, SETTLING, clock);
    }

    private static Purchases.Wish agreedBy(boolean isNeeded, @Nullable Money approved) {
        return () -> Optional.of(new Purchases.Approval(isNeeded, approved));
    }

    private Purchases.Outcome buy(Purchase purchase) throws Exception {
        return purchases.buy(account, shop, purchase, NOT_NEEDED);
    }

    /** As somebody does in the middle of another one's sale. */
    private Purchases.Outcome bought(Purchases by, Purchase purchase) throws PlatformFailure {
        try {
            return by.buy(account, shop, purchase, NOT_NEEDED);
        } catch (LedgerUnreadableException | SecretTakenException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Purchase.Year oneMoreYear() throws Exception {
        buy(DOMAIN);
        return new Purchase.Year("kid", shop.end().orElseThrow());
    }

    private Held held() throws LedgerUnreadableException {
        return held(DOMAIN.name());
    }

    private Held held(String domain) throws LedgerUnreadableException {
        return Objects.requireNonNull(ledger.entry(account).domains().get(domain));
    }

    private Path auditFile() {
        return dir.resolve("audit.log");
    }

    private List<String> audited(AuditRecord.Type type) throws Exception {
        try (var lines = Files.lines(auditFile())) {
            return lines.filter(line -> line.contains(type.label())).toList();
        }
    }

    private static void cut() throws PlatformFailure {
        throw new PlatformFailure(PlatformFailure.Kind.UNKNOWN_OUTCOME, "the connection was cut");
    }

    private static void kill() {
        throw new Killed();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Nobody lives to handle it. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }
}
