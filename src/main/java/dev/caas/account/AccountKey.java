package dev.caas.account;

import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the account Secret keeps.
 *
 * @param key the account key
 * @param server the directory it is meant for
 * @param keyId the key identifier of the binding it is meant for
 * @param url the account's URL; null until the account is registered
 */
record AccountKey(
        CertificateKey key,
        String server,
        String keyId,
        @Nullable URL url) {
    private static final String KEY = "key.pem";
    private static final String SERVER = "server";
    private static final String KEY_ID = "keyId";
    private static final String URL = "url";

    /** The Secret's data, base64 as the API wants it. */
    Map<String, String> toData() {
        var data = new HashMap<String, String>();
        put(data, KEY, key.toPem());
        put(data, SERVER, server);
        put(data, KEY_ID, keyId);
        if (url != null) {
            put(data, URL, url.toString());
        }
        return data;
    }

    AccountKey registeredAs(URL accountUrl) {
        return new AccountKey(key, server, keyId, accountUrl);
    }

    /**
     * Reads an account Secret.
     *
     * @throws InvalidPemException if it holds no usable key
     */
    static AccountKey from(Secret secret) throws InvalidPemException {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        return new AccountKey(
                CertificateKey.fromPem(text(data, KEY)), text(data, SERVER), text(data, KEY_ID), url(text(data, URL)));
    }

    private static void put(Map<String, String> data, String key, String value) {
        data.put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
    }

    private static String text(Map<String, String> data, String key) {
        return new String(Base64.getDecoder().decode(data.getOrDefault(key, "")), StandardCharsets.UTF_8);
    }

    /** A URL that was lost or garbled is found again by the key. */
    private static @Nullable URL url(String text) {
        try {
            return text.isEmpty() ? null : URI.create(text).toURL();
        } catch (MalformedURLException | IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "AccountKey[server=" + server + ", keyId=" + keyId + ", url=" + url + "]";
    }
}
