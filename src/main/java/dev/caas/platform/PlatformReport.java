package dev.caas.platform;

import dev.caas.api.CaaSPlatformStatus;
import dev.caas.api.CaaSPlatformStatus.UnexplainedCertificate;
import dev.caas.platform.PartnerApi.Capability;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a platform tells of itself, beside what this cluster has of it.
 *
 * @param claims the accounts of this cluster that use the platform, by key id
 * @param explains whether a serial number (hexadecimal, lower case) is one of this cluster's certificates
 * @param now what ended before it is not told
 */
record PlatformReport(PartnerApi api, Map<String, String> claims, Predicate<String> explains, Instant now) {
    static final int MOST_SHOWN = 100;

    List<CaaSPlatformStatus.Server> servers() throws PlatformFailure {
        if (!can(Capability.SERVERS)) {
            return List.of();
        }
        return api.servers().stream()
                .map(s -> new CaaSPlatformStatus.Server(
                        s.url(),
                        s.validationType().map(Enum::name).orElse(null),
                        s.description().orElse(null)))
                .toList();
    }

    List<String> unsupported() {
        return Arrays.stream(Capability.values())
                .filter(c -> !can(c))
                .map(Platforms::label)
                .toList();
    }

    /** All, those in use here first, then by key id. */
    List<CaaSPlatformStatus.Binding> bindings() throws PlatformFailure {
        if (!can(Capability.BINDINGS)) {
            return List.of();
        }
        var states = can(Capability.ACCOUNTS)
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

    /**
     * What the platform issued last under bindings in use here, is valid still, and nothing here explains.
     *
     * @param refusals of which bindings the platform does not tell that, and what it says instead
     */
    record Orders(List<UnexplainedCertificate> unexplained, List<String> refusals) {}

    /** One binding that the platform does not know any more keeps nobody from seeing what is issued under the others. */
    Orders orders() throws PlatformFailure {
        if (!can(Capability.ORDERS)) {
            return new Orders(List.of(), List.of());
        }
        var found = new ArrayList<UnexplainedCertificate>();
        var refusals = new ArrayList<String>();
        for (var keyId : claims.keySet().stream().sorted().toList()) {
            try {
                api.lastOrders(keyId).stream()
                        .flatMap(o -> unexplained(keyId, o))
                        .forEach(found::add);
            } catch (PlatformFailure e) {
                if (e.kind() != PlatformFailure.Kind.UNKNOWN_BINDING && e.kind() != PlatformFailure.Kind.REFUSED) {
                    throw e;
                }
                refusals.add("what was ordered under key id '" + keyId + "' it does not tell: " + e.text());
            }
        }
        return new Orders(
                found.stream()
                        .sorted(Comparator.comparing(UnexplainedCertificate::serialNumber))
                        .limit(MOST_SHOWN)
                        .toList(),
                refusals);
    }

    private Stream<UnexplainedCertificate> unexplained(String keyId, PartnerViews.Order order) {
        return order.serialNumber().stream()
                .filter(_ -> order.valid())
                .filter(_ -> order.notAfter().filter(end -> end.isBefore(now)).isEmpty())
                .filter(explains.negate())
                .map(serial -> new UnexplainedCertificate(
                        serial, order.domains(), keyId, order.notAfter().orElse(null)));
    }

    private boolean can(Capability capability) {
        return api.capabilities().contains(capability);
    }
}
