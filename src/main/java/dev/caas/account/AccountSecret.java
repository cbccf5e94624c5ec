package dev.caas.account;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caas.kube.SecretText;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import io.fabric8.kubernetes.api.model.Secret;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Secret {@code <account>-account} keeps: the ACME account in use, and those that were in use before under other
 * bindings, so that what was issued under them can still be revoked and their bindings need not be spent again.
 *
 * @param current the account in use
 * @param retired the others, at most {@value #MOST_RETIRED}, the last one in use first
 * @param unreadable what is kept beside them and cannot be read: somebody garbled it, or a later version wrote it
 */
record AccountSecret(AccountKey current, List<AccountKey> retired, List<JsonNode> unreadable) {
    /** More than a binding a month for as long as a certificate can be valid. */
    static final int MOST_RETIRED = 16;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "key.pem";
    private static final String CREATED_AT = "createdAt";
    private static final String SERVER = "server";
    private static final String KEY_ID = "keyId";
    private static final String URL = "url";
    private static final String CONTACTS = "contacts";
    private static final String NEXT_KEY = "next.key";
    private static final String NEXT_CREATED_AT = "next.createdAt";
    private static final String DEACTIVATED_AT = "deactivatedAt";
    private static final String RETIRED = "retired.json";
    private static final Set<String> OURS =
            Set.of(KEY, CREATED_AT, SERVER, KEY_ID, URL, CONTACTS, NEXT_KEY, NEXT_CREATED_AT, DEACTIVATED_AT, RETIRED);

    AccountSecret {
        retired = List.copyOf(retired);
        unreadable = List.copyOf(unreadable);
    }

    AccountSecret(AccountKey current, List<AccountKey> retired) {
        this(current, retired, List.of());
    }

    /** All accounts, the one in use first. */
    Stream<AccountKey> all() {
        return Stream.concat(Stream.of(current), retired.stream());
    }

    /** The same with what is kept of one account's binding replaced. */
    AccountSecret with(AccountKey changed) {
        return current.hasBindingOf(changed)
                ? new AccountSecret(changed, retired, unreadable)
                : new AccountSecret(
                        current,
                        retired.stream()
                                .map(r -> r.hasBindingOf(changed) ? changed : r)
                                .toList(),
                        unreadable);
    }

    /** Another account comes into use; the one that was is retired. */
    AccountSecret movedTo(AccountKey other) {
        var rest = new ArrayList<AccountKey>();
        rest.add(current);
        retired.stream().filter(r -> !r.hasBindingOf(other)).forEach(rest::add);
        while (rest.size() > MOST_RETIRED) {
            // One that was never registered is worth least: nothing was issued under it.
            rest.reversed().stream()
                    .min(Comparator.comparing(AccountKey::isRegistered))
                    .ifPresent(rest::remove);
        }
        return new AccountSecret(other, rest, unreadable);
    }

    /** The Secret's data, base64 as the API wants it. */
    Map<String, String> toData() {
        var data = new HashMap<String, String>();
        put(data, KEY, current.key().toPem());
        put(data, CREATED_AT, current.createdAt().toString());
        put(data, SERVER, current.server());
        put(data, KEY_ID, current.keyId());
        put(data, URL, current.url());
        put(data, CONTACTS, current.contacts() == null ? null : json(current.contacts()));
        var next = current.next();
        put(data, NEXT_KEY, next == null ? null : next.key().toPem());
        put(data, NEXT_CREATED_AT, next == null ? null : next.createdAt());
        put(data, DEACTIVATED_AT, current.deactivatedAt());
        var others = Stream.<Object>concat(retired.stream().map(Entry::of), unreadable.stream())
                .toList();
        put(data, RETIRED, others.isEmpty() ? null : json(others));
        return data;
    }

    /** The data of a Secret once this is written into it: what others put there stays. */
    Map<String, String> toDataOf(Secret secret) {
        var data = new HashMap<>(Optional.ofNullable(secret.getData()).orElse(Map.of()));
        data.keySet().removeAll(OURS);
        data.putAll(toData());
        return data;
    }

    /**
     * Reads an account Secret. Those of earlier versions say nothing of contacts, and not when the key was made: as long
     * ago as the Secret.
     *
     * @throws InvalidPemException if it holds no usable key
     */
    static AccountSecret from(Secret secret) throws InvalidPemException {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        var key = text(data, KEY);
        var madeBefore = Optional.ofNullable(instant(secret.getMetadata().getCreationTimestamp()))
                .orElse(Instant.EPOCH);
        var current = new Entry(
                text(data, URL),
                text(data, KEY_ID),
                text(data, SERVER),
                key == null ? "" : key,
                text(data, CREATED_AT),
                contacts(text(data, CONTACTS)),
                text(data, NEXT_KEY),
                text(data, NEXT_CREATED_AT),
                text(data, DEACTIVATED_AT));
        return withRetired(current.read(madeBefore), text(data, RETIRED), madeBefore);
    }

    /** An account as text. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Entry(
            @Nullable String url,
            @Nullable String keyId,
            @Nullable String server,
            String key,
            @Nullable String createdAt,
            @Nullable List<String> contacts,
            @Nullable String nextKey,
            @Nullable String nextCreatedAt,
            @Nullable String deactivatedAt) {

        static Entry of(AccountKey account) {
            var next = account.next();
            return new Entry(
                    string(account.url()),
                    account.keyId(),
                    account.server(),
                    account.key().toPem(),
                    account.createdAt().toString(),
                    account.contacts(),
                    next == null ? null : next.key().toPem(),
                    next == null ? null : next.createdAt().toString(),
                    string(account.deactivatedAt()));
        }

        AccountKey read(Instant madeBefore) throws InvalidPemException {
            return new AccountKey(
                    CertificateKey.fromPem(key),
                    Optional.ofNullable(instant(createdAt)).orElse(madeBefore),
                    server == null ? "" : server,
                    keyId == null ? "" : keyId,
                    location(url),
                    contacts,
                    nextKey == null
                            ? null
                            : new AccountKey.Next(
                                    CertificateKey.fromPem(nextKey),
                                    Optional.ofNullable(instant(nextCreatedAt)).orElse(madeBefore)),
                    instant(deactivatedAt));
        }
    }

    /** An entry that cannot be read keeps neither the account in use nor the other entries from being used. */
    private static AccountSecret withRetired(AccountKey current, @Nullable String text, Instant madeBefore) {
        var retired = new ArrayList<AccountKey>();
        var unreadable = new ArrayList<JsonNode>();
        for (var entry : entries(text)) {
            try {
                retired.add(JSON.treeToValue(entry, Entry.class).read(madeBefore));
            } catch (JsonProcessingException | InvalidPemException | RuntimeException e) {
                unreadable.add(entry);
            }
        }
        return new AccountSecret(current, retired, unreadable);
    }

    /** What is no list is one entry, and what is no JSON is a text. */
    private static Iterable<JsonNode> entries(@Nullable String text) {
        if (text == null) {
            return List.of();
        }
        try {
            var read = JSON.readTree(text);
            return read.isArray() ? read : List.of(read);
        } catch (JsonProcessingException e) {
            return List.of(TextNode.valueOf(text));
        }
    }

    private static @Nullable List<String> contacts(@Nullable String text) {
        try {
            return text == null ? null : JSON.readValue(text, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void put(Map<String, String> data, String key, @Nullable Object value) {
        if (value != null) {
            data.put(key, SecretText.encoded(value.toString()));
        }
    }

    private static @Nullable String text(Map<String, String> data, String key) {
        var value = data.get(key);
        return value == null || value.isEmpty() ? null : SecretText.decoded(value);
    }

    private static @Nullable String string(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** A URL that was lost or garbled is found again by the key. */
    private static @Nullable URL location(@Nullable String text) {
        try {
            return text == null ? null : URI.create(text).toURL();
        } catch (MalformedURLException | IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "AccountSecret[current=" + current + ", retired=" + retired + "]";
    }
}
