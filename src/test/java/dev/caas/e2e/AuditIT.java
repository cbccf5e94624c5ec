package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Reason;
import dev.caas.api.SecretKeyRef;
import dev.caas.api.Solver;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is on record: everything that was done, in a form that others read, and never a secret. */
@ExtendWith(CaasExtension.class)
class AuditIT {
    /** What is given up after ten minutes. */
    private static final Set<AuditRecord.Type> TEN_MINUTES =
            EnumSet.of(AuditRecord.Type.ACCOUNT_ABANDONED, AuditRecord.Type.DOMAIN_KEPT);

    /** What is done at partner platforms, of which the tests of those tell. */
    private static final Set<AuditRecord.Type> AT_PLATFORMS = EnumSet.of(
            AuditRecord.Type.ANCHOR_MOVED,
            AuditRecord.Type.BINDING_PRE_REGISTERED,
            AuditRecord.Type.BINDING_SPARE,
            AuditRecord.Type.BINDING_RESTORED,
            AuditRecord.Type.BINDING_PROVEN,
            AuditRecord.Type.TERM_FOUND,
            AuditRecord.Type.DOMAIN_FOUND,
            AuditRecord.Type.PLATFORM_SUSPENDED,
            AuditRecord.Type.PLATFORM_RESUMED,
            AuditRecord.Type.PLATFORM_DEACTIVATED);

    /** So many characters of a secret give it away. */
    private static final int TELLING = 16;

    private Stage stage;
    private KubernetesClient client;
    private TestNamespace namespace;
    private OperatorProcess operator;
    private Contract contract;

    @BeforeEach
    void given(Stage stage, TestNamespace namespace, OperatorProcess operator) {
        this.stage = stage;
        this.client = stage.client();
        this.namespace = namespace;
        this.operator = operator;
        this.contract = new Contract(stage, namespace.name(), stage.authority());
    }

