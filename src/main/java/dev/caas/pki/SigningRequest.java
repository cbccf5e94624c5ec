package dev.caas.pki;

import com.google.common.net.InetAddresses;
import dev.caas.api.KeyAlgorithm;
import java.io.IOException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.HashSet;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;

/** Makes the certificate signing request (PKCS#10, RFC 2986) that finalizes an order (RFC 8555 section 7.4). */
public final class SigningRequest {
    /** Upper bound ub-common-name, RFC 5280 appendix A.1. */
    private static final int MAX_COMMON_NAME = 64;

    private SigningRequest() {}

    /**
     * A request for exactly these names, signed by the key: with SHA-256 for RSA and P-256, SHA-384 for larger curves.
     *
     * @param names one or more different names in ASCII (A-labels, RFC 5890), wildcards included, or IP addresses; they
     *     make the subjectAltName extension in this order
     * @param commonName the subject's common name, at most 64 characters, or {@code null} for an empty subject
     * @return the request in DER
     * @throws IllegalArgumentException when names are missing, doubled or not ASCII, or the common name is too long
     */
    public static byte[] der(KeyPair pair, List<String> names, @Nullable String commonName) {
        try {
            var extensions = new ExtensionsGenerator();
            extensions.addExtension(Extension.subjectAlternativeName, false, alternativeNames(names));
            return new JcaPKCS10CertificationRequestBuilder(subject(commonName), pair.getPublic())
                    .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                    .build(signer(pair))
                    .getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException("writing DER to memory does not fail", e);
        }
    }

    private static GeneralNames alternativeNames(List<String> names) {
        if (names.isEmpty() || new HashSet<>(names).size() != names.size()) {
            throw new IllegalArgumentException("one or more different names are needed: " + names);
        }
        return new GeneralNames(
                names.stream().map(SigningRequest::alternativeName).toArray(GeneralName[]::new));
    }

    /** An address is an iPAddress, never a dNSName (RFC 8738 section 3). */
    private static GeneralName alternativeName(String name) {
        if (InetAddresses.isInetAddress(name)) {
            return new GeneralName(GeneralName.iPAddress, name);
        }
        if (name.isEmpty() || !name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("not an ASCII name: " + name);
        }
        return new GeneralName(GeneralName.dNSName, name);
    }

    private static X500Name subject(@Nullable String commonName) {
        var subject = new X500NameBuilder(BCStyle.INSTANCE);
        if (commonName != null) {
            if (commonName.isEmpty() || commonName.length() > MAX_COMMON_NAME) {
                throw new IllegalArgumentException("a common name has 1 to 64 characters: " + commonName);
            }
            subject.addRDN(BCStyle.CN, commonName);
        }
        return subject.build();
    }

    private static ContentSigner signer(KeyPair pair) {
        PrivateKey key = pair.getPrivate();
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" ->
                KeyAlgorithms.of(pair.getPublic())
                                .filter(KeyAlgorithm.ECDSA_P256::equals)
                                .isPresent()
                        ? "SHA256withECDSA"
                        : "SHA384withECDSA";
            default -> "Ed25519";
        };
        try {
            return new JcaContentSignerBuilder(algorithm).build(key);
        } catch (OperatorCreationException e) {
            throw new IllegalArgumentException("keys of kind " + key.getAlgorithm() + " cannot sign a request", e);
        }
    }
}
