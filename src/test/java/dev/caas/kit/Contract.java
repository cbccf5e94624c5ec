package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.LocalAccountRef;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.NamespaceSelection;
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
    private static final ManagedCertificateSpec.PrivateKey KEY =
            new ManagedCertificateSpec.PrivateKey(ManagedCertificateSpec.PrivateKey.Algorithm.ECDSA, 256);

    /** The Secrets with the binding's MAC key and the name server's key. */
    public Contract secrets() {
        stage.secret(
                namespace, BINDING_SECRET, Map.of("macKey", authority.binding().macKey()));
        stage.secret(namespace, TSIG_SECRET, Map.of("key", stage.bind().tsigKey()));
        return this;
    }

    /** The account as it should be. */
    public CaaSAccountSpec accountSpec() {
        return new CaaSAccountSpec(
                authority.server(),
                authority.caBundle(),
                List.of("pki@example.test"),
                true,
                authority.profile(),
                new CaaSAccountSpec.ExternalAccountBinding(
                        authority.binding().keyId(),
                        new SecretKeyRef(BINDING_SECRET, "macKey"),
                        CaaSAccountSpec.MacAlgorithm.HS256),
                null,
                CaaSAccountSpec.State.Active,
                List.of(solver()),
                NamespaceSelection.same(),
                50);
    }

    /** An account that proves by these solvers. */
    public static CaaSAccountSpec proving(CaaSAccountSpec spec, List<Solver> solvers) {
        return new CaaSAccountSpec(
                spec.server(),
                spec.caBundle(),
                spec.contacts(),
                spec.termsOfServiceAgreed(),
                spec.profile(),
                spec.externalAccountBinding(),
                spec.term(),
                spec.state(),
                solvers,
                spec.allowedNamespaces(),
                spec.concurrentOrders());
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
        return subscription(
                name,
                new DomainSubscriptionSpec(
                        new LocalAccountRef(ACCOUNT),
                        domain,
                        coversSubdomains,
                        List.of(),
                        null,
                        DomainSubscriptionSpec.State.Active));
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
        certificate.setSpec(new ManagedCertificateSpec(
                name + "-tls",
                List.of(dnsNames),
                null,
                null,
                KEY,
                null,
                null,
                null,
                List.of(),
                List.of(),
                false,
                false));
        return certificate;
    }
}
