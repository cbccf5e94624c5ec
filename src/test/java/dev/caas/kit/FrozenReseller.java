package dev.caas.kit;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The part of {@link Freeze} that is at a partner platform: a customer who was given a binding there and bought a domain,
 * with a certificate under it; an ACME account of theirs that is suspended; and a reseller that was suspended for a while.
 * So there are a reseller's record, the place of a binding, and the binding's record with a term, a domain and an act. Not
 * there is what {@link FormPlatform} does not make, or what lasts only for a while: the books of platform Local, an intent,
 * sold or not, an organisation's validation and its move, domains that were removed or that a list left out, and why the
 * platform holds an account back.
 */
record FrozenReseller(Stage stage, Stage.Authority authority, FormPlatform platform) {
    private static final String NAME = "frozen-reseller";
    private static final String NAMESPACE = "frozen-customer";
    private static final String DOMAIN = NAMESPACE + "." + Bind.ZONE;
    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** Returns when all of it is done, and the term ends at the given time. */
    void leaveBehind(Instant end) {
        stage.namespaceNamed(Chart.NAMESPACE);
        stage.namespaceNamed(NAMESPACE);
        var declared = declare();
        var contract = new Contract(stage, NAMESPACE, authority).solverSecrets();
        var account = contract.account(Specs.with(
                CaaSAccountSpec.class,
                "{externalAccountBinding: null, preRegister: {}, platformRef: {name: " + NAME + "}}"));
        until("an account is registered", account, ObjectConditions::isReady);
        var subscription = contract.subscription("domain", DOMAIN, true);
        until("a domain is bought", subscription, ObjectConditions::isReady);
        var certificate = stage.client()
                .resource(contract.certificate("www", "www." + DOMAIN))
                .create();
        until("a certificate is issued", certificate, ObjectConditions::isReady);
        suspendOne(account, end);
        suspendAllForAWhile(declared);
        for (var object : List.of(declared, account, subscription, certificate)) {
            until(object.getKind() + " is as before", object, ObjectConditions::isReady);
        }
    }

    private CaaSPlatform declare() {
        stage.secret(
                Chart.NAMESPACE,
                NAME,
                Map.of(
                        "loginName", platform.login().name(),
                        "loginPassword", platform.login().password()));
        var declared = new CaaSPlatform();
        declared.setMetadata(new ObjectMetaBuilder().withName(NAME).build());
        declared.setSpec(Specs.of(
                CaaSPlatformSpec.class,
                Map.of(
                        "provider", "SectigoCaaS",
                        "endpoint", platform.endpoint(),
                        "caBundle", authority.caBundle(),
                        "credentialsSecretRef", Map.of("name", NAME),
                        "approval", "Automatic",
                        "allowedNamespaces", Map.of("from", "All"))));
        return stage.client().resource(declared).create();
    }

    /** The operator asks its platform again for that, and learns of the term's end. */
    private void suspendOne(CaaSAccount account, Instant end) {
        var keyId = authority.binding().keyId();
        platform.books().registered(keyId, "caas-operator");
        var other = platform.books().registered(keyId, "certbot");
        platform.books().endTerm(keyId, end);
        edit(account, "{acmeAccounts: [{id: " + other + ", state: Suspended}]}");
        until(
                "the term ends late, and one ACME account is suspended",
                account,
                a -> ObjectConditions.isReady(a)
                        && end.equals(requireNonNull(a.getStatus().term()).expiresAt())
                        && a.getStatus().applied().size() == 1);
    }

    private void suspendAllForAWhile(CaaSPlatform declared) {
        edit(declared, "{state: Suspended, confirm: " + NAME + "}");
        until(
                "the reseller is suspended",
                declared,
                p -> "Suspended".equals(p.getStatus().applied()));
        edit(declared, "{state: Active, confirm: null}");
        until("the reseller is resumed", declared, p -> p.getStatus().applied() == null);
    }

    private void edit(CustomResource<?, ?> object, String spec) {
        var patch = new ObjectMapper().createObjectNode().set("spec", Specs.read(ObjectNode.class, spec));
        stage.client().resource(object).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
    }

    private <T extends CustomResource<?, ?>> void until(String what, T object, Predicate<T> holds) {
        Poll.until(what, LIMIT, () -> holds.test(stage.client().resource(object).require()));
    }

    /** All that there is now; what the operator keeps in its own namespace first. */
    List<HasMetadata> left() {
        var client = stage.client();
        var left = new ArrayList<HasMetadata>();
        left.add(client.resources(CaaSPlatform.class).withName(NAME).require());
        left.addAll(client.secrets().inNamespace(Chart.NAMESPACE).list().getItems());
        left.addAll(client.secrets().inNamespace(NAMESPACE).list().getItems());
        for (var type : List.of(CaaSAccount.class, DomainSubscription.class, ManagedCertificate.class)) {
            left.addAll(client.resources(type).inNamespace(NAMESPACE).list().getItems());
        }
        return left;
    }
}