    @Test
    void everyKindOfLineIsWrittenWhenItsTimeComes() {
        var account = contract.account(UnaryOperator.identity());
        Expect.reason(client, account, Reason.SecretNotFound);
        said(account, AuditRecord.Type.ACCOUNT_REFUSED);
        contract.secrets();
        Expect.ready(client, account);
        said(account, AuditRecord.Type.ACCOUNT_REGISTERED);
        Edit.secret(client, namespace.name(), Contract.ACCOUNT + "-account", "url", null);
        said(account, AuditRecord.Type.ACCOUNT_RECOVERED);

        var subscription = Expect.ready(client, contract.subscription("domain", namespace.domain(), true));
        said(account, AuditRecord.Type.TERM_STARTED);
        said(subscription, AuditRecord.Type.DOMAIN_ADDED);
        var removed = Expect.ready(
                client,
                contract.subscription(
                        "removed",
                        Specs.with(DomainSubscriptionSpec.class, "deletionPolicy: Remove")
                                .apply(Contract.subscriptionSpec("removed." + namespace.domain(), false))));
        client.resource(removed).delete();
        said(removed, AuditRecord.Type.DOMAIN_REMOVED);

        var issued = Expect.ready(client, created("issued", "a"));
        said(issued, AuditRecord.Type.ORDER_PLACED);
        said(issued, AuditRecord.Type.SECRET_WRITTEN);
        said(issued, AuditRecord.Type.CERTIFICATE_ISSUED);
        namespace.create(new SecretBuilder(namespace.get(Secret.class, "issued-tls"))
                .withNewMetadata()
                .withName("adopted-tls")
                .endMetadata()
                .build());
        var adopted = contract.certificate("adopted", namespace.dnsName("a"));
        adopted.setSpec(Specs.with(ManagedCertificateSpec.class, "adoptExistingSecret: true")
                .apply(adopted.getSpec()));
        said(Expect.ready(client, namespace.create(adopted)), AuditRecord.Type.CERTIFICATE_ADOPTED);
        var denied = namespace.create(contract.certificate("denied", "elsewhere.example.test"));
        Expect.reason(client, denied, Reason.NotSubscribed);
        said(denied, AuditRecord.Type.CERTIFICATE_DENIED);
        stage.acme()
                .on(Step.NEW_ORDER)
                .forName(namespace.dnsName("failed"))
                .answer(403, "rejectedIdentifier", "not that name");
        var failed = Expect.reason(client, created("failed", "failed"), Reason.Failed);
        said(failed, AuditRecord.Type.CERTIFICATE_FAILED);

        var resumed = held("resumed", _ -> {
            Edit.spec(client, subscription, "state: Suspended");
            Expect.reason(client, created("witness", "witness"), Reason.Suspended);
        });
        Expect.reason(client, resumed, Reason.Suspended);
        said(subscription, AuditRecord.Type.SUBSCRIPTION_SUSPENDED);
        Edit.spec(client, subscription, "state: Active");
        Expect.ready(client, resumed);
        said(subscription, AuditRecord.Type.SUBSCRIPTION_RESUMED);
        said(resumed, AuditRecord.Type.ORDER_RESUMED);
        var abandoned = held("abandoned", c -> Edit.spec(client, c, "dnsNames: [" + namespace.dnsName("other") + "]"));
        Expect.ready(client, abandoned);
        said(abandoned, AuditRecord.Type.ORDER_ABANDONED);

        var leaving = Expect.ready(client, created("leaving", "leaving"));
        Edit.spec(client, leaving, "deletionPolicy: Revoke");
        Expect.eventually(
                client,
                leaving,
                c -> assertThat(c.getMetadata().getFinalizers()).isNotEmpty());
        client.resource(leaving).delete();
        said(leaving, AuditRecord.Type.CERTIFICATE_REVOKED);
        said(leaving, AuditRecord.Type.CERTIFICATE_RELEASED);

        Edit.spec(client, account, "state: Suspended");
        said(account, AuditRecord.Type.ACCOUNT_SUSPENDED);
        Edit.spec(client, account, "state: Active");
        said(account, AuditRecord.Type.ACCOUNT_RESUMED);
        var ledger = new LedgerSecret(namespace);
        ledger.endTermAt(Instant.now().plus(Duration.ofDays(50)));
        Edit.spec(
                client,
                account,
                "term: {paidThrough: '" + LocalDate.now(ZoneOffset.UTC).plusDays(60) + "'}");
        said(account, AuditRecord.Type.TERM_EXTENDED);
        ledger.endTermAt(Instant.now().minus(Duration.ofDays(400)));
        said(subscription, AuditRecord.Type.SUBSCRIPTION_EXPIRED);

        Edit.spec(client, account, "contacts: [else@example.test]");
        said(account, AuditRecord.Type.ACCOUNT_CONTACTS_UPDATED);
        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");
        said(account, AuditRecord.Type.ACCOUNT_KEY_ROLLED);
        stage.acme()
                .on(Step.KEY_CHANGE)
                .forName(contract.authority().binding().keyId())
                .answer(400, "badPublicKey", "not that key");
        Edit.spec(client, account, "rollKeyCreatedBefore: '" + Instant.now() + "'");
        said(account, AuditRecord.Type.ACCOUNT_CHANGE_FAILED);
        var other = stage.authority().binding();
        Edit.secret(client, namespace.name(), Contract.BINDING_SECRET, "macKey", other.macKey());
        Edit.spec(client, account, "externalAccountBinding: {keyId: " + other.keyId() + "}");
        said(account, AuditRecord.Type.ACCOUNT_RETIRED);
        Edit.spec(client, account, "state: Deactivated");
        said(account, AuditRecord.Type.ACCOUNT_DEACTIVATED);

        assertThat(lines())
                .extracting(line -> line.path("type").asText())
                .containsOnly(Arrays.stream(AuditRecord.Type.values())
                        .filter(type -> !TEN_MINUTES.contains(type) && !AT_PLATFORMS.contains(type))
                        .map(AuditRecord.Type::label)
                        .toArray(String[]::new));
        assertThat(lines()).allSatisfy(this::isCloudEvent);
        assertThat(lines()).extracting(line -> line.path("id").asText()).doesNotHaveDuplicates();
        assertThat(operator.log().lines())
                .containsAll(lines().stream().map(JsonNode::toString).toList());
    }

