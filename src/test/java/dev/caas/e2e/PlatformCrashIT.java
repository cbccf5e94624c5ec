package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.DomainSubscription;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.FormRuleBuilder;
import dev.caas.kit.Hold;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Killed while a platform is asked for something, the operator finds out whether that was done: nothing is paid twice, and
 * a binding that nobody knows the key of is never used. Before: the platform has not heard of the request. After: it did
 * what was asked, and the operator does not know.
 */
@ExtendWith(CaasExtension.class)
class PlatformCrashIT {
    private OperatorProcess operator;
    private TestNamespace namespace;
    private Reseller reseller;

    /** Before the platform has heard of it, and after it did it; {@code ./dev soak} strikes again and again. */
    static Stream<Boolean> strikes() {
        return Stream.generate(() -> Stream.of(false, true))
                .limit(Boolean.getBoolean("caas.soak") ? 5 : 1)
                .flatMap(each -> each);
    }

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

    @ParameterizedTest
    @MethodSource("strikes")
    void aKilledPreRegistrationLeavesOneBindingInUseAndReportsASpareOne(boolean after) {
        var hold = hold(reseller.platform().on("PREREGISTER"), after);
        var declared = reseller.client().resource(reseller.declaredAccount("")).create();
        hold.awaitReached(Expect.LIMIT);

        killAndStartAgain(hold);

        var account = Expect.ready(reseller.client(), declared);
        var used = account.getStatus().keyId();
        var spare = new TreeSet<>(reseller.platform().books().keyIds());
        assertThat(spare.remove(used)).isTrue();
        assertThat(spare).hasSize(after ? 1 : 0);
        assertThat(Edit.text(namespace.get(Secret.class, Contract.ACCOUNT + "-eab"), "keyId"))
                .isEqualTo(used);
        if (after) {
            assertThat(Expect.event(reseller.client(), account, Reason.SpareBinding)
                            .getNote())
                    .contains(spare.first());
        }
        assertThat(Expect.events(reseller.client(), account, Reason.SpareBinding))
                .hasSize(spare.size());
        assertThat(Expect.audited(operator, account, AuditRecord.Type.BINDING_SPARE))
                .hasSize(spare.size());

        var subscription = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));

        assertThat(reseller.platform().calls("ADDDOMAIN"))
                .isNotEmpty()
                .allMatch(call -> call.argument("acmeAccountID").equals(used));
        assertThat(spare).allSatisfy(id -> {
            assertThat(reseller.platform().books().domains(id)).isEmpty();
            assertThat(reseller.platform().books().status(id)).isEqualTo("pending");
        });
        macKeysAreInNoOtherPlaceThanTheirSecret(account, subscription, used, spare);
    }

    @ParameterizedTest
    @MethodSource("strikes")
    void aDomainWhosePurchaseIsKilledIsPaidOnce(boolean after) {
        reseller.account("");
        var hold = hold(reseller.platform().on("ADDDOMAIN").with("quoteOnly", "N"), after);
        var declared = reseller.subscribe("domain", namespace.domain(), "");
        hold.awaitReached(Expect.LIMIT);

        killAndStartAgain(hold);

        var subscription = Expect.ready(reseller.client(), declared);
        assertThat(subscription.getStatus().cost()).isNotNull();
        assertThat(reseller.platform().books().domains(reseller.keyId())).containsExactly(namespace.domain());
        assertThat(reseller.platform().books().till().entries()).hasSize(1);
        assertThat(new LedgerSecret(namespace).json().has("intent")).isFalse();
    }

    /** The record comes before the request: whatever came of that is undone. */
    @ParameterizedTest
    @MethodSource("strikes")
    void aSuspensionOfTheWholeResellerThatIsKilledIsUndone(boolean after) {
        var account = reseller.account("");
        var self = reseller.platform().books().registered(reseller.keyId(), "caas-operator/test");
        var hold = hold(reseller.platform().on("SUSPENDACCOUNT"), after);
        Edit.spec(reseller.client(), reseller.declared(), "state: Suspended\nconfirm: " + namespace.name());
        hold.awaitReached(Expect.LIMIT);
        operator.kill();
        hold.drop();
        assertThat(reseller.platform().books().status(self)).isEqualTo(after ? "suspended" : "valid");
        Edit.spec(reseller.client(), reseller.declared(), "state: Active\nconfirm: null");

        operator.startAgain().awaitReady();

        Expect.ready(reseller.client(), reseller.declared());
        Expect.ready(reseller.client(), account);
        assertThat(reseller.platform().books().status(self)).isEqualTo("valid");
        assertThat(reseller.platform().calls("UNSUSPENDACCOUNT")).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("strikes")
    void aTermWhoseExtensionIsKilledIsExtendedOnce(boolean after) {
        reseller.clock().pass(Duration.ofDays(-300));
        var account = reseller.account("");
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
        reseller.clock().pass(Duration.ofDays(300));
        var end = reseller.platform().books().expiresAt(reseller.keyId()).orElseThrow();
        var hold = hold(reseller.platform().on("EXTENDDOMAINS").with("quoteOnly", "N"), after);
        Edit.spec(
                reseller.client(),
                account,
                "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(200) + "'}");
        hold.awaitReached(Expect.LIMIT);

        killAndStartAgain(hold);

        soon().untilAsserted(() -> assertThat(namespace
                        .get(CaaSAccount.class, Contract.ACCOUNT)
                        .getStatus()
                        .term()
                        .expiresAt())
                .isEqualTo(end.plus(Duration.ofDays(365))));
        assertThat(reseller.platform().books().expiresAt(reseller.keyId())).contains(end.plus(Duration.ofDays(365)));
        assertThat(reseller.platform().books().till().entries()).hasSize(2);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.TERM_EXTENDED))
                .hasSize(1);
        assertThat(new LedgerSecret(namespace).json().has("intent")).isFalse();
    }

    /** The key identifier, which may be seen, shows that each detector looks where something is. */
    private void macKeysAreInNoOtherPlaceThanTheirSecret(
            CaaSAccount account, DomainSubscription subscription, String used, Set<String> spare) {
        assertThat(secrets()).contains(macKey(used));
        var places = List.of(
                reseller.client().events().v1().events().inNamespace(namespace.name()).list().getItems().stream()
                        .map(e -> e.getNote())
                        .toList()
                        .toString(),
                reseller.client().resource(account).require() + ""
                        + reseller.client().resource(subscription).require() + soonListed(used),
                operator.log(),
                operator.auditLines().toString());

        assertThat(places).allSatisfy(place -> assertThat(place).contains(used).doesNotContain(macKey(used)));
        assertThat(spare).allSatisfy(id -> assertThat(places + secrets()).doesNotContain(macKey(id)));
    }

    /** The platform's status once it lists the binding. */
    private String soonListed(String keyId) {
        return soon().until(() -> reseller.declared().getStatus().toString(), text -> text.contains(keyId));
    }

    private String macKey(String keyId) {
        return Stream.iterate(0, i -> i + 1)
                .map(namespace.stage().pebble()::binding)
                .filter(binding -> binding.keyId().equals(keyId))
                .findFirst()
                .orElseThrow()
                .macKey();
    }

    private String secrets() {
        return reseller.client().secrets().inNamespace(namespace.name()).list().getItems().stream()
                .filter(s -> s.getData() != null)
                .flatMap(s -> s.getData().keySet().stream().map(key -> Edit.text(s, key)))
                .toList()
                .toString();
    }

    private static Hold hold(FormRuleBuilder rule, boolean after) {
        return after ? rule.once().holdAfter() : rule.once().hold();
    }

    /** What was held is dropped: the dead operator's request must not reach the platform when its successor is at work. */
    private void killAndStartAgain(Hold hold) {
        operator.kill();
        hold.drop();
        operator.startAgain().awaitReady();
    }
}
