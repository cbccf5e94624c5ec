package dev.caas.certificate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.kube.SecretText;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An order on its way: enough to go on with it after a kill.
 *
 * @param key the key that the certificate is being ordered for, as it was chosen when the order was placed; null when its
 *     holder keeps it
 * @param orderUrl the order at the CA
 * @param accountUrl the account it was placed under
 * @param ordered what was ordered
 */
record Checkpoint(@Nullable CertificateKey key, URL orderUrl, String accountUrl, Ordered ordered) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "key.pem";
    private static final String ORDER = "order.json";

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Order(String url, String accountUrl, Ordered ordered) {}

    Map<String, String> toData() {
        try {
            var order = new Order(orderUrl.toString(), accountUrl, ordered);
            var written = SecretText.encoded(JSON.writeValueAsString(order));
            return key == null ? Map.of(ORDER, written) : Map.of(KEY, SecretText.encoded(key.toPem()), ORDER, written);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads a checkpoint; empty if somebody garbled it, in which case its order is lost. */
    static Optional<Checkpoint> from(Secret secret) {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        try {
            var order = JSON.readValue(decoded(data, ORDER), Order.class);
            return Optional.of(new Checkpoint(
                    order.ordered.keyFingerprint() == null ? CertificateKey.fromPem(decoded(data, KEY)) : null,
                    URI.create(order.url).toURL(),
                    order.accountUrl,
                    order.ordered));
        } catch (JsonProcessingException | InvalidPemException | MalformedURLException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static String decoded(Map<String, String> data, String key) {
        return SecretText.decoded(data.getOrDefault(key, ""));
    }

    @Override
    public String toString() {
        return "Checkpoint[orderUrl=" + orderUrl + ", ordered=" + ordered + "]";
    }
}
