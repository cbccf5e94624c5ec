package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Reason;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.AcmeProxy;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Specs;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets which certificate, and that whoever does not is told why and costs the CA nothing. */
@ExtendWith(CaasExtension.class)
class EntitlementIT {
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

    // ---- coverage ----

    @ParameterizedTest
    @CsvSource({
        // Domain, coversSubdomains, names that are covered, names that are not; @ stands for the zone.
        "a.@, false, a.@,                     b.a.@ *.a.@ @",
        "*.@, false, *.@,                     a.@ @",
        "@,   true,  @ *.@ a.@ b.a.@ *.a.@,   @.test",
        "*.@, true,  *.@ a.@ b.a.@ *.b.a.@,   @"
    })
    void subscriptionCoversWhatItSays(String subscribed, boolean coversSubdomains, String covered, String uncovered) {
        registered();
        Expect.ready(client, contract.subscription("domain", names(subscribed)[0], coversSubdomains));

        var granted = namespace.create(contract.certificate("granted", names(covered)));
        var denied = namespace.create(contract.certificate("denied", names(uncovered)));

        Expect.ready(client, granted);
        Expect.reason(client, denied, Reason.NotSubscribed);
        assertThat(denials(denied)).containsOnlyKeys(names(uncovered)).containsValue(Reason.NotSubscribed.name());
        for (String name : names(uncovered)) {
            assertThat(stage.acme().requests(Step.NEW_ORDER, name)).isZero();
        }
        for (String name : names(covered)) {
            assertThat(stage.acme().requests(Step.NEW_ORDER, name)).isEqualTo(1);
        }
    }

    @Test
    void nameThatIsNotSubscribedIsRefusedAndOrderedOnceItIs() {
        registered();
        subscribed("domain", namespace.dnsName("in"));
        var wanted = contract.certificate("both", namespace.dnsName("in"), namespace.dnsName("out"));

        var refused = Expect.reason(client, namespace.create(wanted), Reason.NotSubscribed);

        assertThat(Expect.message(refused))
                .contains(namespace.dnsName("out"))
                .contains("subscribe " + namespace.dnsName("out"));
        var event = Expect.event(client, refused, Reason.NotSubscribed);
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getNote()).contains(namespace.dnsName("out"));
        assertThat(denials(refused)).containsExactly(Map.entry(namespace.dnsName("out"), "NotSubscribed"));
        assertThat(orders("in")).isEqualTo(new AcmeProxy.Orders(0, 0));

        subscribed("more", namespace.dnsName("out"));

        Expect.ready(client, refused);
        assertThat(orders("in")).isEqualTo(new AcmeProxy.Orders(1, 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "under_score.",
                "-dash.",
                "xn--\u00fc.",
                "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg."
            })
    void nameThatIsNoneIsRefused(String label) {
        registered();
        Expect.ready(client, contract.subscription("domain", namespace.domain(), true));
        var good = namespace.dnsName("good");

        var refused = namespace.create(contract.certificate("bad", good, label + namespace.domain()));

        Expect.reason(client, refused, Reason.InvalidSpec);
        assertThat(denials(refused)).hasSize(1).containsValue("InvalidSpec");
        assertThat(orders("good").created()).isZero();
        Edit.spec(client, refused, "dnsNames: [" + good + "]");
        Expect.ready(client, refused);
        assertThat(orders("good").created()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"co.uk", "*.com", "192.0.2.1", "localhost"})
    void nameThatNobodyCanSubscribeIsRefused(String name) {
        registered();
        Expect.ready(client, contract.subscription("domain", namespace.domain(), true));

        var refused = namespace.create(contract.certificate("bad", name));

        assertThat(Expect.message(Expect.reason(client, refused, Reason.InvalidSpec)))
                .contains(name);
        assertThat(stage.acme().requests(Step.NEW_ORDER, name)).isZero();
    }

    // ---- accounts ----

    @Test
    void accountOfAnotherNamespaceMustBeNamed() {
        contract.secrets();
        contract.account(Specs.with(CaaSAccountSpec.class, "allowedNamespaces: {from: All}"));
        granted("namespaces: {from: All}");
        try (var neighbour = Neighbour.of(stage)) {
            var unnamed = create(neighbour, "unnamed", namespace.dnsName("a"), "");
            var refused = Expect.reason(client, unnamed, Reason.AccountNotReady);
            assertThat(Expect.message(refused)).contains("name one that allows this namespace in spec.accountRef");
            assertThat(orders("a").created()).isZero();

            Edit.spec(client, unnamed, accountRef());

            var issued = Expect.ready(client, unnamed);
            assertThat(issued.getStatus().subscriptions()).containsExactly(namespace.name() + "/domain");
        }
    }

