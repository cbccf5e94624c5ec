package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSAccountStatus.Extension;
import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionStatus.State;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DomainSubscriptions on the built-in ledger: terms, what survives, what is refused, and how they end. */
@ExtendWith(CaasExtension.class)
class SubscriptionIT {
    private static final Duration YEAR = Duration.ofDays(365);

    private Stage stage;
    private KubernetesClient client;
    private TestNamespace namespace;
    private OperatorProcess operator;
    private Contract contract;
    private LedgerSecret ledger;

    @BeforeEach
    void given(Stage stage, TestNamespace namespace, OperatorProcess operator) {
        this.stage = stage;
        this.client = stage.client();
        this.namespace = namespace;
        this.operator = operator;
        this.contract = new Contract(stage, namespace.name(), stage.authority());
        this.ledger = new LedgerSecret(namespace);
    }

    // ---- the term ----

    @Test
    void firstDomainStartsTheTermOfTheAccount() {
        var account = registered();
        assertThat(term(account).state()).isEqualTo(TermStatus.State.None);
        assertThat(ledger.secret()).isEmpty();
        var before = Instant.now().truncatedTo(ChronoUnit.SECONDS);

        var subscription = subscribed("first", namespace.domain());

        assertThat(ledger.startedAt()).isBetween(before, Instant.now());
        assertThat(ledger.expiresAt()).isEqualTo(endOfDay(ledger.startedAt()).plus(YEAR));
        assertThat(ledger.secret().orElseThrow().getMetadata().getOwnerReferences())
                .isEmpty();
        assertThat(subscription.getStatus().state()).isEqualTo(State.Active);
        assertThat(subscription.getStatus().addedAt())
                .isEqualTo(ledger.addedAt(namespace.domain()).orElseThrow());
        assertThat(subscription.getStatus().expiresAt()).isEqualTo(ledger.expiresAt());
        var term = term(Expect.eventually(
                client, account, a -> assertThat(term(a).state()).isEqualTo(TermStatus.State.Active)));
        assertThat(term.startedAt()).isEqualTo(ledger.startedAt());
        assertThat(term.expiresAt()).isEqualTo(ledger.expiresAt());
        assertThat(term.extension())
                .isEqualTo(new Extension(
                        ledger.expiresAt().minus(Duration.ofDays(100)),
                        ledger.expiresAt().plus(Duration.ofDays(30))));
        assertThat(Expect.audited(operator, account, AuditRecord.Type.TERM_STARTED))
                .hasSize(1);
    }

    @Test
    void secondDomainHasTheSameTerm() {
        registered();
        subscribed("first", namespace.dnsName("first"));
        var end = backDated(Duration.ofDays(200));

        var second = subscribed("second", namespace.dnsName("second"));

        assertThat(second.getStatus().expiresAt()).isEqualTo(end);
        assertThat(ledger.expiresAt()).isEqualTo(end);
        assertThat(ledger.addedAt(namespace.dnsName("first"))).isPresent();
    }

    @Test
    void firstTermHasTheYearsThatWereAgreed() {
        contract.secrets();
        Expect.ready(client, contract.account(Specs.with(CaaSAccountSpec.class, "term: {initialYears: 2}")));

        subscribed("first", namespace.domain());

        assertThat(ledger.expiresAt())
                .isEqualTo(endOfDay(ledger.startedAt()).plus(YEAR).plus(YEAR));
    }

    @Test
    void lostStatusOfAccountAndSubscriptionDoesNotRestartTheTerm() {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var end = backDated(Duration.ofDays(200));
        var version = ledgerVersion();

        Edit.loseStatus(client, account);
        Edit.loseStatus(client, subscription);
        Edit.spec(client, account, "concurrentOrders: 49");
        Edit.spec(client, subscription, "coversSubdomains: true");

        assertThat(term(Expect.ready(client, account)).expiresAt()).isEqualTo(end);
        assertThat(Expect.ready(client, subscription).getStatus().expiresAt()).isEqualTo(end);
        assertThat(ledgerVersion()).isEqualTo(version);
    }

