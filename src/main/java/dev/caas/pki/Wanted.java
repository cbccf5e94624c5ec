package dev.caas.pki;

import dev.caas.api.KeyAlgorithm;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a certificate must be to satisfy its declaration, and the judgement of one against it (design.md section 3.11:
 * what counts is whether the Secret satisfies the spec, not how it came to be).
 *
 * @param names the names in ASCII and the IP addresses (RFC 5952), kept in lower case and sorted; one or more
 * @param commonName the subject's common name, or {@code null} when any will do
 * @param keyAlgorithm algorithm and size of the key
 * @param keyFingerprint of a key that its holder keeps ({@link GivenRequest#keyFingerprint()}), or {@code null} when the
 *     key is to be kept with the certificate
 */
public record Wanted(
        Set<String> names,
        @Nullable String commonName,
        KeyAlgorithm keyAlgorithm,
        @Nullable String keyFingerprint) {
    /** A certificate that is kept with its key. */
    public Wanted(Set<String> names, @Nullable String commonName, KeyAlgorithm keyAlgorithm) {
        this(names, commonName, keyAlgorithm, null);
    }

    public Wanted {
        SortedSet<String> lowerCase = new TreeSet<>();
        names.forEach(name -> lowerCase.add(name.toLowerCase(Locale.ROOT)));
        if (lowerCase.isEmpty()) {
            throw new IllegalArgumentException("a certificate is for at least one name");
        }
        names = Collections.unmodifiableSortedSet(lowerCase);
    }

    /**
     * Everything in which a chain and its key fall short of this, as sentences for people; empty when they satisfy it.
     * A chain that has no common name satisfies every common name: CAs may leave it out, and asking again would not
     * change that. Cheap enough for ten thousand at a start: no signature is verified where key identifiers tell.
     *
     * @param key the key that is kept with the certificate, or {@code null} when there is none
     */
    public List<String> shortcomings(CertificateChain chain, @Nullable CertificateKey key, Instant now) {
        List<String> found = new ArrayList<>();
        judgeNames(chain, found);
        judgeCommonName(chain, found);
        judgeKey(chain, key, found);
        judgeValidity(chain, now, found);
        if (!chain.inOrder()) {
            found.add("The chain is out of order: each certificate must be followed by its issuer's.");
        }
        return List.copyOf(found);
    }

    private void judgeNames(CertificateChain chain, List<String> found) {
        Set<String> present = chain.names();
        if (!present.equals(names)) {
            difference(names, present).ifPresent(missing -> found.add("The certificate is not for " + missing + "."));
            difference(present, names)
                    .ifPresent(more -> found.add("The certificate is also for " + more + ", not wanted any more."));
        }
    }

    private void judgeCommonName(CertificateChain chain, List<String> found) {
        if (commonName != null) {
            chain.commonName()
                    .filter(present -> !present.equalsIgnoreCase(commonName))
                    .ifPresent(present -> found.add(
                            "The certificate's common name is " + present + " instead of " + commonName + "."));
        }
    }

    private void judgeKey(CertificateChain chain, @Nullable CertificateKey key, List<String> found) {
        if (keyFingerprint != null) {
            if (!chain.keyFingerprint().equals(keyFingerprint)) {
                found.add("The certificate is for another key than the request's.");
            }
            if (key != null) {
                found.add("There is a private key, which is to stay with whoever made the request.");
            }
        } else if (key == null) {
            found.add("There is no private key.");
        } else if (!chain.matches(key.pair().getPublic())) {
            found.add("The private key does not belong to the certificate.");
        }
        Optional<KeyAlgorithm> present = chain.keyAlgorithm();
        if (!present.equals(Optional.of(keyAlgorithm))) {
            found.add("The certificate's key is "
                    + present.map(KeyAlgorithm::label).orElse("of another kind") + " instead of " + keyAlgorithm.label()
                    + ".");
        }
    }

    private static void judgeValidity(CertificateChain chain, Instant now, List<String> found) {
        if (now.isAfter(chain.notAfter())) {
            found.add("The certificate expired at " + chain.notAfter() + ".");
        } else if (now.isBefore(chain.notBefore())) {
            found.add("The certificate is not valid before " + chain.notBefore() + ".");
        }
    }

    private static Optional<String> difference(Set<String> of, Set<String> without) {
        List<String> names = of.stream().filter(name -> !without.contains(name)).toList();
        return names.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", names));
    }
}