    @Test
    void accountAdmitsOnlyTheNamespacesItAllows() {
        contract.secrets();
        var account = contract.account(UnaryOperator.identity());
        granted("namespaces: {from: All}");
        try (var neighbour = Neighbour.of(stage)) {
            var certificate = create(neighbour, "www", namespace.dnsName("a"), accountRef());
            var refused = Expect.reason(client, certificate, Reason.NamespaceNotAllowed);
            assertThat(Expect.message(refused))
                    .contains("does not allow namespace " + neighbour.name())
                    .contains("add that to its spec.allowedNamespaces");
            assertThat(orders("a").created()).isZero();

            Edit.spec(client, account, "allowedNamespaces: {from: Selector, selector: {matchLabels: {team: a}}}");
            Expect.ready(client, account);
            Expect.reason(client, certificate, Reason.NamespaceNotAllowed);
            neighbour.label("team", "a");

            Expect.ready(client, certificate);
        }
    }

    @Test
    void subscriptionIsUsedOnlyByTheNamespacesItIsGrantedTo() {
        contract.secrets();
        contract.account(Specs.with(CaaSAccountSpec.class, "allowedNamespaces: {from: All}"));
        var subscription = contract.subscription("domain", namespace.domain(), true);
        try (var neighbour = Neighbour.of(stage)) {
            var certificate = create(neighbour, "www", namespace.dnsName("a"), accountRef());
            var refused = Expect.reason(client, certificate, Reason.NamespaceNotAllowed);
            assertThat(Expect.message(refused))
                    .contains("does not grant it to namespace " + neighbour.name())
                    .contains("add that to its spec.grants");
            assertThat(orders("a").created()).isZero();

            Edit.spec(
                    client,
                    subscription,
                    "grants: [{namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}]");
            Expect.ready(client, subscription);
            Expect.reason(client, certificate, Reason.NamespaceNotAllowed);
            neighbour.label("team", "a");

            Expect.ready(client, certificate);
        }
    }

    @Test
    void grantMayBeForSomeNamesOnly() {
        contract.secrets();
        contract.account(Specs.with(CaaSAccountSpec.class, "allowedNamespaces: {from: All}"));
        granted("namespaces: {from: All}\nnames: ['A." + namespace.domain() + ".']");
        try (var neighbour = Neighbour.of(stage)) {
            var granted = create(neighbour, "granted", namespace.dnsName("a"), accountRef());
            var denied = create(neighbour, "denied", namespace.dnsName("b"), accountRef());

            Expect.ready(client, granted);
            Expect.reason(client, denied, Reason.NamespaceNotAllowed);
            assertThat(orders("a").created()).isEqualTo(1);
            assertThat(orders("b").created()).isZero();
        }
    }

    @Test
    void neighbourWhoSubscribesTheSameDomainChangesNothing() {
        contract.signed(namespace.domain());
        var before = Expect.ready(client, namespace.create(contract.certificate("before", namespace.dnsName("a"))));
        try (var neighbour = Neighbour.of(stage)) {
            neighbour.contract(stage.authority()).signed(namespace.domain());
            Expect.ready(
                    client,
                    client.resources(DomainSubscription.class)
                            .inNamespace(neighbour.name())
                            .withName("domain")
                            .require());

            var after = Expect.ready(client, namespace.create(contract.certificate("after", namespace.dnsName("b"))));

            assertThat(after.getStatus().accountUrl())
                    .isEqualTo(before.getStatus().accountUrl());
            assertThat(after.getStatus().subscriptions()).containsExactly(namespace.name() + "/domain");
            Expect.ready(client, namespace.get(DomainSubscription.class, "domain"));
            Expect.ready(client, namespace.get(CaaSAccount.class, Contract.ACCOUNT));
        }
    }

    @Test
    void neighbourCannotSubscribeUnderSomebodyElsesAccount() {
        contract.signed(namespace.domain());
        Expect.ready(client, namespace.get(DomainSubscription.class, "domain"));
        var ledger = new LedgerSecret(namespace).text();
        try (var neighbour = Neighbour.of(stage)) {
            var captured = neighbour.contract(contract.authority()).subscription("mine", "captured.example.test", true);
            var certificate = create(neighbour, "captured", "www.captured.example.test", accountRef());

            assertThat(Expect.message(Expect.reason(client, captured, Reason.AccountNotReady)))
                    .contains("does not exist in this namespace");
            Expect.reason(client, certificate, Reason.NamespaceNotAllowed);
            assertThat(new LedgerSecret(namespace).text()).isEqualTo(ledger);
            assertThat(stage.acme().requests(Step.NEW_ORDER, "www.captured.example.test"))
                    .isZero();
        }
    }

