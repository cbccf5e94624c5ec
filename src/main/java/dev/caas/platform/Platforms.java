package dev.caas.platform;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.CaaSPlatformStatus;
import dev.caas.api.NamespaceSelection;
import dev.caas.api.PlatformRef;
import dev.caas.api.Reason;
import dev.caas.entitlement.NamespaceRules;
import dev.caas.kube.Conditions;
import dev.caas.kube.NamespaceLabels;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which platform an account uses, whether it may, and how to ask it. There are few platforms: one watch keeps them all at
 * hand, for every question of entitlement.
 */
public final class Platforms implements AutoCloseable {
    private final SharedIndexInformer<CaaSPlatform> informer;
    private final Providers providers;
    private final Bindings bindings;
    private final ResellerRecords resellers;
    private final NamespaceRules namespaces;
    private final List<Consumer<CaaSPlatform>> listeners = new CopyOnWriteArrayList<>();
    private Predicate<String> serials = serial -> true;

    /** Makes the connection that a declaration asks for. */
    public interface Providers {
        /**
         * Connects to nothing yet.
         *
         * @throws PlatformFailure if what is declared cannot be used
         */
        PartnerApi of(CaaSPlatform platform) throws PlatformFailure;
    }

    /** What an account finds at its platform. */
    public sealed interface Door {
        /** It has none: the built-in ledger keeps its domains. */
        record BuiltIn() implements Door {}

        /** It may not be used. */
        record Closed(Reason reason, String message) implements Door {}

        record Open(CaaSPlatform platform, PartnerApi api) implements Door {
            /** Whether somebody has to agree to costs. */
            public boolean needsApproval() {
                return platform.getSpec().approval() == CaaSPlatformSpec.Approval.Manual;
            }
        }
    }

    /**
     * Starts watching and returns when all platforms are known.
     */
    public Platforms(
            KubernetesClient client,
            Providers providers,
            Bindings bindings,
            ResellerRecords resellers,
            NamespaceLabels labels) {
        this.resellers = resellers;
        this.providers = providers;
        this.bindings = bindings;
        this.namespaces = new NamespaceRules(labels::of);
        this.informer = client.resources(CaaSPlatform.class).runnableInformer(0);
        informer.addEventHandler(new Changes());
        informer.run();
        labels.onChange(_ -> informer.getStore().list().stream()
                .filter(Platforms::selectsByLabels)
                .forEach(this::tell));
    }

    /** Calls the listener with every platform that is created, changed or deleted, or answers again. */
    public void onChange(Consumer<CaaSPlatform> listener) {
        listeners.add(listener);
    }

    /** The name of the platform that an account uses. */
    static Optional<String> nameOf(CaaSAccount account) {
        return Optional.ofNullable(account.getSpec().platformRef()).map(PlatformRef::name);
    }

    /** Whether an account uses a platform. */
    public static boolean isOf(CaaSAccount account, CaaSPlatform platform) {
        return nameOf(account).filter(platform.getMetadata().getName()::equals).isPresent();
    }

    /** The platform of that name. */
    public Optional<CaaSPlatform> find(String name) {
        return Optional.ofNullable(informer.getStore().getByKey(name));
    }

    /**
     * The way to an account's platform: open only with a binding that was shown to be the account's own. Whatever is asked
     * of a platform, or done there, under a binding goes through here.
     */
    public Door of(CaaSAccount account) {
        var door = entrance(account);
        return door instanceof Door.Open(var platform, var api)
                ? bindings.proven(account)
                        .<Door>map(keyId -> new Door.Open(platform, new OneBinding(api, keyId)))
                        .orElseGet(() -> new Door.Closed(
                                Reason.AccountNotReady,
                                "CaaSAccount '" + account.getMetadata().getName()
                                        + "' has no binding yet that is known to be its own; see its conditions"))
                : door;
    }

    /** As far as to obtain a binding, and to show whose it is. */
    public Door entrance(CaaSAccount account) {
        var ref = account.getSpec().platformRef();
        if (ref == null) {
            return new Door.BuiltIn();
        }
        var closed = closed(account);
        if (closed.isPresent()) {
            return closed.get();
        }
        var platform = find(ref.name()).orElseThrow();
        try {
            return new Door.Open(platform, providers.of(platform));
        } catch (PlatformFailure e) {
            return new Door.Closed(e.reason(), "CaaSPlatform '" + ref.name() + "': " + e.text());
        }
    }

