package dev.caas.certificate;

import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.ValidationType;
import dev.caas.kube.SecretText;
import dev.caas.pki.CertificateChain;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidPemException;
import dev.caas.pki.Wanted;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with its key, as a TLS Secret keeps it; without, where its holder keeps the key.
 *
 * @param key null if the Secret is one without key
 * @param issuedAt when the operator got it, or the start of its validity if it was adopted; null if the Secret does not
 *     say
 * @param accountUrl the account it was issued under; null if the Secret does not say
 * @param certificateUrl where the CA keeps it; null if the Secret does not say
 * @param profile the profile it was ordered with, empty if none was asked for; null if the Secret does not say
 * @param subscriptions the subscriptions it was issued under, namespace/name
 * @param validationType what the CA validated by these subscriptions; null if the Secret does not say
 * @param history the certificates before it that are still valid, newest first; itself, too, once it was revoked
 */
record KeptCertificate(
        CertificateChain chain,
        @Nullable CertificateKey key,
        @Nullable Instant issuedAt,
        @Nullable String accountUrl,
        @Nullable String certificateUrl,
        @Nullable String profile,
        List<String> subscriptions,
        @Nullable ValidationType validationType,
        List<IssuedCertificate> history) {
    private static final String PREFIX = "caas.dev/";
    private static final String ISSUED_AT = PREFIX + "issued-at";
    private static final String ACCOUNT_URL = PREFIX + "account-url";
    private static final String CERTIFICATE_URL = PREFIX + "certificate-url";
    private static final String PROFILE = PREFIX + "profile";
    private static final String SUBSCRIPTIONS = PREFIX + "subscriptions";
    private static final String VALIDATION_TYPE = PREFIX + "validation-type";
    private static final String HISTORY = PREFIX + "history";

    static final String CERTIFICATE_KEY = "tls.crt";
    static final String PRIVATE_KEY_KEY = "tls.key";

    /** The type of a Secret that keeps a certificate without its key. */
    static final String OPAQUE = "Opaque";

    KeptCertificate {
        subscriptions = List.copyOf(subscriptions);
        history = List.copyOf(history);
    }

    /**
     * Reads a Secret. One of type kubernetes.io/tls has a key; in one of type Opaque a key is none of ours.
     *
     * @return empty if it does not hold a certificate with its key, so that there is nothing to keep
     */
    static Optional<KeptCertificate> from(Secret secret) {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        var notes = Optional.ofNullable(secret.getMetadata().getAnnotations()).orElse(Map.of());
        try {
            return Optional.of(new KeptCertificate(
                    CertificateChain.ofPem(decoded(data, CERTIFICATE_KEY)),
                    OPAQUE.equals(secret.getType()) ? null : CertificateKey.fromPem(decoded(data, PRIVATE_KEY_KEY)),
                    instant(notes.get(ISSUED_AT)),
                    notes.get(ACCOUNT_URL),
                    notes.get(CERTIFICATE_URL),
                    notes.get(PROFILE),
                    Optional.ofNullable(notes.get(SUBSCRIPTIONS))
                            .filter(s -> !s.isEmpty())
                            .map(s -> List.of(s.split(",")))
                            .orElse(List.of()),
                    validationType(notes.get(VALIDATION_TYPE)),
                    History.fromJson(notes.get(HISTORY))));
        } catch (InvalidPemException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * When certificates of a Secret were issued under a subscription, by its notes alone: what is in the certificate is
     * not looked at, for which there is no time where thousands of Secrets are asked.
     *
     * @param subscription namespace/name
     */
    static Stream<Instant> issuedUnder(String subscription, Secret secret) {
        var notes = Optional.ofNullable(secret.getMetadata().getAnnotations()).orElse(Map.of());
        return List.of(notes.getOrDefault(SUBSCRIPTIONS, "").split(",")).contains(subscription)
                ? Stream.concat(
                        Stream.ofNullable(instant(notes.get(ISSUED_AT))),
                        History.fromJson(notes.get(HISTORY)).stream().map(IssuedCertificate::issuedAt))
                : Stream.empty();
    }

    /** As it is kept once it is adopted: where no operator noted when it was issued, its validity tells. */
    KeptCertificate adopted() {
        return new KeptCertificate(
                chain,
                key,
                issuedAt == null ? chain.notBefore() : issuedAt,
                accountUrl,
                certificateUrl,
                profile,
                subscriptions,
                validationType,
                history);
    }

    /** The same with what its Secret does not say and the status does: a backup may have lost the annotations. */
    KeptCertificate completedBy(ManagedCertificateStatus status) {
        return chain.fingerprint().equals(status.fingerprint())
                ? new KeptCertificate(
                        chain,
                        key,
                        issuedAt == null ? status.issuedAt() : issuedAt,
                        accountUrl == null ? status.accountUrl() : accountUrl,
                        certificateUrl == null ? status.certificateUrl() : certificateUrl,
                        profile,
                        subscriptions.isEmpty() ? status.subscriptions() : subscriptions,
                        validationType == null ? status.validationType() : validationType,
                        history)
                : this;
    }

    /** The same certificate with another history. */
    KeptCertificate with(List<IssuedCertificate> another) {
        return new KeptCertificate(
                chain, key, issuedAt, accountUrl, certificateUrl, profile, subscriptions, validationType, another);
    }

    /** As it stands in a history. */
    IssuedCertificate entry() {
        return new IssuedCertificate(
                chain.serialNumber(),
                certificateUrl,
                accountUrl,
                issuedAt == null ? chain.notBefore() : issuedAt,
                chain.notAfter(),
                null);
    }

    /** When it was revoked, as far as the operator did that. */
    Optional<Instant> revokedAt() {
        return history.stream()
                .filter(h -> h.serial().equals(chain.serialNumber()))
                .flatMap(h -> Optional.ofNullable(h.revokedAt()).stream())
                .findFirst();
    }

    /** The Secret's data, base64 as the API wants it. */
    Map<String, String> toData() {
        var certificate = SecretText.encoded(chain.toPem());
        return key == null
                ? Map.of(CERTIFICATE_KEY, certificate)
                : Map.of(CERTIFICATE_KEY, certificate, PRIVATE_KEY_KEY, SecretText.encoded(key.toPem()));
    }

    /** The key that a Secret has, whatever has become of its certificate; empty if none can be read. */
    static Optional<CertificateKey> key(Secret secret) {
        try {
            return Optional.of(CertificateKey.fromPem(SecretContent.of(secret).text(PRIVATE_KEY_KEY)));
        } catch (InvalidPemException e) {
            return Optional.empty();
        }
    }

    /** What is stamped on the Secret, so that losing the status loses nothing. */
    Map<String, String> toAnnotations() {
        var notes = new java.util.TreeMap<String, String>();
        put(notes, ISSUED_AT, issuedAt);
        put(notes, ACCOUNT_URL, accountUrl);
        put(notes, CERTIFICATE_URL, certificateUrl);
        put(notes, PROFILE, profile);
        put(notes, SUBSCRIPTIONS, String.join(",", subscriptions));
        put(notes, VALIDATION_TYPE, validationType);
        put(notes, HISTORY, history.isEmpty() ? null : History.toJson(history));
        return notes;
    }

    /** Whether its Secret says all of that; what it says otherwise is believed. */
    boolean isNotedOn(Secret secret) {
        var notes = Optional.ofNullable(secret.getMetadata().getAnnotations()).orElse(Map.of());
        return toAnnotations().entrySet().stream()
                .allMatch(note -> note.getValue().isEmpty() || notes.containsKey(note.getKey()));
    }

    /**
     * In what this falls short of what is wanted; empty if it satisfies it. A certificate that is not valid yet is no
     * worse for it: the CA's clock is ahead of ours, and another certificate would not be valid sooner.
     */
    List<String> shortcomings(Wanted wanted, Instant now) {
        var revokedAt = revokedAt();
        if (revokedAt.isPresent()) {
            return List.of("The certificate was revoked at " + revokedAt.get() + ".");
        }
        var start = chain.notBefore();
        try {
            return wanted.shortcomings(chain, key, now.isBefore(start) ? start : now);
        } catch (RuntimeException e) {
            // Somebody can put a certificate into the Secret that no library reads to the end.
            return List.of("The certificate cannot be judged: " + e.getClass().getSimpleName() + ".");
        }
    }

    /**
     * Whether it was ordered with another profile than the declaration names. One that is not known is as good as any: it
     * was adopted, or issued by an operator that took no note of it.
     */
    Optional<String> profileShortcoming(@Nullable String wanted) {
        return wanted == null || profile == null || profile.equals(wanted)
                ? Optional.empty()
                : Optional.of("The certificate was ordered with "
                        + (profile.isEmpty() ? "no profile" : "profile " + profile) + " instead of " + wanted + ".");
    }

    private static void put(Map<String, String> notes, String key, @Nullable Object value) {
        if (value != null) {
            notes.put(key, value.toString());
        }
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable ValidationType validationType(@Nullable String text) {
        return Stream.of(ValidationType.values())
                .filter(type -> type.name().equals(text))
                .findFirst()
                .orElse(null);
    }

    private static String decoded(Map<String, String> data, String key) {
        return SecretText.decoded(data.getOrDefault(key, ""));
    }

    @Override
    public String toString() {
        return "KeptCertificate[serialNumber=" + chain.serialNumber() + "]";
    }
}