    @Test
    void lostLedgerIsWrittenAgainFromTheStatus() {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var end = backDated(Duration.ofDays(200));
        Expect.eventually(client, account, a -> assertThat(term(a).expiresAt()).isEqualTo(end));

        ledger.delete();

        Expect.soon().until(() -> ledger.secret().isPresent());
        assertThat(ledger.expiresAt()).isEqualTo(end);
        assertThat(ledger.startedAt()).isEqualTo(end.minus(YEAR));
        assertThat(ledger.addedAt(namespace.domain())).isPresent();
        assertThat(term(Expect.ready(client, account)).expiresAt()).isEqualTo(end);
        assertThat(Expect.ready(client, subscription).getStatus().expiresAt()).isEqualTo(end);
    }

    @Test
    void statusRemembersTheTermOfALostLedgerUntilThereIsSomethingToWriteIntoIt() {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var end = backDated(Duration.ofDays(200));
        client.resource(subscription).delete();
        Expect.soon().until(() -> client.resource(subscription).get() == null);

        ledger.delete();
        var lookedAgain = Expect.ready(client, Edit.spec(client, account, "concurrentOrders: 49"));
        assertThat(ledger.secret()).isEmpty();
        assertThat(term(lookedAgain).expiresAt()).isEqualTo(end);
        var again = subscribed("domain", namespace.domain());

        assertThat(again.getStatus().expiresAt()).isEqualTo(end);
        assertThat(ledger.expiresAt()).isEqualTo(end);
    }

    @Test
    void deletingAndCreatingASubscriptionAgainChangesNothing() {
        registered();
        var subscription = subscribed("domain", namespace.domain());
        var version = ledgerVersion();

        client.resource(subscription).delete();
        Expect.soon().until(() -> client.resource(subscription).get() == null);
        var again = subscribed("domain", namespace.domain());

        assertThat(again.getStatus().addedAt())
                .isEqualTo(subscription.getStatus().addedAt());
        assertThat(again.getStatus().expiresAt())
                .isEqualTo(subscription.getStatus().expiresAt());
        assertThat(ledgerVersion()).isEqualTo(version);
        assertThat(Expect.audited(operator, again, AuditRecord.Type.DOMAIN_ADDED))
                .hasSize(1);
    }

    @Test
    void waitsForTheAccountAndIsAddedByItself() {
        var subscription = contract.subscription("domain", namespace.domain(), false);
        var waiting = Expect.reason(client, subscription, Reason.AccountNotReady);
        assertThat(waiting.getStatus().state()).isEqualTo(State.Pending);
        assertThat(Expect.message(waiting)).contains("does not exist in this namespace; create it");

        var account = contract.account(UnaryOperator.identity());
        Expect.reason(client, account, Reason.SecretNotFound);
        Expect.eventually(
                client, subscription, s -> assertThat(Expect.message(s)).contains("is not registered yet"));
        assertThat(ledger.secret()).isEmpty();

        contract.secrets();

        Expect.ready(client, subscription);
        assertThat(ledger.addedAt(namespace.domain())).isPresent();
    }

    // ---- domains ----

    @ParameterizedTest
    @ValueSource(strings = {"co.uk", "*.com", "com", "*.co.uk.", "XN--P1AI"})
    void publicSuffixIsRefusedAndStartsNoTerm(String domain) {
        registered();

        var refused = Expect.reason(client, contract.subscription("suffix", domain, true), Reason.InvalidSpec);

        assertThat(Expect.message(refused)).startsWith("spec.domain:");
        assertThat(Expect.event(client, refused, Reason.InvalidSpec).getType()).isEqualTo("Warning");
        assertThat(ledger.secret()).isEmpty();
        subscribed("own", namespace.domain());
        assertThat(ledger.json().path("domains").size()).isEqualTo(1);
    }

    @Test
    void internationalDomainIsKeptAsItsALabels() {
        registered();

        subscribed("buecher", "bücher." + namespace.domain());

        assertThat(ledger.addedAt("xn--bcher-kva." + namespace.domain())).isPresent();
    }

    @Test
    void caseAndTrailingDotMakeNoDifference() {
        registered();

        subscribed("loud", "WWW." + namespace.domain() + ".");

        assertThat(ledger.addedAt("www." + namespace.domain())).isPresent();
        Expect.ready(client, namespace.create(contract.certificate("quiet", namespace.dnsName("www"))));
    }

    @Test
    void secondSubscriptionOfADomainIsAConflictUntilTheFirstIsGone() {
        registered();
        var first = subscribed("first", namespace.domain());
        var created = Instant.parse(first.getMetadata().getCreationTimestamp());
        // Objects of one second have no order of their own.
        Expect.soon().until(() -> Instant.now().isAfter(created.plusSeconds(1)));

        var second = Expect.reason(
                client,
                contract.subscription("second", namespace.domain().toUpperCase(Locale.ROOT), false),
                Reason.Conflict);
        assertThat(Expect.message(second)).contains("'first'").contains("delete one of the two");
        Expect.ready(client, first);

        client.resource(first).delete();

        Expect.ready(client, second);
    }

