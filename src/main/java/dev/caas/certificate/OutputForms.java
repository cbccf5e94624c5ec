package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.OutputFormat;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The forms in which a certificate and its key stand in their Secret beside {@code tls.crt} and {@code tls.key}. An
 * annotation says which of them the operator wrote, and only those are taken away again: whoever else puts something
 * under such a key keeps it for as long as the form is not declared. Pure.
 */
final class OutputForms {
    private static final String WRITTEN = "caas.dev/output-formats";

    private final Set<OutputFormat> declared;
    private final KeptCertificate kept;

    /** The forms of this certificate that are declared. */
    OutputForms(Collection<OutputFormat> declared, KeptCertificate kept) {
        this.declared = declared.isEmpty() ? EnumSet.noneOf(OutputFormat.class) : EnumSet.copyOf(declared);
        this.kept = kept;
    }

    static OutputForms of(ManagedCertificate certificate, KeptCertificate kept) {
        return new OutputForms(certificate.getSpec().additionalOutputFormats(), kept);
    }

    /** Whether the Secret has these forms, and none written before that is not declared any more. */
    boolean areIn(Secret secret) {
        return written(secret).equals(note()) && data(secret).entrySet().containsAll(toData().entrySet());
    }

    /** The Secret with these forms instead of those written before; everything else in it stays. */
    Secret putInto(Secret secret) {
        var data = new HashMap<>(data(secret));
        var before = List.of(written(secret).split(",", -1));
        Arrays.stream(OutputFormat.values())
                .filter(format -> before.contains(format.name()))
                .forEach(format -> data.remove(key(format)));
        data.putAll(toData());
        var notes = new HashMap<>(notes(secret));
        notes.remove(WRITTEN);
        if (!declared.isEmpty()) {
            notes.put(WRITTEN, note());
        }
        return new SecretBuilder(secret)
                .editMetadata()
                .withAnnotations(notes)
                .endMetadata()
                .withData(data)
                .build();
    }

    private Map<String, String> toData() {
        return declared.stream()
                .collect(Collectors.toMap(
                        OutputForms::key, format -> Base64.getEncoder().encodeToString(octets(format))));
    }

    private static String key(OutputFormat format) {
        return switch (format) {
            case CombinedPEM -> "tls-combined.pem";
            case DER -> "key.der";
        };
    }

    private byte[] octets(OutputFormat format) {
        return switch (format) {
            // The key first, as cert-manager writes it: HAProxy takes any order, Postfix only this one.
            case CombinedPEM -> (kept.key().toPem() + kept.chain().toPem()).getBytes(StandardCharsets.US_ASCII);
            case DER -> kept.key().toDer();
        };
    }

    private String note() {
        return declared.stream().map(OutputFormat::name).collect(Collectors.joining(","));
    }

    private static String written(Secret secret) {
        return notes(secret).getOrDefault(WRITTEN, "");
    }

    private static Map<String, String> notes(Secret secret) {
        return Optional.ofNullable(secret.getMetadata().getAnnotations()).orElse(Map.of());
    }

    private static Map<String, String> data(Secret secret) {
        return Optional.ofNullable(secret.getData()).orElse(Map.of());
    }
}
