package dev.caas;

import dev.caas.account.Accounts;
import dev.caas.audit.AuditLog;
import dev.caas.certificate.DefaultAccount;
import dev.caas.challenge.Dns01Proofs;
import dev.caas.challenge.Proofs;
import dev.caas.challenge.http01.Fetcher;
import dev.caas.challenge.http01.Http01Proofs;
import dev.caas.challenge.http01.Replicas;
import dev.caas.challenge.http01.Responder;
import dev.caas.challenge.http01.Routes;
import dev.caas.challenge.http01.SelfCheck;
import dev.caas.entitlement.AccountId;
import dev.caas.kube.Begin;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.NamespaceLabels;
import dev.caas.kube.SecretStore;
import dev.caas.kube.StatusWriter;
import dev.caas.kube.WatchedNamespaces;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.Bindings;
import dev.caas.platform.Connections;
import dev.caas.platform.Ledger;
import dev.caas.platform.Platforms;
import dev.caas.platform.PreRegistrations;
import dev.caas.platform.Purchases;
import dev.caas.platform.ResellerRecords;
import dev.caas.platform.ResellerState;
import dev.caas.source.Sources;
import dev.caas.subscription.Limits;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkiverse.operatorsdk.runtime.api.ConfigurationServiceCustomizer;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Puts the operator together. */
@Singleton
class Wiring {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    RandomGenerator random() {
        return new SecureRandom();
    }

    @Produces
    @Singleton
    OutboundPolicy outboundPolicy(Settings settings) {
        return new OutboundPolicy(
                settings.outbound().hosts(), settings.outbound().privateRanges().orElse(List.of()));
    }

    @Produces
    @Singleton
    Begin begin() {
        return new Begin();
    }

    @Produces
    @Singleton
    WatchedNamespaces watchedNamespaces(Settings settings) {
        return new WatchedNamespaces(Set.copyOf(settings.namespaces().orElse(List.of())));
    }

    @Produces
    @Singleton
    SecretStore secretStore(KubernetesClient client, WatchedNamespaces namespaces, Settings settings, Clock clock) {
        return new SecretStore(client, withOwn(namespaces, settings.namespace()), clock);
    }

    /** Books of platforms are kept in the operator's own namespace, whatever else is watched. */
    private static WatchedNamespaces withOwn(WatchedNamespaces watched, String own) {
        return watched.all()
                ? watched
                : new WatchedNamespaces(
                        Stream.concat(watched.names().stream(), Stream.of(own)).collect(Collectors.toSet()));
    }

    @Produces
    @Singleton
    StatusWriter statusWriter(KubernetesClient client, Clock clock) {
        return new StatusWriter(client, clock);
    }

    @Produces
    @Singleton
    Finalizers finalizers(KubernetesClient client) {
        return new Finalizers(client);
    }

    @Produces
    @Singleton
    EventRecorder eventRecorder(KubernetesClient client, Clock clock) {
        return new EventRecorder(client, hostName(), clock);
    }

    @Produces
    @Singleton
    AuditLog auditLog(Settings settings, Clock clock) {
        return new AuditLog(
                "/caas-operator/" + settings.namespace(),
                settings.audit().file().orElse(null),
                clock);
    }

    @Produces
    @Singleton
    Bindings bindings(SecretStore secrets, Settings settings) {
        return new Bindings(secrets, settings.namespace());
    }

    @Produces
    @Singleton
    PreRegistrations preRegistrations(SecretStore secrets, Settings settings) {
        return new PreRegistrations(secrets, settings.namespace());
    }

    @Produces
    @Singleton
    Ledger ledger(SecretStore secrets, Bindings bindings, Clock clock) {
        return new Ledger(secrets, bindings, clock);
    }

    @Produces
    @Singleton
    NamespaceLabels namespaceLabels(KubernetesClient client) {
        return new NamespaceLabels(client).run();
    }

    @Produces
    @Singleton
    Platforms platforms(
            KubernetesClient client,
            SecretStore secrets,
            NamespaceLabels labels,
            Bindings bindings,
            ResellerRecords resellers,
            OutboundPolicy policy,
            Settings settings,
            Clock clock) {
        var connections = new Connections(
                secrets, settings.namespace(), policy, settings.platform().timeout(), clock);
        return new Platforms(client, connections, bindings, resellers, labels);
    }

    @Produces
    @Singleton
    ResellerRecords resellerRecords(SecretStore secrets, Settings settings) {
        return new ResellerRecords(secrets, settings.namespace());
    }

    @Produces
    @Singleton
    ResellerState resellerState(ResellerRecords records, StatusWriter statuses, AuditLog audit) {
        return new ResellerState(records, statuses, audit);
    }

