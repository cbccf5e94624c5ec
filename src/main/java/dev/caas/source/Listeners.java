package dev.caas.source;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerTLSConfig;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.SecretObjectReference;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Listeners of the Gateway API that terminate TLS (https://gateway-api.sigs.k8s.io/guides/tls/). A certificate elsewhere
 * than in a Secret of the same namespace is somebody else's to look after.
 */
final class Listeners {
    private Listeners() {}

    /** Where a listener asks for TLS. */
    static Stream<TlsEntry> entries(
            String namespace, String listener, @Nullable String hostname, @Nullable ListenerTLSConfig tls) {
        if (tls == null || "Passthrough".equals(tls.getMode())) {
            return Stream.empty();
        }
        return tls.getCertificateRefs().stream()
                .filter(r -> isSecretIn(namespace, r))
                .map(r -> new TlsEntry(
                        "listener '" + listener + "'",
                        r.getName(),
                        hostname == null || hostname.isEmpty() ? List.of() : List.of(hostname)));
    }

    private static boolean isSecretIn(String namespace, SecretObjectReference reference) {
        return Optional.ofNullable(reference.getGroup()).orElse("").isEmpty()
                && Optional.ofNullable(reference.getKind()).orElse("Secret").equals("Secret")
                && Optional.ofNullable(reference.getNamespace())
                        .orElse(namespace)
                        .equals(namespace);
    }
}
