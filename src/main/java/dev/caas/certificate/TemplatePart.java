package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec.SecretTemplate;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The labels and annotations that people want on the Secret. Two annotations say which of them the operator wrote, and
 * only those are taken away again when they are not declared any more.
 */
record TemplatePart(Map<String, String> labels, Map<String, String> annotations) implements SecretPart {
    private static final String WRITTEN_LABELS = "caas.dev/template-labels";
    private static final String WRITTEN_ANNOTATIONS = "caas.dev/template-annotations";

    static TemplatePart of(ManagedCertificate certificate) {
        return of(certificate.getSpec().secretTemplate());
    }

    static TemplatePart of(@Nullable SecretTemplate template) {
        return template == null
                ? new TemplatePart(Map.of(), Map.of())
                : new TemplatePart(template.labels(), template.annotations());
    }

    @Override
    public SecretContent putInto(SecretContent present) {
        return present.withLabels(replaced(present.labels(), present.note(WRITTEN_LABELS), labels))
                .withAnnotations(replaced(present.annotations(), present.note(WRITTEN_ANNOTATIONS), annotations))
                .withNote(WRITTEN_LABELS, note(labels))
                .withNote(WRITTEN_ANNOTATIONS, note(annotations));
    }

    private static Map<String, String> replaced(Map<String, String> present, String written, Map<String, String> now) {
        var all = new TreeMap<>(present);
        // The note can be written by others: what the operator knows its Secrets by is never taken away for it.
        Arrays.stream(written.split(",", -1))
                .filter(key -> !key.startsWith("caas.dev/"))
                .forEach(all::remove);
        all.putAll(now);
        return all;
    }

    private static String note(Map<String, String> declared) {
        return String.join(",", new TreeSet<>(declared.keySet()));
    }
}