    /** Whatever keeps the operator from storing it: what the CA did stays done, and nobody else will tell of it. */
    @Test
    void anAccountThatCouldNotBeStoredIsOnRecord() {
        contract.secrets();
        var name = Contract.ACCOUNT + "-account";
        CaaSAccount account;
        try (var hold = stage.acme()
                .on(Step.NEW_ACCOUNT)
                .forName(contract.authority().binding().keyId())
                .once()
                .holdAfter()) {
            account = contract.account(UnaryOperator.identity());
            hold.awaitReached(Expect.LIMIT);
            client.secrets().inNamespace(namespace.name()).withName(name).delete();
            namespace.secret(name, Map.of("theirs", "yes"));
        }

        Expect.reason(client, account, Reason.SecretConflict);

        said(account, AuditRecord.Type.ACCOUNT_REGISTERED);
    }

    @Test
    void linesOfACertificateTellItsWholeWay() {
        contract.signed(namespace.domain());

        var certificate = Expect.ready(client, created("www", "www"));

        assertThat(lines(certificate))
                .extracting(line -> line.path("type").asText())
                .containsExactly(
                        AuditRecord.Type.ORDER_PLACED.label(),
                        AuditRecord.Type.CERTIFICATE_ISSUED.label(),
                        AuditRecord.Type.SECRET_WRITTEN.label());
        var data = lines(certificate).get(1).path("data");
        assertThat(data.path("serialNumber").asText())
                .isEqualTo(certificate.getStatus().serialNumber());
        assertThat(data.path("fingerprint").asText())
                .isEqualTo(certificate.getStatus().fingerprint());
        assertThat(data.path("accountUrl").asText())
                .isEqualTo(certificate.getStatus().accountUrl());
        assertThat(data.path("dnsNames").path(0).asText()).isEqualTo(namespace.dnsName("www"));
        assertThat(data.path("subscriptions").path(0).asText()).isEqualTo(namespace.name() + "/domain");
    }

    @Test
    void noSecretIsToldAnywhere() {
        var account = contract.account(UnaryOperator.identity());
        // Everything that handles a secret goes wrong: that is when messages quote.
        var wrongMac = stage.authority().binding().macKey();
        stage.secret(
                namespace.name(),
                Contract.TSIG_SECRET,
                Map.of("key", stage.bind().tsigKey()));
        stage.secret(
                namespace.name(),
                Contract.BINDING_SECRET,
                Map.of("macKey", "?" + contract.authority().binding().macKey()));
        said(account, "is not base64url text");
        macKey(wrongMac);
        said(account, "the CA refused the binding");
        macKey(contract.authority().binding().macKey());
        Expect.ready(client, account);
        Expect.ready(client, contract.subscription("domain", namespace.domain(), true));
        var wrongTsig =
                Base64.getEncoder().encodeToString("somebody else's key, 32 bytes ..".getBytes(StandardCharsets.UTF_8));
        said(signedWith("unsigned", "?" + stage.bind().tsigKey()), "is not base64 text");
        said(signedWith("missigned", wrongTsig), "BADSIG");
        Expect.ready(client, created("issued", "issued"));

        var secrets = new TreeMap<String, String>();
        secrets.put("MAC key", contract.authority().binding().macKey());
        secrets.put("MAC key of another", wrongMac);
        secrets.put("TSIG key", stage.bind().tsigKey());
        secrets.put("TSIG key of another", wrongTsig);
        secrets.put("account key", pemBody(secret(Contract.ACCOUNT + "-account"), "key.pem"));
        secrets.put("certificate key", pemBody(secret("issued-tls"), "tls.key"));
        var accountUrl = client.resource(account).require().getStatus().accountUrl();

        assertThat(sinks())
                .allSatisfy((sink, text) -> assertThat(tells(text, String.valueOf(accountUrl)))
                        .as("what is told is found in " + sink)
                        .isTrue());
        assertThat(sinks())
                .allSatisfy((sink, text) -> assertThat(secrets)
                        .allSatisfy((name, secret) -> assertThat(forms(secret))
                                .as(name + " in " + sink)
                                .noneMatch(form -> tells(text, form))));
    }

