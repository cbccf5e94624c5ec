package dev.caas.certificate;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.api.ManagedCertificate;
import dev.caas.challenge.http01.Routes;
import dev.caas.entitlement.AccountId;
import dev.caas.kube.NamespaceLabels;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What has certificates looked at again besides themselves: accounts, subscriptions, namespaces, and their Secrets. */
final class Triggers {
    private final IndexerResourceCache<ManagedCertificate> certificates;
    private final Optional<AccountId> defaultAccount;
    private final Routes routes;
    private final InformerEventSource<CaaSAccount, ManagedCertificate> accounts;
    private final InformerEventSource<DomainSubscription, ManagedCertificate> subscriptions;
    private final SimpleInboundEventSource<ManagedCertificate> namespaces;
    private final SimpleInboundEventSource<ManagedCertificate> secrets;

    Triggers(
            EventSourceContext<ManagedCertificate> context,
            Optional<AccountId> defaultAccount,
            SecretStore secretStore,
            Routes routes,
            NamespaceLabels labels) {
        this.certificates = context.getPrimaryCache();
        this.defaultAccount = defaultAccount;
        this.routes = routes;
        this.accounts = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(CaaSAccount.class, ManagedCertificate.class)
                        .withNamespacesInheritedFromController()
                        .withSecondaryToPrimaryMapper(a -> affected(ObjectName.of(a)))
                        .withPrimaryToSecondaryMapper((ManagedCertificate c) -> Set.of())
                        .build(),
                context);
        this.subscriptions = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(DomainSubscription.class, ManagedCertificate.class)
                        .withNamespacesInheritedFromController()
                        .withSecondaryToPrimaryMapper(s -> affected(new ObjectName(
                                s.getMetadata().getNamespace(),
                                s.getSpec().accountRef().name())))
                        .withPrimaryToSecondaryMapper((ManagedCertificate c) -> Set.of())
                        .withOnUpdateFilter((after, before) -> !differInCountsOnly(after, before))
                        .build(),
                context);
        subscriptions.addIndexers(Map.of(Contracts.BY_ACCOUNT, Contracts::accountOf));
        this.namespaces = new SimpleInboundEventSource<ManagedCertificate>("namespace-labels");
        labels.onChange(namespace ->
                certificates.list(namespace).forEach(c -> namespaces.propagateEvent(ResourceID.fromResource(c))));
        this.secrets = new SimpleInboundEventSource<ManagedCertificate>("secret-changes");
        secretStore.onForeignChange(secret -> closeIfOrphaned(secret));
        secretStore.onForeignChange(secret -> certificates
                .list(secret.getMetadata().getNamespace())
                .filter(c -> CertificateSecrets.isOf(c, secret)
                        || secret.getMetadata().getName().equals(c.getSpec().secretName()))
                .forEach(c -> secrets.propagateEvent(ResourceID.fromResource(c))));
    }

    InformerEventSource<CaaSAccount, ManagedCertificate> accounts() {
        return accounts;
    }

    InformerEventSource<DomainSubscription, ManagedCertificate> subscriptions() {
        return subscriptions;
    }

    SimpleInboundEventSource<ManagedCertificate> namespaces() {
        return namespaces;
    }

    SimpleInboundEventSource<ManagedCertificate> secrets() {
        return secrets;
    }

    /** Counts follow from certificates: that they were written says nothing new to these. */
    private static boolean differInCountsOnly(DomainSubscription after, DomainSubscription before) {
        return after.getMetadata().getGeneration().equals(before.getMetadata().getGeneration())
                && after.getStatus() != null
                && before.getStatus() != null
                && !after.getStatus().equals(before.getStatus())
                && uncounted(after).equals(uncounted(before));
    }

    private static DomainSubscriptionStatus uncounted(DomainSubscription subscription) {
        return subscription.getStatus().counting(null, List.of(), null);
    }

    /** A checkpoint goes with its certificate: nobody else tells that an order under way has no owner any more. */
    private void closeIfOrphaned(Secret secret) {
        if (!Checkpoints.isOne(secret)) {
            return;
        }
        var namespace = secret.getMetadata().getNamespace();
        for (var owner : secret.getMetadata().getOwnerReferences()) {
            boolean orphaned = certificates
                    .list(namespace)
                    .noneMatch(c -> c.getMetadata().getUid().equals(owner.getUid()));
            if (orphaned) {
                routes.close(namespace, owner.getUid());
            }
        }
    }

    /** The certificates that an account may matter to: those that name it, and those that name none. */
    private Set<ResourceID> affected(ObjectName account) {
        boolean isDefault = defaultAccount
                .filter(d ->
                        d.namespace().equals(account.namespace()) && d.name().equals(account.name()))
                .isPresent();
        return certificates
                .list()
                .filter(c -> {
                    var ref = c.getSpec().accountRef();
                    var own = c.getMetadata().getNamespace();
                    return ref == null
                            ? isDefault || own.equals(account.namespace())
                            : ref.name().equals(account.name())
                                    && Optional.ofNullable(ref.namespace())
                                            .orElse(own)
                                            .equals(account.namespace());
                })
                .map(ResourceID::fromResource)
                .collect(Collectors.toSet());
    }
}
