package dev.caas.kube;

import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Text in Secrets, whose data hold it as base64 of UTF-8. */
public final class SecretText {
    private SecretText() {}

    /** What a Secret has under a key; empty if it has no such key. */
    public static Optional<String> of(Secret secret, String key) {
        return Optional.ofNullable(secret.getData()).map(data -> data.get(key)).map(SecretText::decoded);
    }

    /** Text as a Secret's data hold it. */
    public static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The text that a Secret's data hold.
     *
     * @throws IllegalArgumentException if it is no base64, which the API server lets into no Secret
     */
    public static String decoded(String data) {
        return new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8);
    }
}