    /** Why nothing may be done or issued under an account, as far as its platform's declaration says so. Asks nobody. */
    public Optional<Door.Closed> closed(CaaSAccount account) {
        var ref = account.getSpec().platformRef();
        if (ref == null) {
            return Optional.empty();
        }
        var found = find(ref.name());
        if (found.isEmpty()) {
            return Optional.of(new Door.Closed(
                    Reason.AccountNotReady, "CaaSPlatform '" + ref.name() + "' does not exist; create it"));
        }
        var platform = found.get();
        if (!allows(platform, account.getMetadata().getNamespace())) {
            return Optional.of(new Door.Closed(
                    Reason.NamespaceNotAllowed,
                    "CaaSPlatform '" + ref.name() + "' does not allow namespace "
                            + account.getMetadata().getNamespace() + "; add that to its spec.allowedNamespaces"));
        }
        return switch (effectiveState(platform)) {
            case Active ->
                isBeingResumed(platform)
                        ? Optional.of(new Door.Closed(
                                Reason.Suspended,
                                "CaaSPlatform '" + ref.name()
                                        + "' is not resumed at the platform yet; see its conditions"))
                        : Optional.empty();
            case Suspended ->
                Optional.of(new Door.Closed(
                        Reason.Suspended,
                        "CaaSPlatform '" + ref.name() + "' is suspended; set its spec.state to Active to go on"));
            case Deactivated ->
                Optional.of(new Door.Closed(
                        Reason.Deactivated, "CaaSPlatform '" + ref.name() + "' is deactivated, for ever"));
        };
    }

    private static boolean selectsByLabels(CaaSPlatform platform) {
        var allowed = platform.getSpec().allowedNamespaces();
        return allowed != null && allowed.from() == NamespaceSelection.From.Selector;
    }

    private void tell(CaaSPlatform platform) {
        listeners.forEach(l -> l.accept(platform));
    }

    /** Whether accounts of a namespace may use a platform. */
    boolean allows(CaaSPlatform platform, String namespace) {
        var allowed = platform.getSpec().allowedNamespaces();
        // A platform is in no namespace, so none is the same.
        return allowed != null
                && allowed.from() != NamespaceSelection.From.Same
                && namespaces.selects(allowed, "", namespace);
    }

    /**
     * Connects to a platform.
     *
     * @throws PlatformFailure if what is declared cannot be used
     */
    PartnerApi connect(CaaSPlatform platform) throws PlatformFailure {
        return providers.of(platform);
    }

    /** Lets the certificates say whether a serial number (hexadecimal, lower case) is one of theirs. */
    public void askAboutSerials(Predicate<String> ofCertificates) {
        serials = ofCertificates;
    }

    boolean explains(String serialNumber) {
        return serials.test(serialNumber);
    }

    /** A capability as people read it: {@code preRegistration}. */
    static String label(PartnerApi.Capability capability) {
        var words = capability.name().toLowerCase(Locale.ROOT).split("_", -1);
        return words[0]
                + Arrays.stream(words)
                        .skip(1)
                        .map(w -> w.substring(0, 1).toUpperCase(Locale.ROOT) + w.substring(1))
                        .collect(Collectors.joining());
    }

    /**
     * The declared state, once it is confirmed: until then, and when that is taken back, it is as it was before. What was
     * deactivated stays so whatever is declared: the object may have been deleted and created anew.
     */
    private CaaSPlatformSpec.State effectiveState(CaaSPlatform platform) {
        if (resellers.isDeactivated(platform)) {
            return CaaSPlatformSpec.State.Deactivated;
        }
        return isConfirmed(platform)
                ? platform.getSpec().state()
                : Optional.ofNullable(applied(platform))
                        .map(CaaSPlatformSpec.State::valueOf)
                        .orElse(CaaSPlatformSpec.State.Active);
    }

    /** What is asked before the platform has resumed it finds everything suspended, and takes that for somebody else's. */
    private static boolean isBeingResumed(CaaSPlatform platform) {
        return CaaSPlatformSpec.State.Suspended.name().equals(applied(platform));
    }

    private static @Nullable String applied(CaaSPlatform platform) {
        return platform.getStatus() == null ? null : platform.getStatus().applied();
    }

    /** Whether what is declared for the whole reseller was confirmed, or needs no confirmation. */
    static boolean isConfirmed(CaaSPlatform platform) {
        return platform.getSpec().state() == CaaSPlatformSpec.State.Active
                || platform.getMetadata().getName().equals(platform.getSpec().confirm());
    }

    private static boolean isReady(CaaSPlatform platform) {
        return new Conditions(CaaSPlatformStatus.of(platform).conditions()).isTrue(Conditions.READY);
    }

    @Override
    public void close() {
        informer.close();
    }

    private final class Changes implements ResourceEventHandler<CaaSPlatform> {
        @Override
        public void onAdd(CaaSPlatform platform) {
            tell(platform);
        }

        @Override
        public void onUpdate(CaaSPlatform before, CaaSPlatform after) {
            if (!before.getMetadata().getGeneration().equals(after.getMetadata().getGeneration())
                    || !Objects.equals(applied(before), applied(after))
                    || (isReady(after) && !isReady(before))) {
                tell(after);
            }
        }

        @Override
        public void onDelete(CaaSPlatform platform, boolean finalStateUnknown) {
            tell(platform);
        }
    }
}
