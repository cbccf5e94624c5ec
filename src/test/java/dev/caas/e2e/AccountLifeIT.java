package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Pebble;
import dev.caas.kit.Specs;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import dev.caas.pki.CertificateKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of an account after it was registered: other bindings, other keys, its end. */
@ExtendWith(CaasExtension.class)
class AccountLifeIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ACCOUNT_SECRET = Contract.ACCOUNT + "-account";

    private Stage stage;
    private KubernetesClient client;
    private TestNamespace namespace;
    private OperatorProcess operator;
    private Customer customer;
    private CaaSAccount account;

    @BeforeEach
    void given(Stage stage, TestNamespace namespace, OperatorProcess operator) {
        this.stage = stage;
        this.client = stage.client();
        this.namespace = namespace;
        this.operator = operator;
        this.customer = Customer.signed(namespace);
        this.account = Expect.ready(client, account());
    }

    // ---- another binding ----

    @Test
    void anotherKeyIdIsAnotherAccountAndNothingIsIssuedAgain() throws Exception {
        var served = issued("www").serialNumber();
        var first = account.getStatus();
        var firstKey = key();
        var other = stage.authority().binding();

        var moved = movedTo(other);

        assertThat(moved.getStatus().accountUrl()).isNotEqualTo(first.accountUrl());
        assertThat(moved.getStatus().keyId()).isEqualTo(other.keyId());
        assertThat(moved.getStatus().keyThumbprint()).isNotEqualTo(first.keyThumbprint());
        assertThat(stage.acme().requests(Step.NEW_ACCOUNT, other.keyId())).isEqualTo(1);
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(served);
        assertThat(issued("more").accountUrl()).isEqualTo(moved.getStatus().accountUrl());
        var retired = JSON.readTree(Edit.text(secret(), "retired.json"));
        assertThat(retired).hasSize(1);
        assertThat(retired.get(0).path("url").asText()).isEqualTo(first.accountUrl());
        assertThat(retired.get(0).path("key").asText()).isEqualTo(firstKey);
        assertThat(atCa(firstKey)).isEqualTo(first.accountUrl());
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_RETIRED))
                .singleElement()
                .satisfies(
                        line -> assertThat(line.path("data").path("accountUrl").asText())
                                .isEqualTo(first.accountUrl()));
    }

    @Test
    void theKeyIdBeforeFindsItsAccountAgainWithoutAskingTheCa() throws Exception {
        var first = account.getStatus();
        var other = stage.authority().binding();
        movedTo(other);
        long asked = requests(first.keyId());
        assertThat(asked).isPositive();

        var back = movedTo(customer.contract().authority().binding());

        assertThat(back.getStatus().accountUrl()).isEqualTo(first.accountUrl());
        assertThat(back.getStatus().keyThumbprint()).isEqualTo(first.keyThumbprint());
        assertThat(requests(first.keyId())).isEqualTo(asked);
        assertThat(issued("www").accountUrl()).isEqualTo(first.accountUrl());
    }

    @Test
    void anotherKeyIdWhoseMacKeyIsMissingLeavesTheAccountInItsSecret() {
        var secret = secret();

        Edit.secret(client, namespace.name(), Contract.BINDING_SECRET, "macKey", null);
        Edit.spec(client, account, "externalAccountBinding: {keyId: another}");

        Expect.reason(client, account, Reason.SecretKeyMissing);
        assertThat(secret().getData()).isEqualTo(secret.getData());
    }

    /** The order goes on under the account it was placed under, or another is placed: in the end there is a certificate. */
    @Test
    void anOrderUnderWayOutlivesAChangeOfTheKeyId() {
        var name = namespace.dnsName("www");
        try (var hold = stage.acme().on(Step.CHALLENGE).forName(name).once().hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            movedTo(stage.authority().binding());
        }

        customer.awaitIssued("www");

        assertThat(stage.acme().orders(name).created()).isLessThanOrEqualTo(2);
        customer.awaitNothingLeftOfOrder("www", List.of(name));
    }

    @Test
    void anotherMacKeyUnderARegisteredKeyIdDoesNothing() {
        long asked = requests(keyId());
        assertThat(asked).isPositive();

        Edit.secret(
                client,
                namespace.name(),
                Contract.BINDING_SECRET,
                "macKey",
                stage.authority().binding().macKey());
        var after = lookedAtAgain();

        assertThat(after.getStatus().accountUrl()).isEqualTo(account.getStatus().accountUrl());
        assertThat(requests(keyId())).isEqualTo(asked);
    }

    // ---- another key ----

    @Test
    void theKeyIsChangedOnceAndTheAccountStays() throws Exception {
        var served = issued("www").serialNumber();
        var oldKey = key();
        Edit.spec(client, account, "privateKeyAlgorithm: ECDSA-P384");
        lookedAtAgain();
        assertThat(key()).as("another algorithm alone").isEqualTo(oldKey);

        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");

        var rolled = awaitOtherKey();
        assertThat(rolled.getStatus().accountUrl())
                .isEqualTo(account.getStatus().accountUrl());
        assertThat(CertificateKey.fromPem(key()).algorithm()).contains(KeyAlgorithm.ECDSA_P384);
        assertThat(atCa(oldKey)).isEqualTo(AtCa.UNKNOWN);
        assertThat(atCa(key())).isEqualTo(account.getStatus().accountUrl());
        assertThat(secret().getData()).doesNotContainKey("next.key");
        assertThat(Expect.event(client, account, Reason.KeyRolled).getNote())
                .contains(rolled.getStatus().keyThumbprint());
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_KEY_ROLLED))
                .hasSize(1);
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(served);
        issued("more");

        operator.stop();
        operator.startAgain().awaitReady();
        Edit.loseStatus(client, account);
        lookedAtAgain();

        assertThat(stage.acme().requests(Step.KEY_CHANGE, keyId())).isEqualTo(1);
    }

    @Test
    void aKeyOfAnEarlierVersionIsAsOldAsItsSecret() {
        Edit.secret(client, namespace.name(), ACCOUNT_SECRET, "createdAt", null);

        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now().plusSeconds(1) + "'");

        awaitOtherKey();
        assertThat(stage.acme().requests(Step.KEY_CHANGE, keyId())).isEqualTo(1);
    }

    @Test
    void aRefusedKeyLeavesTheOldOneInUseAndIsSaid() {
        var oldKey = key();
        var refusal = stage.acme().on(Step.KEY_CHANGE).forName(keyId()).answer(400, "badPublicKey", "not that key");

        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");

        var refused = Expect.eventually(
                client,
                account,
                a -> assertThat(Expect.conditions(a).isTrue(Conditions.STALLED)).isTrue());
        assertThat(Expect.conditions(refused).isTrue(Conditions.READY)).isTrue();
        assertThat(Expect.conditions(refused)
                        .get(Conditions.STALLED)
                        .orElseThrow()
                        .getMessage())
                .contains("the account key could not be changed")
                .contains("not that key");
        assertThat(key()).isEqualTo(oldKey);
        assertThat(secret().getData()).doesNotContainKey("next.key");
        issued("www");
        assertThat(refusal.hits()).isEqualTo(1);

        refusal.remove();
        Edit.spec(client, account, "privateKeyAlgorithm: ECDSA-P384");

        awaitOtherKey();
    }

    /** How a change may end whose outcome the operator does not get to know at once. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKeyChangeWhoseAnswerIsLostIsFoundOut(boolean done) throws Exception {
        var once = stage.acme().on(Step.KEY_CHANGE).forName(keyId()).once();
        var rule = done ? once.cutAfter() : once.cut();

        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");

        awaitOtherKey();
        assertThat(rule.hits()).isEqualTo(1);
        assertThat(stage.acme().requests(Step.KEY_CHANGE, keyId())).isEqualTo(done ? 1 : 2);
        assertThat(atCa(key())).isEqualTo(account.getStatus().accountUrl());
        issued("www");
    }

    /** And nothing else in between: certificates are not woken over and over. */
    @Test
    void whileItCannotBeFoundOutWhichKeyTheCaHasTheStatusSaysWhy() {
        stage.acme().on(Step.KEY_CHANGE).forName(keyId()).once().cutAfter();
        // The CA is asked by the next key, which nobody knows yet.
        var away = stage.acme()
                .on(Step.NEW_ACCOUNT)
                .forEveryone()
                .whenPayload(p -> p.contains("onlyReturnExisting"))
                .cut();
        var said = new CopyOnWriteArrayList<String>();
        Watcher<CaaSAccount> listener = new Watcher<>() {
            @Override
            public void eventReceived(Action action, CaaSAccount seen) {
                Expect.conditions(seen).get(Conditions.RECONCILING).ifPresent(c -> said.add(c.getReason()));
            }

            @Override
            public void onClose(WatcherException cause) {}
        };
        try (var _ = client.resource(account).watch(listener)) {
            Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");
            Expect.soon().untilAsserted(() -> assertThat(said).contains(Reason.ServerUnreachable.name()));
            int hits = away.hits();
            Edit.spec(client, account, "concurrentOrders: 40");
            Expect.soon().untilAsserted(() -> assertThat(away.hits()).isGreaterThan(hits));
            away.remove();
            Edit.spec(client, account, "concurrentOrders: 39");
            awaitOtherKey();
        } finally {
            away.remove();
        }

        assertThat(said).containsOnly(Reason.ServerUnreachable.name());
    }

    @Test
    void whatCouldNotBeDoneIsStillSaidWhileTheCaAsksToWait() {
        stage.acme().on(Step.KEY_CHANGE).forName(keyId()).answer(400, "badPublicKey", "not that key");
        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");
        Expect.eventually(
                client,
                account,
                a -> assertThat(Expect.conditions(a).isTrue(Conditions.STALLED)).isTrue());
        stage.acme()
                .on(Step.NEW_ORDER)
                .forName(namespace.dnsName("www"))
                .answer(429, "rateLimited", "too many", Map.of("Retry-After", "600"));

        customer.declare("www", namespace.dnsName("www"));

        var waiting = Expect.eventually(
                client, account, a -> assertThat(a.getStatus().retryAfter()).isNotNull());
        assertThat(Expect.conditions(waiting)
                        .get(Conditions.STALLED)
                        .orElseThrow()
                        .getMessage())
                .contains("not that key");
    }

    /** Its proof has the old key's thumbprint in it. */
    @Test
    void theKeyIsNotChangedWhileAnOrderIsBeingProven() {
        var name = namespace.dnsName("www");
        try (var hold = stage.acme().on(Step.CHALLENGE).forName(name).once().hold()) {
            customer.declare("www", name);
            hold.awaitReached(Expect.LIMIT);
            Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");
            // By then the operator has long seen the change.
            Expect.ready(client, customer.contract().subscription("witness", "witness.example.test", false));
        }
        customer.awaitIssued("www");

        awaitOtherKey();
        assertThat(stage.acme().orders(name).created()).isEqualTo(1);
        assertThat(operator.auditLines().stream()
                        .filter(line -> line.path("subject").asText().contains("/" + namespace.name() + "/"))
                        .map(line -> line.path("type").asText()))
                .containsSubsequence(
                        AuditRecord.Type.CERTIFICATE_ISSUED.label(), AuditRecord.Type.ACCOUNT_KEY_ROLLED.label());
    }

    // ---- contacts ----

    @Test
    void otherContactsAreToldOnce() {
        var told = stage.acme()
                .on(Step.ACCOUNT)
                .forName(keyId())
                .whenPayload(p -> p.contains("mailto:else@example.test"))
                .delay(java.time.Duration.ZERO);

        Edit.spec(client, account, "contacts: [else@example.test]");

        Expect.event(client, account, Reason.ContactsUpdated);
        assertThat(told.hits()).isEqualTo(1);
        operator.stop();
        operator.startAgain().awaitReady();
        lookedAtAgain();
        assertThat(stage.acme().requests(Step.ACCOUNT, keyId())).isEqualTo(1);

        var none = stage.acme()
                .on(Step.ACCOUNT)
                .forName(keyId())
                .whenPayload(p -> p.contains("\"contact\":[]"))
                .delay(java.time.Duration.ZERO);
        Edit.spec(client, account, "contacts: null");

        Expect.soon().untilAsserted(() -> assertThat(none.hits()).isEqualTo(1));
    }

    /** Nobody knows what the CA was told by an earlier version. */
    @Test
    void contactsOfAnEarlierVersionAreToldOnce() {
        assertThat(stage.acme().requests(Step.ACCOUNT, keyId())).isZero();

        Edit.secret(client, namespace.name(), ACCOUNT_SECRET, "contacts", null);

        Expect.soon().untilAsserted(() -> assertThat(secret().getData()).containsKey("contacts"));
        lookedAtAgain();
        assertThat(stage.acme().requests(Step.ACCOUNT, keyId())).isEqualTo(1);
    }

    // ---- suspension ----

    @Test
    void suspensionOutlivesARestartAndIsSaidOnce() {
        var suspended = Edit.spec(client, account, "state: Suspended");
        Expect.reason(client, suspended, Reason.Suspended);
        long asked = requests(keyId());

        operator.stop();
        operator.startAgain().awaitReady();
        Expect.reason(client, Edit.spec(client, account, "concurrentOrders: 49"), Reason.Suspended);

        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_SUSPENDED))
                .hasSize(1);
        assertThat(Expect.events(client, account, Reason.Suspended)).hasSize(1);
        Expect.ready(client, Edit.spec(client, account, "state: Active"));
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_RESUMED))
                .hasSize(1);
        assertThat(requests(keyId())).isEqualTo(asked);
    }

    // ---- the end ----

    @Test
    void aDeactivatedAccountIsGivenUpForEver() throws Exception {
        assertThat(account.getStatus().acmeStatus()).isEqualTo("valid");
        var served = issued("www").serialNumber();

        var deactivated = Expect.reason(client, Edit.spec(client, account, "state: Deactivated"), Reason.Deactivated);

        assertThat(deactivated.getStatus().acmeStatus()).isEqualTo("deactivated");
        assertThat(atCa(key())).isEqualTo(AtCa.DEACTIVATED);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_DEACTIVATED))
                .hasSize(1);
        customer.declare("more", namespace.dnsName("more"));
        customer.awaitNotNow("more", Reason.Deactivated);
        assertThat(stage.acme().requests(Step.NEW_ORDER, namespace.dnsName("more")))
                .isZero();
        assertThat(customer.served("www-tls").serial()).isEqualTo(served);
        assertThatThrownBy(() -> Edit.spec(client, account, "state: Active"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("Deactivated is final");
    }

    @Test
    void aReCreatedAccountFindsThatItWasGivenUpAndGoesOnUnderAnotherBinding() {
        Expect.reason(client, Edit.spec(client, account, "state: Deactivated"), Reason.Deactivated);
        delete(account);
        long asked = requests(keyId());

        var again = Expect.reason(client, customer.contract().account(UnaryOperator.identity()), Reason.Deactivated);

        assertThat(Expect.message(again))
                .contains("was deactivated at")
                .contains("Use another binding: spec.externalAccountBinding.keyId");
        assertThat(requests(keyId())).isEqualTo(asked);

        movedTo(stage.authority().binding());

        issued("www");
    }

    @Test
    void aFinalizerIsThereOnlyWhileThePolicyIsDeactivate() {
        assertThat(account().getMetadata().getFinalizers()).isEmpty();

        Edit.spec(client, account, "deletionPolicy: Deactivate");
        Expect.eventually(
                client,
                account,
                a -> assertThat(a.getMetadata().getFinalizers()).containsExactly("caas.dev/deactivate"));

        Edit.spec(client, account, "deletionPolicy: Retain");
        Expect.eventually(
                client,
                account,
                a -> assertThat(a.getMetadata().getFinalizers()).isEmpty());
    }

    @Test
    void aDeletedAccountIsDeactivatedFirstAndItsSecretTellsSo() throws Exception {
        deactivatesWhenDeleted();
        var key = key();

        delete(account);

        assertThat(atCa(key)).isEqualTo(AtCa.DEACTIVATED);
        assertThat(secret().getData()).containsKey("deactivatedAt");
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_DEACTIVATED))
                .hasSize(1);
    }

    @Test
    void aDeletionThatTheCaHoldsUpSaysSoAndEndsWhenTheCaIsBack() throws Exception {
        deactivatesWhenDeleted();
        var key = key();
        var gone = stage.acme().on(Step.ACCOUNT).forName(keyId()).cut();

        client.resource(account).delete();
        var waiting = Expect.reason(client, account, Reason.ServerUnreachable);
        assertThat(Expect.message(waiting)).contains("the ACME account could not be deactivated");
        assertThat(gone.hits()).isPositive();
        gone.remove();

        Expect.soon().until(() -> client.resource(account).get() == null);
        assertThat(atCa(key)).isEqualTo(AtCa.DEACTIVATED);
    }

    @Test
    void anAccountThatWasNeverRegisteredIsGoneAtOnce() {
        try (var neighbour = Neighbour.of(stage)) {
            var never = neighbour
                    .contract(stage.authority())
                    .account(Specs.with(CaaSAccountSpec.class, "deletionPolicy: Deactivate"));
            Expect.reason(client, never, Reason.SecretNotFound);

            delete(never);
        }
    }

    /** There the Secret goes before the account does. */
    @Test
    void aNamespaceThatGoesTakesItsAccountWithItDeactivated() throws Exception {
        deactivatesWhenDeleted();
        var key = key();

        client.namespaces().withName(namespace.name()).delete();

        Expect.soon().until(() -> client.resource(account).get() == null);
        assertThat(atCa(key)).isEqualTo(AtCa.DEACTIVATED);
    }

    // ---- restore ----

    @Test
    void aBackupRestoredElsewhereRegistersAndIssuesNothing() {
        var served = issued("www").serialNumber();
        var objects = List.<HasMetadata>of(
                account(), namespace.get(dev.caas.api.DomainSubscription.class, "domain"), customer.certificate("www"));
        var secrets = client.secrets().inNamespace(namespace.name()).list().getItems();
        objects.forEach(o -> client.resource(o).delete());
        Expect.soon().until(() -> client.resource(account).get() == null);
        long asked = requests(keyId());
        assertThat(asked).isPositive();

        try (var elsewhere = Neighbour.of(stage)) {
            secrets.forEach(s -> client.resource(bare(s, elsewhere.name())).create());
            objects.forEach(o -> restore(o, elsewhere.name()));
            var restored = new Customer(elsewhere.contract(customer.contract().authority()));

            assertThat(restored.awaitIssued("www").serialNumber()).isEqualTo(served);
            var account = client.resources(CaaSAccount.class)
                    .inNamespace(elsewhere.name())
                    .withName(Contract.ACCOUNT)
                    .require();
            assertThat(Expect.ready(client, account).getStatus().accountUrl())
                    .isEqualTo(this.account.getStatus().accountUrl());
        }
        assertThat(requests(keyId())).isEqualTo(asked);
    }

    private static Secret bare(Secret secret, String namespace) {
        return new SecretBuilder(secret)
                .withNewMetadata()
                .withName(secret.getMetadata().getName())
                .withNamespace(namespace)
                .withLabels(secret.getMetadata().getLabels())
                .withAnnotations(secret.getMetadata().getAnnotations())
                .endMetadata()
                .build();
    }

    /** As a backup brings it back: without status. */
    private void restore(HasMetadata object, String into) {
        object.setMetadata(new ObjectMetaBuilder()
                .withName(object.getMetadata().getName())
                .withNamespace(into)
                .build());
        client.resource(object).create();
    }

    // ---- given, and seen ----

    private CaaSAccount account() {
        return namespace.get(CaaSAccount.class, Contract.ACCOUNT);
    }

    private String keyId() {
        return customer.contract().authority().binding().keyId();
    }

    private Secret secret() {
        return namespace.get(Secret.class, ACCOUNT_SECRET);
    }

    private String key() {
        return Edit.text(secret(), "key.pem");
    }

    private String atCa(String key) throws Exception {
        return new AtCa(stage).accountOf(key);
    }

    private dev.caas.api.ManagedCertificateStatus issued(String name) {
        customer.declare(name, namespace.dnsName(name));
        return customer.awaitIssued(name);
    }

    /** The account once it is registered under this binding. */
    private CaaSAccount movedTo(Pebble.Binding binding) {
        Edit.secret(client, namespace.name(), Contract.BINDING_SECRET, "macKey", binding.macKey());
        return Expect.ready(
                client, Edit.spec(client, account, "externalAccountBinding: {keyId: " + binding.keyId() + "}"));
    }

    /** The account once the operator has looked at it again, which a change of its spec makes it do. */
    private CaaSAccount lookedAtAgain() {
        int orders = account().getSpec().concurrentOrders();
        return Expect.ready(client, Edit.spec(client, account, "concurrentOrders: " + (orders - 1)));
    }

    /** The account once it has another key than in the beginning. */
    private CaaSAccount awaitOtherKey() {
        Expect.eventually(
                client,
                account,
                a -> assertThat(a.getStatus().keyThumbprint())
                        .isNotEqualTo(account.getStatus().keyThumbprint()));
        return Expect.ready(client, account);
    }

    private void deactivatesWhenDeleted() {
        Edit.spec(client, account, "deletionPolicy: Deactivate");
        Expect.eventually(
                client,
                account,
                a -> assertThat(a.getMetadata().getFinalizers()).isNotEmpty());
    }

    private void delete(CaaSAccount gone) {
        client.resource(gone).delete();
        Expect.soon().until(() -> client.resource(gone).get() == null);
    }

    /** All requests to the CA of a binding's account. */
    private long requests(String keyId) {
        return Arrays.stream(Step.values())
                .mapToLong(step -> stage.acme().requests(step, keyId))
                .sum();
    }
}