    // ---- the end ----

    @Test
    void expiredTermOrdersNothingAndSaysSo() {
        var account = registered();
        var subscription = subscribed("domain", namespace.dnsName("a"));
        Expect.ready(client, namespace.create(contract.certificate("in-time", namespace.dnsName("a"))));
        assertThat(orders("a")).isEqualTo(1);

        ledger.endTermAt(Instant.now().minus(Duration.ofDays(1)));

        var expired = Expect.reason(client, subscription, Reason.SubscriptionExpired);
        assertThat(expired.getStatus().state()).isEqualTo(State.Expired);
        assertThat(Expect.message(expired)).contains("Extend it with spec.term.paidThrough");
        assertThat(Expect.event(client, expired, Reason.SubscriptionExpired).getType())
                .isEqualTo("Warning");
        Expect.eventually(client, account, a -> assertThat(term(a).state()).isEqualTo(TermStatus.State.Grace));
        var late = namespace.create(contract.certificate("late", namespace.dnsName("a")));
        assertThat(Expect.message(Expect.reason(client, late, Reason.SubscriptionExpired)))
                .contains("extend its term with spec.term.paidThrough");
        assertThat(orders("a")).isEqualTo(1);
    }

    @Test
    void termThatEndsIsNoticedWithoutAnybodyDoingAnything() {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var end = Instant.now().plusSeconds(4);

        ledger.endTermAt(end);

        Expect.eventually(
                client, subscription, s -> assertThat(s.getStatus().expiresAt()).isEqualTo(end));
        assertThat(Expect.reason(client, subscription, Reason.SubscriptionExpired)
                        .getStatus()
                        .state())
                .isEqualTo(State.Expired);
        assertThat(Instant.now()).isAfter(end);
        Expect.eventually(client, account, a -> assertThat(term(a).state()).isEqualTo(TermStatus.State.Grace));
    }

    @Test
    void nothingIsAddedToATermThatIsOver() {
        registered();
        subscribed("domain", namespace.domain());
        ledger.endTermAt(Instant.now().minus(Duration.ofDays(40)));

        var late = Expect.reason(
                client, contract.subscription("late", namespace.dnsName("late"), false), Reason.SubscriptionExpired);

        assertThat(Expect.message(late)).contains("nothing can be added");
        assertThat(ledger.addedAt(namespace.dnsName("late"))).isEmpty();
    }

