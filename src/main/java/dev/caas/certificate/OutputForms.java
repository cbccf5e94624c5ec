package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec.PrivateKey.Encoding;
import dev.caas.api.OutputFormat;
import dev.caas.pki.CertificateKey;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The forms in which a certificate and its key stand in their Secret beside {@code tls.crt} and {@code tls.key}. An
 * annotation says which of them the operator wrote, and only those are taken away again: whoever else puts something
 * under such a key keeps it for as long as the form is not declared. Pure.
 */
final class OutputForms implements SecretPart {
    private static final String WRITTEN = "caas.dev/output-formats";

    private final Set<OutputFormat> declared;
    private final KeptCertificate kept;
    private final Encoding encoding;

    /** The forms of this certificate that are declared; none of one whose key is not here. */
    OutputForms(Collection<OutputFormat> declared, KeptCertificate kept, Encoding encoding) {
        this.declared = declared.isEmpty() || kept.key() == null
                ? EnumSet.noneOf(OutputFormat.class)
                : EnumSet.copyOf(declared);
        this.kept = kept;
        this.encoding = encoding;
    }

    static OutputForms of(ManagedCertificate certificate, KeptCertificate kept) {
        var spec = certificate.getSpec();
        return new OutputForms(
                spec.additionalOutputFormats(), kept, spec.privateKey().encoding());
    }

    @Override
    public SecretContent putInto(SecretContent present) {
        var before = List.of(present.note(WRITTEN).split(",", -1));
        var content = present;
        for (var format : OutputFormat.values()) {
            if (before.contains(format.name()) && !declared.contains(format)) {
                content = content.without(name(format));
            }
        }
        var key = kept.key();
        if (key != null) {
            for (var format : declared) {
                content = content.withOctets(name(format), octets(format, key));
            }
        }
        return content.withNote(
                WRITTEN, declared.stream().map(OutputFormat::name).collect(Collectors.joining(",")));
    }

    private static String name(OutputFormat format) {
        return switch (format) {
            case CombinedPEM -> "tls-combined.pem";
            case DER -> "key.der";
        };
    }

    private byte[] octets(OutputFormat format, CertificateKey key) {
        return switch (format) {
            // The key first, as cert-manager writes it: HAProxy takes any order, Postfix only this one.
            case CombinedPEM -> (key.toPem(encoding) + kept.chain().toPem()).getBytes(StandardCharsets.US_ASCII);
            case DER -> key.toDer();
        };
    }
}
