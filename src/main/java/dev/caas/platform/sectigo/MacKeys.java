package dev.caas.platform.sectigo;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;

/** Compares MAC keys, however each of them is spelt, in a time that tells nothing of either. */
final class MacKeys {
    private MacKeys() {}

    /** Whether two texts are one key; what is no key is like none. */
    static boolean areSame(String one, String other) {
        var first = decoded(one);
        var second = decoded(other);
        return first.isPresent() && second.isPresent() && MessageDigest.isEqual(first.get(), second.get());
    }

    /** Base64url or base64, padded or not. */
    private static Optional<byte[]> decoded(String text) {
        var plain = text.strip().replace('+', '-').replace('/', '_').replaceAll("=+$", "");
        try {
            return Optional.of(Base64.getUrlDecoder().decode(plain)).filter(key -> key.length > 0);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
