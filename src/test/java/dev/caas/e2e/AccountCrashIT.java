package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Hold;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Killed while an account changes, the operator finds out how far that went: one account, one key that both sides know, no
 * certificate issued again. Before: the CA has not heard of the request. After: it did what was asked, and the operator
 * does not know.
 */
@ExtendWith(CaasExtension.class)
class AccountCrashIT {
    private TestNamespace namespace;
    private OperatorProcess operator;
    private Customer customer;
    private CaaSAccount account;
    private String served;

    @BeforeEach
    void given(TestNamespace namespace, OperatorProcess operator) {
        this.namespace = namespace;
        this.operator = operator;
        this.customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        this.served = String.valueOf(customer.awaitIssued("www").serialNumber());
        this.account = account();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKilledKeyRolloverIsBroughtToAnEnd(boolean after) throws Exception {
        var hold = hold(Step.KEY_CHANGE, keyId(), after);
        Edit.spec(customer.client(), account, "rollKeyCreatedBefore: '" + Instant.now() + "'");
        hold.awaitReached(Expect.LIMIT);
        var next = Edit.text(secret(), "next.key");

        killAndStartAgain(hold);

        Expect.soon().untilAsserted(() -> assertThat(secret().getData()).doesNotContainKey("next.key"));
        assertThat(Edit.text(secret(), "key.pem")).isEqualTo(next);
        assertThat(atCa(next)).isEqualTo(account.getStatus().accountUrl());
        assertThat(customer.acme().requests(Step.KEY_CHANGE, keyId())).isEqualTo(after ? 1 : 2);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_KEY_ROLLED))
                .hasSize(1);
        nothingWasIssuedAgainAndMoreCanBe();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKilledChangeOfTheBindingLosesNeitherAccount(boolean after) throws Exception {
        var other = namespace.stage().authority().binding();
        var hold = hold(Step.NEW_ACCOUNT, other.keyId(), after);
        var firstKey = Edit.text(secret(), "key.pem");
        Edit.secret(customer.client(), namespace.name(), Contract.BINDING_SECRET, "macKey", other.macKey());
        var changed = Edit.spec(customer.client(), account, "externalAccountBinding: {keyId: " + other.keyId() + "}");
        hold.awaitReached(Expect.LIMIT);
        var key = Edit.text(secret(), "key.pem");

        killAndStartAgain(hold);

        var moved = Expect.ready(customer.client(), changed);
        assertThat(Edit.text(secret(), "key.pem")).isEqualTo(key);
        assertThat(atCa(key)).isEqualTo(moved.getStatus().accountUrl());
        assertThat(atCa(firstKey)).isEqualTo(account.getStatus().accountUrl());
        var retired = new ObjectMapper().readTree(Edit.text(secret(), "retired.json"));
        assertThat(retired).hasSize(1);
        assertThat(retired.get(0).path("url").asText())
                .isEqualTo(account.getStatus().accountUrl());
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_RECOVERED))
                .hasSize(after ? 1 : 0);
        nothingWasIssuedAgainAndMoreCanBe();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKilledDeactivationIsBroughtToAnEnd(boolean after) throws Exception {
        var hold = hold(Step.ACCOUNT, keyId(), after);
        var changed = Edit.spec(customer.client(), account, "state: Deactivated");
        hold.awaitReached(Expect.LIMIT);

        killAndStartAgain(hold);

        var deactivated = Expect.reason(customer.client(), changed, Reason.Deactivated);
        assertThat(deactivated.getStatus().acmeStatus()).isEqualTo("deactivated");
        assertThat(atCa(Edit.text(secret(), "key.pem"))).isEqualTo(AtCa.DEACTIVATED);
        assertThat(customer.served("www-tls").serial()).isEqualTo(served);
    }

    private void nothingWasIssuedAgainAndMoreCanBe() {
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(served);
        customer.declare("more", namespace.dnsName("more"));
        customer.awaitIssued("more");
    }

    private Hold hold(Step step, String keyId, boolean after) {
        var rule = customer.acme().on(step).forName(keyId).once();
        return after ? rule.holdAfter() : rule.hold();
    }

    /** What was held is dropped: the dead operator's request must not reach the CA when its successor is at work. */
    private void killAndStartAgain(Hold hold) {
        operator.kill();
        hold.drop();
        operator.startAgain().awaitReady();
    }

    private CaaSAccount account() {
        return namespace.get(CaaSAccount.class, Contract.ACCOUNT);
    }

    private Secret secret() {
        return namespace.get(Secret.class, Contract.ACCOUNT + "-account");
    }

    private String keyId() {
        return customer.contract().authority().binding().keyId();
    }

    private String atCa(String key) throws Exception {
        return new AtCa(namespace.stage()).accountOf(key);
    }
}
