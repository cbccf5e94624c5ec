package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.CaaSPlatformStatus;
import dev.caas.api.CaaSPlatformStatus.UnexplainedCertificate;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.Conditions;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PartnerApi.Scope;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows what a platform tells, and suspends, resumes or deactivates the whole reseller as declared and confirmed. */
@ApplicationScoped
@ControllerConfiguration(name = "caasplatform")
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public class PlatformReconciler implements Reconciler<CaaSPlatform> {
    private static final Duration SYNC = Duration.ofMinutes(10);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(10);
    private static final int MOST_SHOWN = 100;
    private static final String BY_PLATFORM = "platform";

    private final Platforms platforms;
    private final StatusWriter statuses;
    private final EventRecorder events;
    private final AuditLog audit;
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
            Platforms platforms, StatusWriter statuses, EventRecorder events, AuditLog audit, Clock clock) {
        this.platforms = platforms;
        this.statuses = statuses;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CaaSPlatform>> prepareEventSources(EventSourceContext<CaaSPlatform> context) {
        accountSource = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(CaaSAccount.class, CaaSPlatform.class)
                        .withSecondaryToPrimaryMapper(account -> platformOf(account)
                                .map(ResourceID::new)
                                .map(Set::of)
                                .orElse(Set.of()))
                        // Nothing is asked because an account changed, but for who claims which binding.
                        .withOnUpdateFilter((after, before) -> !keyId(after).equals(keyId(before)))
                        .build(),
                context);
        accountSource.addIndexers(
                Map.of(BY_PLATFORM, a -> platformOf(a).stream().toList()));
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
            claim(platform);
            if (isNews(platform)) {
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
            var applied = bringInStep(platform, api);
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
        var shown = shown(platform);
        write(
                platform,
                told,
                shown.servers(),
                shown.bindingCount(),
                shown.bindings(),
                shown.unsupported(),
                shown.applied(),
                shown.unexplainedCertificates(),
                shown.lastSyncTime());
        int failures = Optional.ofNullable(last.get(uid(platform)))
                        .filter(s -> s.generation == generation(platform))
                        .map(Synced::failures)
                        .orElse(0)
                + 1;
        var wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
        return new Synced(generation(platform), now.plus(wait.compareTo(SYNC) > 0 ? SYNC : wait), failures);
    }

    /** Only what was suspended here is resumed: what else is suspended at the platform somebody else has to resume. */
    private @Nullable String bringInStep(CaaSPlatform platform, PartnerApi api) throws PlatformFailure {
        var wanted = platform.getSpec().state();
        var applied = shown(platform).applied();
        if (wanted == CaaSPlatformSpec.State.Active) {
            if (CaaSPlatformSpec.State.Suspended.name().equals(applied)) {
                act(platform, api, Act.RESUME, AuditRecord.Type.PLATFORM_RESUMED);
                return null;
            }
            return applied;
        }
        if (wanted.name().equals(applied) && (isShown(platform, wanted) || isSeen(api, wanted))) {
            return applied;
        }
        if (!api.capabilities().contains(Capability.RESELLER)) {
            // Held back by the operator alone: the accounts' gates ask for the declared state.
            return null;
        }
        // On record before it is asked: what nobody knows the outcome of has to be undone, too.
        apply(platform, wanted);
        if (wanted == CaaSPlatformSpec.State.Suspended) {
            act(platform, api, Act.SUSPEND, AuditRecord.Type.PLATFORM_SUSPENDED);
        } else {
            act(platform, api, Act.DEACTIVATE, AuditRecord.Type.PLATFORM_DEACTIVATED);
        }
        return wanted.name();
    }

    private static boolean isShown(CaaSPlatform platform, CaaSPlatformSpec.State wanted) {
        return conditions(platform)
                .hasReason(
                        Conditions.READY,
                        wanted == CaaSPlatformSpec.State.Suspended ? Reason.Suspended : Reason.Deactivated);
    }

    /** A platform refuses to deactivate what is deactivated. */
    private static boolean isSeen(PartnerApi api, CaaSPlatformSpec.State wanted) throws PlatformFailure {
        var states = api.accounts(Optional.empty()).stream()
                .map(PartnerViews.Account::state)
                .collect(Collectors.toSet());
        return states.equals(Set.of(
                wanted == CaaSPlatformSpec.State.Suspended
                        ? PartnerViews.Account.State.SUSPENDED
                        : PartnerViews.Account.State.DEACTIVATED));
    }

    private void apply(CaaSPlatform platform, CaaSPlatformSpec.State wanted) {
        var shown = shown(platform);
        write(
                platform,
                conditions(platform),
                shown.servers(),
                shown.bindingCount(),
                shown.bindings(),
                shown.unsupported(),
                wanted.name(),
                shown.unexplainedCertificates(),
                shown.lastSyncTime());
    }

    private void act(CaaSPlatform platform, PartnerApi api, Act act, AuditRecord.Type type) throws PlatformFailure {
        int changed = api.act(act, new Scope.Reseller());
        audit.record(type, platform, Map.of("scope", "reseller", "accounts", changed));
    }

    private void show(CaaSPlatform platform, PartnerApi api, @Nullable String applied, Instant now)
            throws PlatformFailure {
        var can = api.capabilities();
        var servers = can.contains(Capability.SERVERS) ? api.servers() : List.<PartnerViews.Server>of();
        var bindings = bindings(api, claims(platform));
        var state = platform.getSpec().state();
        var told = switch (state) {
            case Active -> conditions(platform).ready(Reason.Synced, "The platform answers", generation(platform), now);
            case Suspended ->
                conditions(platform)
                        .stalled(
                                Reason.Suspended,
                                "spec.state is Suspended: nothing is ordered under any account of this platform",
                                generation(platform),
                                now);
            case Deactivated ->
                conditions(platform)
                        .stalled(
                                Reason.Deactivated,
                                "spec.state is Deactivated: every account of this platform is given up, for ever",
                                generation(platform),
                                now);
        };
        write(
                platform,
                told,
                servers.stream()
                        .map(s -> new CaaSPlatformStatus.Server(
                                s.url(),
                                s.validationType().map(Enum::name).orElse(null),
                                s.description().orElse(null)))
                        .toList(),
                bindings.size(),
                bindings.stream().limit(MOST_SHOWN).toList(),
                Arrays.stream(Capability.values())
                        .filter(c -> !can.contains(c))
                        .map(Platforms::label)
                        .toList(),
                applied,
                can.contains(Capability.ORDERS)
                        ? unexplained(api, claims(platform).keySet(), now)
                        : List.of(),
                now);
    }

    /** Those in use here first, then by key id. */
    private static List<CaaSPlatformStatus.Binding> bindings(PartnerApi api, Map<String, String> claims)
            throws PlatformFailure {
        var can = api.capabilities();
        if (!can.contains(Capability.BINDINGS)) {
            return List.of();
        }
        var states = can.contains(Capability.ACCOUNTS)
                ? api.accounts(Optional.empty()).stream()
                        .collect(
                                Collectors.toMap(PartnerViews.Account::keyId, Function.identity(), (first, _) -> first))
                : Map.<String, PartnerViews.Account>of();
        return api.bindings().stream()
                .map(b -> new CaaSPlatformStatus.Binding(
                        b.keyId(),
                        b.reusable().orElse(null),
                        Optional.ofNullable(states.get(b.keyId()))
                                .map(PartnerViews.Account::stateText)
                                .orElse(null),
                        b.lastActivity().orElse(null),
                        claims.get(b.keyId())))
                .sorted(Comparator.comparing((CaaSPlatformStatus.Binding b) -> b.claimedBy() == null)
                        .thenComparing(CaaSPlatformStatus.Binding::keyId))
                .toList();
    }

    private List<UnexplainedCertificate> unexplained(PartnerApi api, Set<String> keyIds, Instant now)
            throws PlatformFailure {
        var found = new ArrayList<UnexplainedCertificate>();
        for (var keyId : keyIds.stream().sorted().toList()) {
            for (var order : api.lastOrders(keyId)) {
                order.serialNumber()
                        .filter(_ -> order.valid())
                        .filter(_ -> order.notAfter()
                                .filter(end -> end.isBefore(now))
                                .isEmpty())
                        .filter(serial -> !platforms.explains(serial))
                        .ifPresent(serial -> found.add(new UnexplainedCertificate(
                                serial, order.domains(), keyId, order.notAfter().orElse(null))));
            }
        }
        return found.stream()
                .sorted(Comparator.comparing(UnexplainedCertificate::serialNumber))
                .limit(MOST_SHOWN)
                .toList();
    }

    /** Whether a binding is in use here that the platform had not made yet when it was asked. */
    private boolean isNews(CaaSPlatform platform) {
        var bindings = shown(platform).bindings();
        return bindings.size() < MOST_SHOWN
                && !bindings.stream()
                        .map(CaaSPlatformStatus.Binding::keyId)
                        .collect(Collectors.toSet())
                        .containsAll(claims(platform).keySet());
    }

    /** Only who claims which binding has changed: the platform is not asked for that. */
    private void claim(CaaSPlatform platform) {
        var claims = claims(platform);
        var shown = shown(platform);
        write(
                platform,
                conditions(platform),
                shown.servers(),
                shown.bindingCount(),
                shown.bindings().stream()
                        .map(b -> new CaaSPlatformStatus.Binding(
                                b.keyId(), b.reusable(), b.state(), b.lastActivity(), claims.get(b.keyId())))
                        .toList(),
                shown.unsupported(),
                shown.applied(),
                shown.unexplainedCertificates(),
                shown.lastSyncTime());
    }

    /** The accounts of this cluster that use the platform, by key id. */
    private Map<String, String> claims(CaaSPlatform platform) {
        return Objects.requireNonNull(accountSource)
                .byIndex(BY_PLATFORM, platform.getMetadata().getName())
                .stream()
                .filter(a -> keyId(a).isPresent())
                .collect(Collectors.toMap(
                        a -> keyId(a).orElseThrow(), a -> ObjectName.of(a).toString(), (first, _) -> first));
    }

    private static Optional<String> platformOf(CaaSAccount account) {
        return Optional.ofNullable(account.getSpec().platformRef()).map(r -> r.name());
    }

    private static Optional<String> keyId(CaaSAccount account) {
        return Optional.ofNullable(account.getSpec().externalAccountBinding())
                .map(ExternalAccountBinding::keyId)
                .or(() -> Optional.ofNullable(account.getStatus()).map(CaaSAccountStatus::keyId));
    }

    private void write(
            CaaSPlatform platform,
            Conditions conditions,
            List<CaaSPlatformStatus.Server> servers,
            @Nullable Integer bindingCount,
            List<CaaSPlatformStatus.Binding> bindings,
            List<String> unsupported,
            @Nullable String applied,
            List<UnexplainedCertificate> unexplained,
            @Nullable Instant syncedAt) {
        statuses.write(
                platform,
                new CaaSPlatformStatus(
                        generation(platform),
                        conditions.all(),
                        servers,
                        bindingCount,
                        bindings,
                        unsupported,
                        applied,
                        unexplained,
                        syncedAt));
    }

    private static CaaSPlatformStatus shown(CaaSPlatform platform) {
        return Optional.ofNullable(platform.getStatus())
                .orElseGet(() -> new CaaSPlatformStatus(
                        null, List.of(), List.of(), null, List.of(), List.of(), null, List.of(), null));
    }

    private static Conditions conditions(CaaSPlatform platform) {
        return new Conditions(shown(platform).conditions());
    }

    private static String uid(CaaSPlatform platform) {
        return platform.getMetadata().getUid();
    }

    private static long generation(CaaSPlatform platform) {
        return platform.getMetadata().getGeneration();
    }
}