    @Test
    void paidThroughExtendsTheTermOnce() {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var end = backDated(Duration.ofDays(50));

        // Two years are paid for, and one of them can be added now: the window of the longer term is closed.
        Edit.spec(
                client,
                account,
                "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(600) + "'}");

        var extended = Expect.eventually(
                client, account, a -> assertThat(term(a).expiresAt()).isEqualTo(end.plus(YEAR)));
        assertThat(ledger.startedAt()).isEqualTo(end.minus(YEAR));
        Expect.eventually(
                client, subscription, s -> assertThat(s.getStatus().expiresAt()).isEqualTo(end.plus(YEAR)));
        var version = ledgerVersion();

        Expect.ready(client, Edit.spec(client, extended, "concurrentOrders: 49"));
        operator.stop();
        operator.startAgain().awaitReady();
        Expect.ready(client, Edit.spec(client, extended, "concurrentOrders: 48"));

        assertThat(ledgerVersion()).isEqualTo(version);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.TERM_EXTENDED))
                .hasSize(1);
    }

    @Test
    void expiredTermLivesAgainWhenItIsPaidInTime() {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var end = backDated(Duration.ofDays(-20));
        Expect.reason(client, subscription, Reason.SubscriptionExpired);

        Edit.spec(
                client,
                account,
                "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(300) + "'}");

        assertThat(Expect.ready(client, subscription).getStatus().expiresAt()).isEqualTo(end.plus(YEAR));
    }

    @Test
    void suspendedSubscriptionOrdersNothingUntilItIsActiveAgain() {
        registered();
        var subscription = contract.subscription("domain", namespace.domain(), true);
        Expect.ready(client, namespace.create(contract.certificate("before", namespace.dnsName("before"))));
        assertThat(orders("before")).isEqualTo(1);

        Edit.spec(client, subscription, "state: Suspended");
        var suspended = Expect.reason(client, subscription, Reason.Suspended);
        var during = namespace.create(contract.certificate("during", namespace.dnsName("during")));

        assertThat(suspended.getStatus().state()).isEqualTo(State.Suspended);
        assertThat(Expect.message(Expect.reason(client, during, Reason.Suspended)))
                .contains("set its spec.state to Active to go on");
        assertThat(orders("during")).isZero();
        assertThat(Expect.event(client, suspended, Reason.Suspended).getType()).isEqualTo("Warning");
        assertThat(Expect.audited(operator, suspended, AuditRecord.Type.SUBSCRIPTION_SUSPENDED))
                .hasSize(1);

        Edit.spec(client, subscription, "state: Active");

        Expect.ready(client, subscription);
        Expect.ready(client, during);
        assertThat(Expect.audited(operator, suspended, AuditRecord.Type.SUBSCRIPTION_RESUMED))
                .hasSize(1);
    }

    // ---- a ledger that is not one ----

    @ParameterizedTest
    @ValueSource(strings = {"{not json", "null", "[]", "{\"term\":{\"startedAt\":\"2026-01-01T00:00:00Z\"}}"})
    void unreadableLedgerIsReportedAndNotOverwritten(String text) {
        var account = registered();
        var subscription = subscribed("domain", namespace.domain());
        var good = ledger.text();

        ledger.write(text);

        var refused = Expect.reason(client, subscription, Reason.AccountNotReady);
        assertThat(Expect.message(refused))
                .contains("the ledger cannot be read")
                .contains("restore its Secret");
        assertThat(refused.getStatus().addedAt())
                .as("what the ledger held")
                .isNotNull()
                .isEqualTo(subscription.getStatus().addedAt());
        assertThat(refused.getStatus().expiresAt())
                .isEqualTo(subscription.getStatus().expiresAt());
        assertThat(Expect.event(client, account, Reason.AccountNotReady).getNote())
                .contains("restore its Secret");
        var certificate = namespace.create(contract.certificate("www", namespace.domain()));
        assertThat(Expect.message(Expect.reason(client, certificate, Reason.AccountNotReady)))
                .contains("restore its Secret");
        Expect.reason(client, contract.subscription("more", namespace.dnsName("more"), false), Reason.AccountNotReady);
        assertThat(ledger.text()).isEqualTo(text);

        ledger.write(good);

        Expect.ready(client, subscription);
        Expect.ready(client, certificate);
    }

    @Test
    void ledgerIsNotWrittenOverASecretOfSomebodyElse() {
        stage.secret(namespace.name(), LedgerSecret.NAME, Map.of("ledger.json", "mine"));
        registered();

        var refused = Expect.reason(
                client, contract.subscription("domain", namespace.domain(), false), Reason.SecretConflict);

        assertThat(Expect.message(refused)).contains(LedgerSecret.NAME).contains("belongs to somebody else");
        assertThat(ledger.text()).isEqualTo("mine");
    }

    // ---- given, and seen ----

    private CaaSAccount registered() {
        return Expect.ready(client, contract.secrets().account(UnaryOperator.identity()));
    }

    private DomainSubscription subscribed(String name, String domain) {
        return Expect.ready(client, contract.subscription(name, domain, false));
    }

    /** Dates the term back so that so much is left, and waits until the operator knows. */
    private Instant backDated(Duration left) {
        var end = Instant.now().plus(left).truncatedTo(ChronoUnit.SECONDS);
        ledger.endTermAt(end);
        Expect.eventually(
                client,
                namespace.get(CaaSAccount.class, Contract.ACCOUNT),
                a -> assertThat(term(a).expiresAt()).isEqualTo(end));
        return end;
    }

    private static TermStatus term(CaaSAccount account) {
        return Objects.requireNonNull(account.getStatus().term());
    }

    private String ledgerVersion() {
        return ledger.secret().orElseThrow().getMetadata().getResourceVersion();
    }

    private long orders(String label) {
        return stage.acme().requests(Step.NEW_ORDER, namespace.dnsName(label));
    }

    private static Instant endOfDay(Instant moment) {
        return LocalDate.ofInstant(moment, ZoneOffset.UTC)
                .atTime(LocalTime.of(23, 59, 59))
                .toInstant(ZoneOffset.UTC);
    }
}
