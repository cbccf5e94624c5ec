package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.SecretKeyRef;
import dev.caas.api.Solver;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Writes the resources of a customer as people would: an account with its Secrets, a subscription, certificates. Each
 * can be changed on its way to the cluster.
 *
 * @param namespace where all of it is
 */
public record Contract(Stage stage, String namespace, Stage.Authority authority) {
    public static final String ACCOUNT = "acme";
    public static final String BINDING_SECRET = "acme-eab";
    public static final String TSIG_SECRET = "tsig";
    private static final String TIMEOUT = "60s";
    /** The Secrets with the binding's MAC key and the name server's key. */
    public Contract secrets() {
        stage.secret(
                namespace, BINDING_SECRET, Map.of("macKey", authority.binding().macKey()));
        return solverSecrets();
    }

    /** What the solver needs alone, for an account that has no binding in hand. */
    public Contract solverSecrets() {
        stage.secret(namespace, TSIG_SECRET, Map.of("key", stage.bind().tsigKey()));
        return this;
    }

    /** The account as it should be. */
    public CaaSAccountSpec accountSpec() {
        return Specs.with(CaaSAccountSpec.class, base(), "solvers", List.of(solver()));
    }

    private CaaSAccountSpec base() {
        return Specs.of(
                CaaSAccountSpec.class,
                Map.of(
                        "server", authority.server(),
                        "caBundle", authority.caBundle(),
                        "contacts", List.of("pki@example.test"),
                        "termsOfServiceAgreed", true,
                        "profile", authority.profile(),
                        "externalAccountBinding",
                                Map.of(
                                        "keyId",
                                        authority.binding().keyId(),
                                        "macKeySecretRef",
                                        new SecretKeyRef(BINDING_SECRET, "macKey"))));
    }

    /** An account that proves by these solvers. */
    public static CaaSAccountSpec proving(CaaSAccountSpec spec, List<Solver> solvers) {
        return Specs.with(CaaSAccountSpec.class, spec, "solvers", solvers);
    }

    /** A solver that proves by this stage's name servers. */
    public Solver solver() {
        var bind = stage.bind();
        return new Solver(
                null,
                null,
                new Solver.Dns01(
                        new Solver.Propagation(List.of(bind.primary(), bind.secondary()), TIMEOUT, false),
                        new Solver.Rfc2136(
                                bind.primary(),
                                bind.tsigKeyName(),
                                Solver.TsigAlgorithm.HMACSHA256,
                                new SecretKeyRef(TSIG_SECRET, "key"))));
    }

    /** Creates the account. */
    public CaaSAccount account(UnaryOperator<CaaSAccountSpec> change) {
        var account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName(ACCOUNT)
                .build());
        account.setSpec(change.apply(accountSpec()));
        return stage.client().resource(account).create();
    }

    /** Creates the account with its Secrets, and a subscription that covers everything below the domain. */
    public Contract signed(String domain) {
        secrets();
        account(UnaryOperator.identity());
        subscription("domain", domain, true);
        return this;
    }

    /** Creates a subscription of a domain. */
    public DomainSubscription subscription(String name, String domain, boolean coversSubdomains) {
        return subscription(name, subscriptionSpec(domain, coversSubdomains));
    }

    /** What a subscription of a domain under the account says. */
    public static DomainSubscriptionSpec subscriptionSpec(String domain, boolean coversSubdomains) {
        return Specs.of(
                DomainSubscriptionSpec.class,
                Map.of("accountRef", Map.of("name", ACCOUNT), "domain", domain, "coversSubdomains", coversSubdomains));
    }

    /** Creates a subscription. */
    public DomainSubscription subscription(String name, DomainSubscriptionSpec spec) {
        var subscription = new DomainSubscription();
        subscription.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        subscription.setSpec(spec);
        return stage.client().resource(subscription).create();
    }

    /** A certificate for these names, kept in Secret {@code <name>-tls}; not created yet. */
    public ManagedCertificate certificate(String name, String... dnsNames) {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        certificate.setSpec(Specs.of(
                ManagedCertificateSpec.class,
                Map.of(
                        "secretName", name + "-tls",
                        "dnsNames", List.of(dnsNames),
                        "privateKey", Map.of("algorithm", "ECDSA", "size", 256))));
        return certificate;
    }
}
