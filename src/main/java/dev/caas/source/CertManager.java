package dev.caas.source;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * cert-manager's annotations on Ingresses and Gateways, understood for a migration
 * (https://cert-manager.io/docs/reference/annotations/). Its issuer is not looked for: the account is the one that serves
 * the namespace, or the one that {@code caas.dev/account} names.
 */
final class CertManager {
    static final String PREFIX = "cert-manager.io/";

    private static final Set<String> ISSUER = Set.of(PREFIX + "issuer", PREFIX + "cluster-issuer");
    private static final Set<String> ABOUT_ISSUER = Set.of(PREFIX + "issuer-kind", PREFIX + "issuer-group");
    private static final Map<Field, String> KEYS = Map.of(
            Field.COMMON_NAME, PREFIX + "common-name",
            Field.DURATION, PREFIX + "duration",
            Field.RENEW_BEFORE, PREFIX + "renew-before",
            Field.RENEW_BEFORE_PERCENTAGE, PREFIX + "renew-before-percentage",
            Field.PRIVATE_KEY_ALGORITHM, PREFIX + "private-key-algorithm",
            Field.PRIVATE_KEY_SIZE, PREFIX + "private-key-size",
            Field.PRIVATE_KEY_ROTATION_POLICY, PREFIX + "private-key-rotation-policy");

    /** What is done here anyway; cert-manager calls an encoding PKCS1 that we call Traditional. */
    private static final Set<Annotation> DONE_ANYWAY = Set.of(new Annotation(PREFIX + "private-key-encoding", "PKCS8"));

    private CertManager() {}

    /** Whether an issuer is named, which is how cert-manager is asked for certificates. */
    static boolean isAsked(Map<String, String> annotations) {
        return ISSUER.stream().anyMatch(annotations::containsKey);
    }

    /** The annotation that says what a field of ours says. */
    static Optional<Annotation> of(Field field, Map<String, String> annotations) {
        return Optional.ofNullable(KEYS.get(field))
                .flatMap(key -> Optional.ofNullable(annotations.get(key)).map(value -> new Annotation(key, value)));
    }

    /** The annotations that have no effect here. */
    static List<Annotation> without(Map<String, String> annotations) {
        return annotations.entrySet().stream()
                .map(e -> new Annotation(e.getKey(), e.getValue()))
                .filter(a -> a.key().startsWith(PREFIX))
                .filter(a -> !ISSUER.contains(a.key())
                        && !ABOUT_ISSUER.contains(a.key())
                        && !KEYS.containsValue(a.key())
                        && !DONE_ANYWAY.contains(a))
                .toList();
    }
}