    @Test
    void denialThatIsRepeatedMakesOneEvent() {
        contract.signed(namespace.domain());
        var denied = namespace.create(contract.certificate("denied", "elsewhere.example.test"));
        Expect.reason(client, denied, Reason.NotSubscribed);
        for (int percent = 30; percent < 33; percent++) {
            Expect.reason(client, Edit.spec(client, denied, "renewBeforePercentage: " + percent), Reason.NotSubscribed);
        }

        Expect.soon()
                .untilAsserted(() -> assertThat(Expect.events(client, denied, Reason.NotSubscribed))
                        .singleElement()
                        .satisfies(e -> assertThat(e.getSeries().getCount()).isEqualTo(4)));

        Edit.spec(client, denied, "dnsNames: [other.example.test]");
        Expect.soon()
                .untilAsserted(() -> assertThat(Expect.events(client, denied, Reason.NotSubscribed))
                        .hasSize(2));
    }

    @Test
    void whatWasSaidIsNotSaidAgainAfterARestart() {
        contract.signed(namespace.domain());
        var denied = namespace.create(contract.certificate("denied", "elsewhere.example.test"));
        Expect.reason(client, denied, Reason.NotSubscribed);

        operator.stop();
        operator.startAgain().awaitReady();
        var later = namespace.create(contract.certificate("later", "elsewhere.example.test"));
        Expect.reason(client, later, Reason.NotSubscribed);
        // A change that brings no news: once it is seen, everything before it has been seen.
        Expect.reason(client, Edit.spec(client, denied, "renewBeforePercentage: 30"), Reason.NotSubscribed);

        assertThat(Expect.audited(operator, denied, AuditRecord.Type.CERTIFICATE_DENIED))
                .hasSize(2);
        assertThat(Expect.audited(operator, later, AuditRecord.Type.CERTIFICATE_DENIED))
                .hasSize(1);
        assertThat(Expect.audited(
                        operator,
                        namespace.get(CaaSAccount.class, Contract.ACCOUNT),
                        AuditRecord.Type.ACCOUNT_REGISTERED))
                .hasSize(1);
        assertThat(Expect.audited(
                        operator, namespace.get(DomainSubscription.class, "domain"), AuditRecord.Type.DOMAIN_ADDED))
                .hasSize(1);
    }

    // ---- given, and seen ----

    private ManagedCertificate created(String name, String label) {
        return namespace.create(contract.certificate(name, namespace.dnsName(label)));
    }

    /** A certificate whose order is held before the CA is told to look, while something else happens. */
    private ManagedCertificate held(String name, Consumer<ManagedCertificate> meanwhile) {
        try (var hold =
                stage.acme().on(Step.CHALLENGE).forName(namespace.dnsName(name)).hold()) {
            var certificate = created(name, name);
            hold.awaitReached(Expect.LIMIT);
            meanwhile.accept(certificate);
            return certificate;
        }
    }

    private void macKey(String text) {
        Edit.secret(client, namespace.name(), Contract.BINDING_SECRET, "macKey", text);
    }

