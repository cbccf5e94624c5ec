package dev.caas.certificate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of one declaration that are still valid, so that they can be revoked. Kept beside the certificate in an
 * annotation of its Secret and shown in the status: either can be lost. Pure.
 */
final class History {
    /** Of a certificate that is replaced again and again the oldest are forgotten: an annotation has its bounds. */
    private static final int MOST = 100;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private History() {}

    /** What is known of the certificates before this one, from its Secret and from the status. */
    static List<IssuedCertificate> of(KeptCertificate kept, Optional<ManagedCertificateStatus> status, Instant now) {
        return bounded(
                Stream.concat(
                        kept.history().stream(),
                        status.map(ManagedCertificateStatus::history).orElse(List.of()).stream()),
                now);
    }

    /** What is known where nothing is kept any more. */
    static List<IssuedCertificate> of(ManagedCertificateStatus status, Instant now) {
        var last = status.serialNumber() == null || status.issuedAt() == null || status.notAfter() == null
                ? Stream.<IssuedCertificate>of()
                : Stream.of(new IssuedCertificate(
                        status.serialNumber(),
                        status.certificateUrl(),
                        status.accountUrl(),
                        status.issuedAt(),
                        status.notAfter(),
                        null));
        return bounded(Stream.concat(last, status.history().stream()), now);
    }

    /** What comes before the certificate that takes this one's place. */
    static List<IssuedCertificate> after(KeptCertificate kept, Instant now) {
        return bounded(Stream.concat(Stream.of(kept.entry()), kept.history().stream()), now);
    }

    /** The first entry of a serial number counts, unless a later one knows that it was revoked. */
    private static List<IssuedCertificate> bounded(Stream<IssuedCertificate> entries, Instant now) {
        var bySerial = new LinkedHashMap<String, IssuedCertificate>();
        entries.filter(e -> e.serial() != null && e.issuedAt() != null && e.notAfter() != null)
                .filter(e -> now.isBefore(e.notAfter()))
                .forEach(e -> bySerial.merge(
                        e.serial(), e, (a, b) -> a.revokedAt() == null && b.revokedAt() != null ? b : a));
        return bySerial.values().stream().limit(MOST).toList();
    }

    static String toJson(List<IssuedCertificate> history) {
        try {
            return JSON.writeValueAsString(history);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Empty if there is none, or if somebody garbled it. */
    static List<IssuedCertificate> fromJson(@Nullable String json) {
        if (json == null || json.isEmpty()) {
            return List.of();
        }
        try {
            return JSON.readValue(json, new TypeReference<List<IssuedCertificate>>() {}).stream()
                    .filter(e -> e.serial() != null && e.issuedAt() != null && e.notAfter() != null)
                    .toList();
        } catch (JsonProcessingException | RuntimeException e) {
            return List.of();
        }
    }
}