    @Test
    void ofTwoAccountsThatCoverANameOneMustBeChosen() {
        contract.signed(namespace.domain());
        Expect.ready(client, secondAccount());
        subscribedUnder("second", "second", namespace.domain());
        var certificate = namespace.create(contract.certificate("www", namespace.dnsName("a")));

        var refused = Expect.reason(client, certificate, Reason.AmbiguousAccount);
        assertThat(Expect.message(refused)).contains("acme, second").contains("set spec.accountRef.name");
        assertThat(orders("a").created()).isZero();

        Edit.spec(client, certificate, "accountRef: {name: second}");

        assertThat(Expect.ready(client, certificate).getStatus().subscriptions())
                .containsExactly(namespace.name() + "/second");
    }

    @Test
    void ofTwoAccountsTheOneThatCoversTheNameIsTaken() {
        contract.signed(namespace.domain());
        Expect.ready(client, secondAccount());
        subscribedUnder("second", "second", "elsewhere." + namespace.name() + ".example.org");

        var issued = Expect.ready(client, namespace.create(contract.certificate("www", namespace.dnsName("a"))));

        assertThat(issued.getStatus().subscriptions()).containsExactly(namespace.name() + "/domain");
    }

    // ---- policy ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "privateKeyAlgorithms: [ECDSA-P384, RSA-2048] | - | a | use ECDSA-P384 or RSA-2048",
                "maxDuration: 24h | duration: 25h | a | lower spec.duration",
                "- | duration: 2161h | a | 2160h at most",
                "profiles: [server] | - | a | set spec.profile to server",
                "profiles: [server] | profile: other | a | does not allow profile other",
                "challengeTypes: [http-01] | - | * | a wildcard can only be proven by dns-01",
                "challengeTypes: [http-01] | - | a | add dns-01 to its policy.challengeTypes"
            })
    void certificateOutsideThePolicyIsRefusedUntilThePolicyAllowsIt(
            String policy, String certificate, String label, String advice) {
        registered();
        var subscription = contract.subscription(
                "domain",
                policy.equals("-")
                        ? subscriptionSpec()
                        : Specs.with(DomainSubscriptionSpec.class, "policy: {" + policy + "}")
                                .apply(subscriptionSpec()));
        var wanted = contract.certificate("www", namespace.dnsName(label));
        if (!certificate.equals("-")) {
            wanted.setSpec(Specs.with(ManagedCertificateSpec.class, certificate).apply(wanted.getSpec()));
        }

        var refused = Expect.reason(client, namespace.create(wanted), Reason.PolicyDenied);

        assertThat(Expect.message(refused)).contains(advice);
        assertThat(denials(refused)).containsExactly(Map.entry(namespace.dnsName(label), "PolicyDenied"));
        assertThat(orders(label).created()).isZero();
        // The CA's own profile and validity: it was the policy that stood in the way of all else.
        Edit.spec(client, refused, "duration: null\nprofile: null");
        Edit.spec(client, subscription, "policy: null");
        Expect.ready(client, refused);
        assertThat(orders(label).created()).isEqualTo(1);
    }

    // ---- in the middle of an order ----

    /** What can end an entitlement while an order is under way. */
    enum End {
        SUBSCRIPTION_SUSPENDED,
        ACCOUNT_SUSPENDED,
        SUBSCRIPTION_DELETED,
        TERM_EXPIRED;

        Reason reason() {
            return switch (this) {
                case SUBSCRIPTION_SUSPENDED, ACCOUNT_SUSPENDED -> Reason.Suspended;
                case SUBSCRIPTION_DELETED -> Reason.NotSubscribed;
                case TERM_EXPIRED -> Reason.SubscriptionExpired;
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void orderWhoseEntitlementEndsIsNotFinalizedUntilItIsBack(End end) {
        contract.signed(namespace.domain());
        var ledger = new LedgerSecret(namespace);
        ManagedCertificate certificate;
        Instant term;
        try (var hold = stage.acme()
                .on(Step.CHALLENGE)
                .forName(namespace.dnsName("held"))
                .hold()) {
            certificate = namespace.create(contract.certificate("held", namespace.dnsName("held")));
            hold.awaitReached(Expect.LIMIT);
            term = ledger.expiresAt();

            end(end, ledger);
            awaitKnown(end.reason());
        }

        Expect.reason(client, certificate, end.reason());
        assertThat(stage.acme().requests(Step.FINALIZE, namespace.dnsName("held")))
                .isZero();
        assertThat(orders("held")).isEqualTo(new AcmeProxy.Orders(1, 0));
        assertThat(denials(certificate))
                .containsExactly(
                        Map.entry(namespace.dnsName("held"), end.reason().name()));

        undo(end, ledger, term);

        Expect.ready(client, certificate);
        assertThat(stage.acme().requests(Step.FINALIZE, namespace.dnsName("held")))
                .isEqualTo(1);
        assertThat(orders("held")).isEqualTo(new AcmeProxy.Orders(1, 1));
        assertThat(Expect.audited(operator, certificate, AuditRecord.Type.ORDER_RESUMED))
                .hasSize(1);
    }

    private void end(End end, LedgerSecret ledger) {
        switch (end) {
            case SUBSCRIPTION_SUSPENDED ->
                Edit.spec(client, namespace.get(DomainSubscription.class, "domain"), "state: Suspended");
            case ACCOUNT_SUSPENDED ->
                Edit.spec(client, namespace.get(CaaSAccount.class, Contract.ACCOUNT), "state: Suspended");
            case SUBSCRIPTION_DELETED ->
                client.resource(namespace.get(DomainSubscription.class, "domain"))
                        .delete();
            case TERM_EXPIRED -> ledger.endTermAt(Instant.now().minus(Duration.ofDays(1)));
        }
    }

    private void undo(End end, LedgerSecret ledger, Instant term) {
        switch (end) {
            case SUBSCRIPTION_SUSPENDED ->
                Edit.spec(client, namespace.get(DomainSubscription.class, "domain"), "state: Active");
            case ACCOUNT_SUSPENDED ->
                Edit.spec(client, namespace.get(CaaSAccount.class, Contract.ACCOUNT), "state: Active");
            case SUBSCRIPTION_DELETED -> contract.subscription("domain", namespace.domain(), true);
            case TERM_EXPIRED -> ledger.endTermAt(term);
        }
    }

    /** Returns when the operator denies another certificate for that reason: it would deny the held one, too. */
    private void awaitKnown(Reason reason) {
        Expect.reason(client, namespace.create(contract.certificate("witness", namespace.dnsName("witness"))), reason);
    }

    // ---- given, and seen ----

    private void registered() {
        Expect.ready(client, contract.secrets().account(UnaryOperator.identity()));
    }

    private void subscribed(String name, String domain) {
        Expect.ready(client, contract.subscription(name, domain, false));
    }

    private DomainSubscriptionSpec subscriptionSpec() {
        return Contract.subscriptionSpec(namespace.domain(), true);
    }

    /** A subscription of everything, with one grant. */
    private void granted(String grant) {
        var subscription = contract.subscription("domain", namespace.domain(), true);
        Expect.ready(client, Edit.spec(client, subscription, "grants:\n- " + grant.replace("\n", "\n  ")));
    }

    /** Names this test's account, from another namespace. */
    private String accountRef() {
        return "accountRef: {name: " + Contract.ACCOUNT + ", namespace: " + namespace.name() + "}";
    }

    private ManagedCertificate create(Neighbour neighbour, String name, String dnsName, String yaml) {
        var certificate = neighbour.contract(contract.authority()).certificate(name, dnsName);
        if (!yaml.isEmpty()) {
            certificate.setSpec(Specs.with(ManagedCertificateSpec.class, yaml).apply(certificate.getSpec()));
        }
        return client.resource(certificate).create();
    }

    /** Another account in the namespace, named {@code second}. */
    private CaaSAccount secondAccount() {
        var authority = stage.authority();
        namespace.secret("second-eab", Map.of("macKey", authority.binding().macKey()));
        var account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder().withName("second").build());
        account.setSpec(Specs.with(
                        CaaSAccountSpec.class,
                        "externalAccountBinding: {keyId: " + authority.binding().keyId()
                                + ", macKeySecretRef: {name: second-eab}}")
                .apply(contract.accountSpec()));
        return namespace.create(account);
    }

    private void subscribedUnder(String account, String name, String domain) {
        var spec = Specs.with(DomainSubscriptionSpec.class, "accountRef: {name: " + account + "}\ndomain: " + domain)
                .apply(subscriptionSpec());
        Expect.ready(client, contract.subscription(name, spec));
    }

    /** Names separated by spaces, with this test's zone for every @. */
    private String[] names(String text) {
        return text.replace("@", namespace.domain()).split(" ", -1);
    }

    private AcmeProxy.Orders orders(String label) {
        return stage.acme().orders(namespace.dnsName(label));
    }

    /** What the last denial on record says of each name. */
    private Map<String, String> denials(ManagedCertificate certificate) {
        var names = Expect.audited(operator, certificate, AuditRecord.Type.CERTIFICATE_DENIED)
                .getLast()
                .path("data")
                .path("names");
        return StreamSupport.stream(names.spliterator(), false)
                .collect(Collectors.toMap(
                        EntitlementIT::name, n -> n.path("reason").asText()));
    }

    private static String name(JsonNode denial) {
        assertThat(denial.path("message").asText()).isNotBlank();
        return denial.path("name").asText();
    }
}