    /** A certificate with a solver of its own, which signs updates with this key. */
    private ManagedCertificate signedWith(String name, String tsigKey) {
        namespace.secret(name + "-tsig", Map.of("key", tsigKey));
        var usual = contract.solver().dns01();
        var solver = new Solver(
                null,
                null,
                new Solver.Dns01(
                        usual.propagation(),
                        new Solver.Rfc2136(
                                usual.rfc2136().nameserver(),
                                usual.rfc2136().tsigKeyName(),
                                usual.rfc2136().tsigAlgorithm(),
                                new SecretKeyRef(name + "-tsig", "key"))));
        var certificate = contract.certificate(name, namespace.dnsName(name));
        certificate.setSpec(Specs.with(ManagedCertificateSpec.class, "solvers: [" + Serialization.asJson(solver) + "]")
                .apply(certificate.getSpec()));
        return namespace.create(certificate);
    }

    private Secret secret(String name) {
        return client.secrets().inNamespace(namespace.name()).withName(name).require();
    }

    private <T extends CustomResource<?, ?>> void said(T object, String message) {
        Expect.eventually(client, object, o -> assertThat(Expect.message(o)).contains(message));
    }

    private void said(HasMetadata about, AuditRecord.Type type) {
        Expect.soon()
                .untilAsserted(() -> assertThat(Expect.audited(operator, about, type))
                        .as(type.label())
                        .isNotEmpty());
    }

    /** The lines about this test's namespace. */
    private List<JsonNode> lines() {
        return operator.auditLines().stream()
                .filter(line -> line.path("subject").asText().contains("/" + namespace.name() + "/"))
                .toList();
    }

    private List<JsonNode> lines(ManagedCertificate certificate) {
        return lines().stream()
                .filter(line -> line.path("subject")
                        .asText()
                        .equals("ManagedCertificate/" + namespace.name() + "/"
                                + certificate.getMetadata().getName()))
                .toList();
    }

    /** The attributes that CloudEvents 1.0 requires, and what this operator promises about them. */
    private void isCloudEvent(JsonNode line) {
        assertThat(line.path("specversion").asText()).isEqualTo("1.0");
        assertThat(line.path("id").asText()).isNotBlank();
        assertThat(line.path("source").asText()).startsWith("/caas-operator/");
        assertThat(line.path("type").asText()).startsWith("dev.caas.");
        assertThat(line.path("subject").asText())
                .matches("(CaaSAccount|DomainSubscription|ManagedCertificate)/[^/]+/[^/]+");
        assertThat(Instant.parse(line.path("time").asText())).isBeforeOrEqualTo(Instant.now());
        assertThat(line.path("datacontenttype").asText()).isEqualTo("application/json");
        assertThat(line.path("data").isObject()).isTrue();
    }

    /** Everywhere where the operator tells something. */
    private Map<String, String> sinks() {
        return Map.of(
                "log", operator.log(),
                "audit file", lines().toString(),
                "Events",
                        Serialization.asJson(client.events()
                                .v1()
                                .events()
                                .inNamespace(namespace.name())
                                .list()),
                "status", statuses().map(Serialization::asJson).collect(Collectors.joining()));
    }

    private Stream<Object> statuses() {
        return Stream.of(CaaSAccount.class, DomainSubscription.class, ManagedCertificate.class)
                .flatMap(type -> client.resources(type).inNamespace(namespace.name()).list().getItems().stream())
                .map(object -> object.getStatus());
    }

    /** A secret as it may be written: as it is, in another base64, or as a Secret's data shows it. */
    private static List<String> forms(String secret) {
        var forms = new ArrayList<>(List.of(
                secret,
                secret.replace('-', '+').replace('_', '/'),
                secret.replace('+', '-').replace('/', '_')));
        forms.add(Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)));
        return forms;
    }

    /** Whether a text has a telling part of a secret in it. */
    private static boolean tells(String text, String secret) {
        return IntStream.rangeClosed(0, secret.length() - TELLING)
                .mapToObj(i -> secret.substring(i, i + TELLING))
                .anyMatch(text::contains);
    }

    /** The part of a PEM key that only this key has: all but the first line, which says what kind of key it is. */
    private static String pemBody(Secret secret, String key) {
        var lines = Edit.text(secret, key).lines().toList();
        return String.join("", lines.subList(2, lines.size() - 1));
    }
}
