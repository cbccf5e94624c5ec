package dev.caas.platform;

import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec.State;
import dev.caas.api.CaaSPlatformStatus;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kube.Conditions;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Capability;
import dev.caas.platform.PartnerApi.Scope;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Suspends, resumes or deactivates a whole reseller as it is declared and confirmed.
 *
 * <p>A platform does not tell who suspended what, and only what was suspended here may be resumed. So that is on record
 * ({@link ResellerRecords}) before it is asked for.
 */
public final class ResellerState {
    /** The scope in the audit: every account of every binding. */
    private static final String RESELLER = "reseller";

    private final ResellerRecords records;
    private final StatusWriter statuses;
    private final AuditLog audit;

    public ResellerState(ResellerRecords records, StatusWriter statuses, AuditLog audit) {
        this.records = records;
        this.statuses = statuses;
        this.audit = audit;
    }

    /**
     * Does what is declared, unless it is done.
     *
     * @return what was done to the reseller and not undone
     * @throws PlatformFailure if the platform did not do it, or the record cannot be kept
     */
    Optional<State> bringInStep(CaaSPlatform platform, PartnerApi api) throws PlatformFailure {
        var wanted = platform.getSpec().state();
        var record = records.now(platform);
        var applied = ResellerRecords.applied(platform, record);
        if (applied.filter(State.Deactivated::equals).isPresent() && wanted != State.Deactivated) {
            // By another object of this name: admission lets nobody take it back from the same one.
            tell(platform, applied);
            return applied;
        }
        if (!api.capabilities().contains(Capability.RESELLER)) {
            // Held back by the operator alone; what is final is on record all the same.
            if (wanted == State.Deactivated && applied.isEmpty()) {
                records.keep(platform, record, wanted, Set.of());
            }
            var held = Optional.of(wanted).filter(state -> state != State.Active);
            tell(platform, held);
            return held;
        }
        // The accounts' gates go by the status, which may be lost.
        tell(platform, applied);
        return switch (wanted) {
            case Active -> {
                if (applied.filter(State.Suspended::equals).isEmpty()) {
                    yield applied;
                }
                resume(platform, api, ResellerRecords.suspendedBefore(record));
                records.keep(platform, record, State.Active, Set.of());
                tell(platform, Optional.empty());
                yield Optional.empty();
            }
            case Suspended, Deactivated -> {
                var act = wanted == State.Suspended ? Act.SUSPEND : Act.DEACTIVATE;
                if (applied.filter(wanted::equals).isPresent()) {
                    if (isShown(platform, wanted)) {
                        yield applied;
                    }
                    var seen = inStateOf(api, wanted);
                    if (seen.isPresent()) {
                        // The request of which nobody knew what came of it.
                        record(platform, act, RESELLER, seen.getAsInt());
                        yield applied;
                    }
                }
                // Asked again, what is suspended is our doing, but for what was so before we asked first.
                var before = applied.isPresent() ? ResellerRecords.suspendedBefore(record) : suspended(api);
                // On record first: what nobody knows the outcome of has to be undone, too.
                var kept = records.keep(platform, record, wanted, before);
                tell(platform, Optional.of(wanted));
                try {
                    act(platform, api, act, new Scope.Reseller(), RESELLER);
                } catch (PlatformFailure e) {
                    if (e.kind() != PlatformFailure.Kind.UNKNOWN_OUTCOME) {
                        records.keep(platform, Optional.of(kept), applied.orElse(State.Active), before);
                        tell(platform, applied);
                    }
                    throw e;
                }
                yield Optional.of(wanted);
            }
        };
    }

    /** For people who declare a reseller that was given up before. */
    String deactivatedBefore(CaaSPlatform platform) {
        return "a CaaSPlatform of this name and endpoint was Deactivated before: every account of that reseller is given up,"
                + " for ever, and spec.state brings none back. Use another reseller, by a CaaSPlatform of another name; if"
                + " the platform never did it, or these credentials are another reseller's, delete Secret "
                + records.place(platform)
                + " and declare this object anew";
    }

    private static boolean isShown(CaaSPlatform platform, State wanted) {
        return new Conditions(CaaSPlatformStatus.of(platform).conditions())
                .hasReason(Conditions.READY, wanted == State.Suspended ? Reason.Suspended : Reason.Deactivated);
    }

    /** How many accounts there are, if all are so already: a platform refuses to deactivate what is deactivated. */
    private static OptionalInt inStateOf(PartnerApi api, State wanted) throws PlatformFailure {
        var expected = wanted == State.Suspended
                ? PartnerViews.Account.State.SUSPENDED
                : PartnerViews.Account.State.DEACTIVATED;
        var accounts = api.accounts(Optional.empty());
        return !accounts.isEmpty() && accounts.stream().allMatch(a -> a.state() == expected)
                ? OptionalInt.of(accounts.size())
                : OptionalInt.empty();
    }

    private static Set<String> suspended(PartnerApi api) throws PlatformFailure {
        return api.accounts(Optional.empty()).stream()
                .filter(a -> a.state() == PartnerViews.Account.State.SUSPENDED)
                .map(PartnerViews.Account::id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * All at once when all was in use before; else binding by binding. A binding is resumed whole, since it was suspended
     * whole, and those of its accounts that were suspended before are suspended again.
     */
    private void resume(CaaSPlatform platform, PartnerApi api, Set<String> suspendedBefore) throws PlatformFailure {
        if (suspendedBefore.isEmpty()) {
            act(platform, api, Act.RESUME, new Scope.Reseller(), RESELLER);
            return;
        }
        var bindings = api.accounts(Optional.empty()).stream()
                .collect(Collectors.groupingBy(
                        PartnerViews.Account::keyId,
                        TreeMap::new,
                        Collectors.mapping(PartnerViews.Account::id, Collectors.toCollection(TreeSet::new))));
        for (var binding : bindings.entrySet()) {
            var before = new TreeSet<>(binding.getValue());
            before.retainAll(suspendedBefore);
            if (!before.equals(binding.getValue())) {
                act(platform, api, Act.RESUME, new Scope.Binding(binding.getKey()), binding.getKey());
                for (var id : before) {
                    act(platform, api, Act.SUSPEND, new Scope.OneAccount(id), id);
                }
            }
        }
    }

    private void act(CaaSPlatform platform, PartnerApi api, Act act, Scope scope, String shown) throws PlatformFailure {
        record(platform, act, shown, api.act(act, scope));
    }

    private void record(CaaSPlatform platform, Act act, String scope, int accounts) {
        var type = switch (act) {
            case SUSPEND -> AuditRecord.Type.PLATFORM_SUSPENDED;
            case RESUME -> AuditRecord.Type.PLATFORM_RESUMED;
            case DEACTIVATE -> AuditRecord.Type.PLATFORM_DEACTIVATED;
        };
        audit.record(type, platform, Map.of("scope", scope, "accounts", accounts));
    }

    private void tell(CaaSPlatform platform, Optional<State> applied) {
        var newest = statuses.newest(platform);
        var shown = CaaSPlatformStatus.of(newest);
        var name = applied.map(Enum::name).orElse(null);
        if (!Objects.equals(name, shown.applied())) {
            statuses.write(newest, shown.withApplied(name));
        }
    }
}
