package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Pebble;
import dev.caas.kit.Rule;
import dev.caas.kit.RuleBuilder;
import dev.caas.kit.Specs;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.pki.CertificateKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JoseUtils;

/** A CaaSAccount's registration: how it comes about, what it survives, and what is said when it fails. */
@ExtendWith(CaasExtension.class)
class AccountIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ACCOUNT_SECRET = Contract.ACCOUNT + "-account";

    private Stage stage;
    private KubernetesClient client;
    private TestNamespace namespace;
    private OperatorProcess operator;
    private Stage.Authority authority;

    @BeforeEach
    void given(Stage stage, TestNamespace namespace, OperatorProcess operator) {
        this.stage = stage;
        this.client = stage.client();
        this.namespace = namespace;
        this.operator = operator;
        this.authority = stage.authority();
    }

    // ---- how it comes about ----

    /** How platforms show a MAC key, and what becomes of it on its way into a Secret. */
    enum Spelling {
        BASE64URL,
        BASE64URL_PADDED,
        BASE64,
        BASE64_UNPADDED,
        WITH_A_LINE_END;

        String of(byte[] key) {
            return switch (this) {
                case BASE64URL -> Base64.getUrlEncoder().withoutPadding().encodeToString(key);
                case BASE64URL_PADDED -> Base64.getUrlEncoder().encodeToString(key);
                case BASE64 -> Base64.getEncoder().encodeToString(key);
                case BASE64_UNPADDED -> Base64.getEncoder().withoutPadding().encodeToString(key);
                case WITH_A_LINE_END -> BASE64URL.of(key) + "\n";
            };
        }
    }

    @ParameterizedTest
    @CsvSource({
        "32, BASE64URL",
        "32, BASE64URL_PADDED",
        "32, BASE64",
        "64, BASE64URL",
        "64, BASE64URL_PADDED",
        "64, BASE64",
        "64, BASE64_UNPADDED",
        "64, WITH_A_LINE_END"
    })
    void registersWithAMacKeyHoweverItIsWritten(int bytes, Spelling spelling) {
        authority = authorityWithMacKeyOf(bytes);
        byte[] key = Base64.getUrlDecoder().decode(authority.binding().macKey());
        Rule hs256 = watched(payload -> bindingAlgorithm(payload).equals("HS256"));

        bindingSecret(spelling.of(key));
        var account = contract().account(UnaryOperator.identity());

        Expect.ready(client, account);
        assertThat(hs256.hits()).isPositive();
        assertThat(registrations()).isEqualTo(1);
    }

    @Test
    void accountSecretKeepsKeyAndUrlAndBelongsToNobody() throws Exception {
        var account = registered();

        var secret = accountSecret();
        assertThat(Edit.text(secret, "url")).isEqualTo(account.getStatus().accountUrl());
        assertThat(thumbprint(secret)).isEqualTo(account.getStatus().keyThumbprint());
        assertThat(secret.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(secret.getMetadata().getLabels())
                .containsEntry("caas.dev/role", "account")
                .containsEntry("caas.dev/kind", "CaaSAccount")
                .containsEntry("caas.dev/name", Contract.ACCOUNT);
    }

    @Test
    void statusTellsTheAccountAndThatNoTermHasBegun() {
        var status = registered().getStatus();

        assertThat(status.accountUrl()).startsWith(authority.server().replace("/dir", "/my-account/"));
        assertThat(status.keyId()).isEqualTo(authority.binding().keyId());
        assertThat(status.term()).isEqualTo(new TermStatus(TermStatus.State.None, null, null, null));
        assertThat(status.retryAfter()).isNull();
    }

    @Test
    void registrationIsToldByAnEventAndAnAuditLine() {
        var account = registered();

        var event = Expect.event(client, account, Reason.Registered);
        assertThat(event.getType()).isEqualTo("Normal");
        assertThat(event.getNote()).contains(account.getStatus().accountUrl());
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_REGISTERED))
                .singleElement()
                .satisfies(line -> assertThat(line.path("data").path("keyId").asText())
                        .isEqualTo(authority.binding().keyId()));
    }

    // ---- what it survives ----

    @Test
    void restartOfTheOperatorAsksTheCaNothing() {
        var account = registered();
        assertThat(registrations()).isEqualTo(1);
        long before = requests();

        operator.stop();
        operator.startAgain().awaitReady();
        var after = lookedAtAgain(account);

        assertThat(after.getStatus().accountUrl()).isEqualTo(account.getStatus().accountUrl());
        assertThat(requests()).isEqualTo(before);
    }

    @Test
    void lostStatusIsRebuiltWithoutAskingTheCa() {
        var account = registered();
        long before = requests();

        Edit.loseStatus(client, account);
        var after = lookedAtAgain(account);

        assertThat(after.getStatus().accountUrl()).isEqualTo(account.getStatus().accountUrl());
        assertThat(after.getStatus().keyId()).isEqualTo(account.getStatus().keyId());
        assertThat(after.getStatus().keyThumbprint())
                .isEqualTo(account.getStatus().keyThumbprint());
        assertThat(after.getStatus().term()).isEqualTo(account.getStatus().term());
        assertThat(requests()).isEqualTo(before);
    }

    @Test
    void lostUrlIsFoundAgainWithoutSpendingTheBinding() {
        Rule binding = watched(payload -> payload.contains("externalAccountBinding"));
        Rule onlyExisting = watched(payload -> payload.contains("onlyReturnExisting"));
        var account = registered();
        assertThat(binding.hits()).isPositive();
        assertThat(onlyExisting.hits()).isZero();
        int spent = binding.hits();

        Edit.secret(client, namespace.name(), ACCOUNT_SECRET, "url", null);

        Expect.soon().untilAsserted(() -> assertThat(accountSecret().getData()).containsKey("url"));
        assertThat(Edit.text(accountSecret(), "url"))
                .isEqualTo(account.getStatus().accountUrl());
        assertThat(onlyExisting.hits()).isPositive();
        assertThat(binding.hits()).isEqualTo(spent);
        Expect.soon()
                .untilAsserted(() -> assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_RECOVERED))
                        .hasSize(1));
    }

    @Test
    void deletedAccountIsFoundAgainWhenItIsCreatedAgain() {
        var account = registered();
        var kept = accountSecret().getMetadata().getUid();
        long before = requests();

        client.resource(account).delete();
        Expect.soon().until(() -> client.resource(account).get() == null);
        var again = Expect.ready(client, contract().account(UnaryOperator.identity()));

        assertThat(again.getStatus().accountUrl()).isEqualTo(account.getStatus().accountUrl());
        assertThat(accountSecret().getMetadata().getUid()).isEqualTo(kept);
        assertThat(requests()).isEqualTo(before);
    }

    // ---- what is said when it fails ----

    @Test
    void unknownKeyIdIsSaid() {
        var stranger = new Pebble.Binding(
                "stranger-" + namespace.name(), authority.binding().macKey());
        authority = new Stage.Authority(authority.server(), authority.caBundle(), stranger, authority.profile());
        bindingSecret(stranger.macKey());

        var account = Expect.reason(client, contract().account(UnaryOperator.identity()), Reason.BindingUnknown);

        assertThat(Expect.message(account))
                .contains(stranger.keyId())
                .contains("Check spec.externalAccountBinding.keyId against the CA platform");
        assertThat(Expect.event(client, account, Reason.BindingUnknown).getType())
                .isEqualTo("Warning");
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_REFUSED))
                .hasSize(1);
    }

    @Test
    void wrongMacKeyIsSaidAndCorrectingItHelps() {
        bindingSecret(stage.authority().binding().macKey());

        var account = Expect.reason(client, contract().account(UnaryOperator.identity()), Reason.BindingRejected);
        assertThat(Expect.message(account))
                .contains("Check the MAC key in Secret '" + Contract.BINDING_SECRET + "', key 'macKey'");

        writeMacKey();

        Expect.ready(client, account);
    }

    @Test
    void garbledMacKeyIsSaidWithoutAskingTheCaAndWithoutQuotingIt() {
        bindingSecret("top!secret");

        var account = Expect.reason(client, contract().account(UnaryOperator.identity()), Reason.BindingRejected);

        assertThat(Expect.message(account))
                .contains("is not base64url text")
                .contains("Copy it again from the CA platform")
                .doesNotContain("top!secret");
        assertThat(registrations()).isZero();
        writeMacKey();
        Expect.ready(client, account);
        assertThat(registrations()).isEqualTo(1);
    }

    @Test
    void missingSecretIsSaidAndCreatingItHelps() {
        var account = Expect.reason(client, contract().account(UnaryOperator.identity()), Reason.SecretNotFound);
        assertThat(Expect.message(account))
                .contains("Secret '" + Contract.BINDING_SECRET + "'")
                .contains("Create it with key 'macKey'");

        bindingSecret(authority.binding().macKey());

        Expect.ready(client, account);
    }

    @Test
    void missingKeyInTheSecretIsSaidAndPuttingItThereHelps() {
        stage.secret(namespace.name(), Contract.BINDING_SECRET, Map.of("hmac", "elsewhere"));
        var account = Expect.reason(client, contract().account(UnaryOperator.identity()), Reason.SecretKeyMissing);
        assertThat(Expect.message(account)).contains("no key 'macKey'").contains("correct macKeySecretRef");

        writeMacKey();

        Expect.ready(client, account);
    }

    @Test
    void unknownHostIsSaid() {
        var account = refused("server: https://no-such-ca.invalid/dir", Reason.ServerUnreachable);

        assertThat(Expect.message(account))
                .contains("unknown host no-such-ca.invalid")
                .contains("Check spec.server and the way out of the cluster");
    }

    @Test
    void closedPortIsSaid() throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = socket.getLocalPort();
        }

        var account = refused("server: https://127.0.0.1:" + port + "/dir", Reason.ServerUnreachable);

        assertThat(Expect.message(account)).contains("127.0.0.1:" + port).contains("Check spec.server");
    }

    @Test
    void untrustedServerIsSaidAndItsRootInCaBundleHelps() {
        var account = refused("caBundle: null", Reason.UntrustedServer);
        assertThat(Expect.message(account)).contains("put its root into spec.caBundle (base64 of PEM)");

        Edit.spec(client, account, "caBundle: " + authority.caBundle());

        Expect.ready(client, account);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://10.1.2.3/dir",
                "https://169.254.169.254/latest/meta-data",
                "https://[fe80::1]/dir",
                "https://[::ffff:10.1.2.3]/dir",
                "https://localhost.localdomain:443@10.1.2.3/dir"
            })
    void addressThatIsNotPublicIsSaid(String server) {
        var account = refused("server: '" + server + "'", Reason.AddressNotAllowed);

        assertThat(Expect.message(account))
                .containsAnyOf("add its range to caas.outbound.private-ranges", "take the part before the @ out");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no PEM at all",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\n"
            })
    void caBundleThatHoldsNoCertificateIsSaid(String pem) {
        var account = refused("caBundle: " + base64(pem), Reason.InvalidSpec);

        assertThat(Expect.message(account))
                .contains("spec.caBundle cannot be used")
                .contains("It must be base64 of PEM certificates");
    }

    @Test
    void caBundleThatIsNotBase64IsSaid() {
        var account = refused("caBundle: abcde", Reason.InvalidSpec);

        assertThat(Expect.message(account)).contains("it is not base64");
    }

    @Test
    void changedTermsAreSaid() {
        onRegistration().answer(403, "userActionRequired", "agree to https://ca.example/terms/2");

        var account = refused("", Reason.TermsChanged);

        assertThat(Expect.message(account))
                .contains("agree to new terms of service")
                .contains("https://ca.example/terms/2");
    }

    @Test
    void rateLimitIsKeptAndShown() {
        Rule limit =
                onRegistration().answer(429, "rateLimited", "too many registrations", Map.of("Retry-After", "300"));
        var before = Instant.now();

        var account = refused("", Reason.RateLimited);

        assertThat(Expect.message(account)).contains("asks to wait").contains("too many registrations");
        assertThat(account.getStatus().retryAfter()).isBetween(before.plusSeconds(299), before.plusSeconds(330));
        var again = Edit.spec(client, account, "contacts: [else@example.test]");
        Expect.reason(client, again, Reason.RateLimited);
        assertThat(limit.hits()).isEqualTo(1);
    }

    @Test
    void rateLimitPassesByItself() {
        Rule limit = onRegistration().once().answer(429, "rateLimited", "not now", Map.of("Retry-After", "2"));
        bindingSecret(authority.binding().macKey());

        var account = Expect.ready(client, contract().account(UnaryOperator.identity()));

        assertThat(limit.hits()).isEqualTo(1);
        Expect.eventually(
                client, account, a -> assertThat(a.getStatus().retryAfter()).isNull());
    }

    /** Ways in which a CA or the way to it can fail. */
    enum Mishap {
        INTERNAL_ERROR,
        GARBAGE,
        NO_ANSWER,
        LOST_ANSWER
    }

    @ParameterizedTest
    @EnumSource
    void mishapAtRegistrationPassesByItself(Mishap mishap) {
        var once = onRegistration().once();
        Rule rule = switch (mishap) {
            case INTERNAL_ERROR -> once.answer(500, "serverInternal", "on fire");
            case GARBAGE -> once.garbage();
            case NO_ANSWER -> once.cut();
            case LOST_ANSWER -> once.cutAfter();
        };
        bindingSecret(authority.binding().macKey());

        var account = Expect.ready(client, contract().account(UnaryOperator.identity()));

        assertThat(rule.hits()).isEqualTo(1);
        assertThat(Expect.events(client, account, Reason.ServerUnreachable)).hasSize(1);
        // What the CA did before its answer was lost is found, not done again.
        boolean found = mishap == Mishap.LOST_ANSWER;
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_RECOVERED))
                .hasSize(found ? 1 : 0);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_REGISTERED))
                .hasSize(found ? 0 : 1);
    }

    // ---- one account for a binding ----

    @Test
    void secondAccountOfABindingIsAConflict() {
        registered();

        try (var neighbour = Neighbour.of(stage)) {
            var second = neighbour.contract(authority).secrets().account(UnaryOperator.identity());

            var refused = Expect.reason(client, second, Reason.Conflict);
            assertThat(Expect.message(refused))
                    .contains(namespace.name() + "/" + Contract.ACCOUNT)
                    .contains("Use that one, or delete it");
        }
        assertThat(registrations()).isEqualTo(1);
    }

    @Test
    void accountThatIsNotRegisteredKeepsNobodyOut() {
        try (var neighbour = Neighbour.of(stage)) {
            var squatter = neighbour.contract(authority).account(UnaryOperator.identity());
            Expect.reason(client, squatter, Reason.SecretNotFound);

            registered();

            Expect.reason(client, squatter, Reason.Conflict);
        }
    }

    /** A CA that lets a binding be used twice would have two accounts. */
    @Test
    void ofTwoAccountsThatComeAtOnceOneSpendsTheBindingAndTheOtherIsAConflict() {
        try (var neighbour = Neighbour.of(stage);
                var witness = Neighbour.of(stage)) {
            var contracts =
                    List.of(contract().secrets(), neighbour.contract(authority).secrets());

            List<CaaSAccount> accounts;
            try (var hold = onRegistration().hold()) {
                accounts = contracts.stream()
                        .map(c -> c.account(UnaryOperator.identity()))
                        .toList();
                hold.awaitReached(Expect.LIMIT);
                // By then the operator has long seen both.
                Expect.ready(
                        client, witness.contract(stage.authority()).secrets().account(UnaryOperator.identity()));
                assertThat(hold.reached()).isEqualTo(1);
            }

            Expect.soon()
                    .untilAsserted(() -> assertThat(accounts)
                            .extracting(a ->
                                    Expect.ready(client.resource(a).require()).getReason())
                            .containsExactlyInAnyOrder(Reason.Registered.name(), Reason.Conflict.name()));
            assertThat(registrations()).isEqualTo(1);
        }
    }

    // ---- suspension ----

    @Test
    void suspendedAccountOrdersNothingUntilItIsActiveAgain() {
        var contract = contract().signed(namespace.domain());
        var before =
                Expect.ready(client, namespace.create(contract.certificate("before", namespace.dnsName("before"))));
        assertThat(stage.acme().requests(Step.NEW_ORDER, namespace.dnsName("before")))
                .isEqualTo(1);

        var account = Edit.spec(client, namespace.get(CaaSAccount.class, Contract.ACCOUNT), "state: Suspended");
        Expect.reason(client, account, Reason.Suspended);
        long requests = requests();
        var during = namespace.create(contract.certificate("during", namespace.dnsName("during")));
        Expect.reason(client, during, Reason.Suspended);
        Expect.ready(client, before);
        assertThat(requests()).isEqualTo(requests);
        assertThat(Expect.event(client, account, Reason.Suspended).getType()).isEqualTo("Warning");
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_SUSPENDED))
                .hasSize(1);

        Edit.spec(client, account, "state: Active");

        Expect.ready(client, account);
        Expect.ready(client, during);
        assertThat(Expect.audited(operator, account, AuditRecord.Type.ACCOUNT_RESUMED))
                .hasSize(1);
    }

    @Test
    void accountThatIsSuspendedFromTheStartIsNotRegistered() {
        var account = refused("state: Suspended", Reason.Suspended);
        assertThat(registrations()).isZero();

        Edit.spec(client, account, "state: Active");

        Expect.ready(client, account);
        assertThat(registrations()).isEqualTo(1);
    }

    // ---- given, and seen ----

    private Contract contract() {
        return new Contract(stage, namespace.name(), authority);
    }

    private CaaSAccount registered() {
        return Expect.ready(client, contract().secrets().account(UnaryOperator.identity()));
    }

    /** An account with this in its spec, once it is refused for that reason. */
    private CaaSAccount refused(String yaml, Reason reason) {
        bindingSecret(authority.binding().macKey());
        UnaryOperator<CaaSAccountSpec> change =
                yaml.isEmpty() ? UnaryOperator.identity() : Specs.with(CaaSAccountSpec.class, yaml);
        return Expect.reason(client, contract().account(change), reason);
    }

    private void bindingSecret(String macKey) {
        stage.secret(namespace.name(), Contract.BINDING_SECRET, Map.of("macKey", macKey));
    }

    private void writeMacKey() {
        Edit.secret(
                client,
                namespace.name(),
                Contract.BINDING_SECRET,
                "macKey",
                authority.binding().macKey());
    }

    private Secret accountSecret() {
        return client.secrets()
                .inNamespace(namespace.name())
                .withName(ACCOUNT_SECRET)
                .require();
    }

    /** The account once the operator has looked at it again, which a change of its spec makes it do. */
    private CaaSAccount lookedAtAgain(CaaSAccount account) {
        return Expect.ready(client, Edit.spec(client, account, "concurrentOrders: 49"));
    }

    /** A binding whose MAC key has so many bytes, and looks different in base64 and base64url. */
    private Stage.Authority authorityWithMacKeyOf(int bytes) {
        return Stream.generate(stage::authority)
                .filter(a -> Base64.getUrlDecoder().decode(a.binding().macKey()).length == bytes)
                .filter(a -> a.binding().macKey().matches(".*[-_].*"))
                .findFirst()
                .orElseThrow();
    }

    /** Counts requests to newAccount by what is in them, and lets them pass. */
    private Rule watched(Predicate<String> payload) {
        return stage.acme()
                .on(Step.NEW_ACCOUNT)
                .forName(authority.binding().keyId())
                .whenPayload(payload)
                .delay(Duration.ZERO);
    }

    private RuleBuilder onRegistration() {
        return stage.acme().on(Step.NEW_ACCOUNT).forName(authority.binding().keyId());
    }

    private long registrations() {
        return stage.acme().requests(Step.NEW_ACCOUNT, authority.binding().keyId());
    }

    /** All requests to the CA of this test's account. */
    private long requests() {
        return Arrays.stream(Step.values())
                .mapToLong(
                        step -> stage.acme().requests(step, authority.binding().keyId()))
                .sum();
    }

    private static String bindingAlgorithm(String payload) {
        try {
            var binding = JSON.readTree(payload).path("externalAccountBinding").path("protected");
            JsonNode header =
                    JSON.readTree(new String(Base64.getUrlDecoder().decode(binding.asText()), StandardCharsets.UTF_8));
            return header.path("alg").asText();
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    private static String thumbprint(Secret secret) throws Exception {
        var key = CertificateKey.fromPem(Edit.text(secret, "key.pem")).pair().getPublic();
        return AcmeUtils.base64UrlEncode(JoseUtils.thumbprint(key));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