    @Produces
    @Singleton
    Purchases purchases(Ledger ledger, AuditLog audit, Settings settings, Clock clock) {
        return new Purchases(ledger, audit, settings.platform().timeout().multipliedBy(2), clock);
    }

    @Produces
    @Singleton
    Limits limits(Clock clock) {
        return new Limits(clock);
    }

    @Produces
    @Singleton
    Accounts accounts(
            SecretStore secrets,
            OutboundPolicy policy,
            @ConfigProperty(name = "quarkus.application.version") String version,
            Clock clock,
            RandomGenerator random) {
        return new Accounts(secrets, policy, "caas-operator/" + version, clock, random);
    }

    @Produces
    @Singleton
    Responder responder(Vertx vertx, Settings settings) {
        return new Responder(vertx, settings.responder().port());
    }

    /** Before the operator: an answer may be asked for as soon as the first order goes on. */
    void onStart(
            @Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event,
            Settings settings,
            Responder responder,
            Routes routes) {
        routes.start();
        responder.start();
        if (settings.lease().isEmpty()) {
            routes.begin();
        }
    }

    /** While there is still a client to say it with: nobody else may be asked at addresses that were ours. */
    void onStop(@Observes @Priority(1) ShutdownEvent event, Routes routes, StatusWriter statuses) {
        statuses.end();
        routes.close();
    }

    /** {@code POD_IP} has one address, or several separated by commas (the downward API's status.podIPs). */
    @Produces
    @Singleton
    Replicas replicas(
            KubernetesClient client, Settings settings, @ConfigProperty(name = "POD_IP") Optional<List<String>> own) {
        return new Replicas(
                client,
                own.orElse(List.of()),
                settings.namespace(),
                settings.responder().pods().orElse(List.of()).stream()
                        .map(label -> label.split("=", 2))
                        .collect(Collectors.toMap(l -> l[0], l -> l.length == 2 ? l[1] : "")));
    }

    @Produces
    @Singleton
    Routes routes(
            KubernetesClient client, WatchedNamespaces namespaces, Settings settings, Replicas replicas, Clock clock) {
        return new Routes(
                client,
                namespaces,
                replicas,
                settings.responder().port(),
                settings.responder().externalName(),
                clock);
    }

    @Produces
    @Singleton
    Proofs proofs(
            SecretStore secrets,
            OutboundPolicy policy,
            Routes routes,
            Replicas replicas,
            Vertx vertx,
            Settings settings) {
        var selfCheck = new SelfCheck(replicas, settings.responder().port(), new Fetcher(vertx), policy);
        return new Proofs(new Dns01Proofs(secrets, policy), new Http01Proofs(routes, selfCheck));
    }

    @Produces
    @Singleton
    DefaultAccount defaultAccount(Settings settings) {
        return new DefaultAccount(settings.defaultAccount().map(Wiring::accountId));
    }

    @Produces
    @Singleton
    Sources sources(
            KubernetesClient client,
            EventRecorder events,
            WatchedNamespaces namespaces,
            NamespaceLabels labels,
            Settings settings,
            Clock clock) {
        return new Sources(client, events, namespaces, labels, settings.source().certManagerAnnotations(), clock);
    }

    private static AccountId accountId(String text) {
        var parts = text.split("/", -1);
        if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            throw new IllegalArgumentException("caas.default-account must be namespace/name, not '" + text + "'");
        }
        return new AccountId(parts[0], parts[1]);
    }

    /** The API server's audit log tells by the user agent who asked. */
    @Produces
    @Singleton
    KubernetesConfigCustomizer kubernetesClient(@ConfigProperty(name = "quarkus.application.version") String version) {
        return config -> config.setUserAgent("caas-operator/" + version);
    }

    /** Reconciles block while a certificate is issued, so each has a virtual thread of its own. */
    @Produces
    @Singleton
    ConfigurationServiceCustomizer operatorSdk(Settings settings, Leadership leadership, Routes routes, Begin begin) {
        return () -> overrider -> {
            overrider.withExecutorService(Executors.newVirtualThreadPerTaskExecutor());
            settings.lease()
                    .map(lease -> leadership.election(lease, settings.namespace(), hostName(), () -> {
                        begin.now();
                        Thread.startVirtualThread(routes::begin);
                    }))
                    .ifPresent(overrider::withLeaderElectionConfiguration);
        };
    }

    private static String hostName() {
        try {
            var name = System.getenv("HOSTNAME");
            return name != null ? name : InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // Two replicas must not have one name: by it the lease tells them apart.
            return "caas-operator-" + UUID.randomUUID();
        }
    }
}
