package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.CaaSPlatformSpec.State;
import dev.caas.api.CaaSPlatformStatus;
import dev.caas.api.Reason;
import dev.caas.kube.Conditions;
import dev.caas.kube.Doubling;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.StatusWriter;
import dev.caas.kube.WatchedNamespaces;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Constants;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows what a platform tells, and suspends, resumes or deactivates the whole reseller as declared and confirmed. */
@ApplicationScoped
@ControllerConfiguration(name = "caasplatform", informer = @Informer(namespaces = Constants.WATCH_ALL_NAMESPACES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public class PlatformReconciler implements Reconciler<CaaSPlatform> {
    private static final Duration SYNC = Duration.ofMinutes(10);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(10);
    private static final Doubling RETRY = new Doubling(FIRST_RETRY, SYNC);
    private static final String BY_PLATFORM = "platform";

    private final Platforms platforms;
    private final Bindings bindings;
    private final ResellerState reseller;
    private final StatusWriter statuses;
    private final EventRecorder events;
    private final WatchedNamespaces namespaces;
    private final Clock clock;
    private final Map<String, Synced> last = new ConcurrentHashMap<>();
    private @Nullable InformerEventSource<CaaSAccount, CaaSPlatform> accountSource;

    /** When the platform was last asked, by which declaration, and how often in vain since it last answered. */
    private record Synced(long generation, Instant next, int failures) {
        Synced before(Instant latest) {
            return next.isBefore(latest) ? this : new Synced(generation, latest, failures);
        }
    }

    public PlatformReconciler(
            Platforms platforms,
            Bindings bindings,
            ResellerState reseller,
            StatusWriter statuses,
            EventRecorder events,
            WatchedNamespaces namespaces,
            Clock clock) {
        this.platforms = platforms;
        this.bindings = bindings;
        this.reseller = reseller;
        this.statuses = statuses;
        this.events = events;
        this.namespaces = namespaces;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CaaSPlatform>> prepareEventSources(EventSourceContext<CaaSPlatform> context) {
        accountSource = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(CaaSAccount.class, CaaSPlatform.class)
                        // This controller looks everywhere, since platforms are in no namespace.
                        .withNamespaces(namespaces.all() ? Set.of(Constants.WATCH_ALL_NAMESPACES) : namespaces.names())
                        .withSecondaryToPrimaryMapper(account -> Platforms.nameOf(account)
                                .map(ResourceID::new)
                                .map(Set::of)
                                .orElse(Set.of()))
                        // Nothing is asked because an account changed, but for who claims which binding.
                        .withOnUpdateFilter((after, before) -> !keyId(after).equals(keyId(before)))
                        .build(),
                context);
        accountSource.addIndexers(
                Map.of(BY_PLATFORM, a -> Platforms.nameOf(a).stream().toList()));
        return List.of(accountSource);
    }

    @Override
    public UpdateControl<CaaSPlatform> reconcile(CaaSPlatform cached, Context<CaaSPlatform> context) {
        var platform = statuses.newest(cached);
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        var synced = last.get(uid(platform));
        if (synced == null || synced.generation != generation(platform) || !now.isBefore(synced.next)) {
            synced = sync(platform, now);
            last.put(uid(platform), synced);
        } else {
            var claims = claims(platform);
            claim(platform, claims);
            if (isNews(platform, claims)) {
                synced = synced.before(now.plus(FIRST_RETRY));
                last.put(uid(platform), synced);
            }
        }
        var wait = Duration.between(clock.instant(), synced.next).plusMillis(100);
        return UpdateControl.<CaaSPlatform>noUpdate().rescheduleAfter(wait.isPositive() ? wait : FIRST_RETRY);
    }

    private Synced sync(CaaSPlatform platform, Instant now) {
        try {
            if (!Platforms.isConfirmed(platform)) {
                return failed(
                        platform,
                        now,
                        Reason.InvalidSpec,
                        "spec.state concerns every account of the reseller, declared here or not: nothing is done before"
                                + " spec.confirm is '" + platform.getMetadata().getName() + "'",
                        false);
            }
            var api = platforms.connect(platform);
            var applied = reseller.bringInStep(platform, api);
            show(statuses.newest(platform), api, applied, now);
            return new Synced(generation(platform), now.plus(SYNC), 0);
        } catch (PlatformFailure e) {
            // With what was put on record before it was asked.
            return failed(statuses.newest(platform), now, e.reason(), e.text(), e.isPassing());
        }
    }

    private Synced failed(CaaSPlatform platform, Instant now, Reason reason, String message, boolean passing) {
        var conditions = conditions(platform);
        if (!conditions.hasReason(Conditions.READY, reason)) {
            events.warning(platform, reason, "Sync", message);
        }
        var told = passing
                ? conditions.reconciling(reason, message, generation(platform), now)
                : conditions.stalled(reason, message, generation(platform), now);
        statuses.write(platform, CaaSPlatformStatus.of(platform).withConditions(generation(platform), told.all()));
        int failures = Optional.ofNullable(last.get(uid(platform)))
                        .filter(s -> s.generation == generation(platform))
                        .map(Synced::failures)
                        .orElse(0)
                + 1;
        return new Synced(generation(platform), now.plus(RETRY.after(failures)), failures);
    }

    private void show(CaaSPlatform platform, PartnerApi api, Optional<CaaSPlatformSpec.State> applied, Instant now)
            throws PlatformFailure {
        var report = new PlatformReport(api, claims(platform), platforms::explains, now);
        var orders = report.orders();
        var conditions = conditions(platform);
        var declared = platform.getSpec().state();
        var told = switch (applied.filter(State.Deactivated::equals).orElse(declared)) {
            case Active ->
                conditions.ready(
                        Reason.Synced,
                        "The platform answers"
                                + orders.refusals().stream().map(r -> "; " + r).collect(Collectors.joining()),
                        generation(platform),
                        now);
            case Suspended ->
                conditions.stalled(
                        Reason.Suspended,
                        "spec.state is Suspended: nothing is ordered under any account of this platform",
                        generation(platform),
                        now);
            case Deactivated ->
                conditions.stalled(
                        Reason.Deactivated,
                        declared == State.Deactivated
                                ? "spec.state is Deactivated: every account of this platform is given up, for ever"
                                : reseller.deactivatedBefore(platform),
                        generation(platform),
                        now);
        };
        var bindings = report.bindings();
        statuses.write(
                platform,
                new CaaSPlatformStatus(
                        generation(platform),
                        told.all(),
                        report.servers(),
                        bindings.size(),
                        bindings.stream().limit(PlatformReport.MOST_SHOWN).toList(),
                        report.unsupported(),
                        applied.map(Enum::name).orElse(null),
                        orders.unexplained(),
                        now));
    }

    /** Whether a binding is in use here that the platform had not made yet when it was asked. */
    private static boolean isNews(CaaSPlatform platform, Map<String, String> claims) {
        var bindings = CaaSPlatformStatus.of(platform).bindings();
        return bindings.size() < PlatformReport.MOST_SHOWN
                && !bindings.stream()
                        .map(CaaSPlatformStatus.Binding::keyId)
                        .collect(Collectors.toSet())
                        .containsAll(claims.keySet());
    }

    /** Only who claims which binding has changed: the platform is not asked for that. */
    private void claim(CaaSPlatform platform, Map<String, String> claims) {
        var shown = CaaSPlatformStatus.of(platform);
        statuses.write(
                platform,
                shown.withBindings(shown.bindings().stream()
                        .map(b -> new CaaSPlatformStatus.Binding(
                                b.keyId(), b.reusable(), b.state(), b.lastActivity(), claims.get(b.keyId())))
                        .toList()));
    }

    /** The accounts of this cluster that may use the platform and are registered, by key id. */
    private Map<String, String> claims(CaaSPlatform platform) {
        return Objects.requireNonNull(accountSource)
                .byIndex(BY_PLATFORM, platform.getMetadata().getName())
                .stream()
                .filter(a -> platforms.allows(platform, a.getMetadata().getNamespace()))
                .filter(a -> keyId(a).isPresent())
                // Of two that say so, the one that has shown the binding to be its own.
                .sorted(Comparator.comparing(a -> bindings.proven(a).isEmpty()))
                .collect(Collectors.toMap(
                        a -> keyId(a).orElseThrow(), a -> ObjectName.of(a).toString(), (first, _) -> first));
    }

    /** Of the binding that it is registered with: what is only declared may be anybody's. */
    private static Optional<String> keyId(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .filter(status -> status.accountUrl() != null)
                .map(CaaSAccountStatus::keyId);
    }

    private static Conditions conditions(CaaSPlatform platform) {
        return new Conditions(CaaSPlatformStatus.of(platform).conditions());
    }

    private static String uid(CaaSPlatform platform) {
        return platform.getMetadata().getUid();
    }

    private static long generation(CaaSPlatform platform) {
        return platform.getMetadata().getGeneration();
    }
}
