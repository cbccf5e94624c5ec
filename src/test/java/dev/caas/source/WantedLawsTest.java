package dev.caas.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificateSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of keeping in step, whatever is written. */
class WantedLawsTest {
    private static final List<Annotation> VALUES = List.of(
            new Annotation("caas.dev/account", "acme"),
            new Annotation("caas.dev/account", "pki/acme"),
            new Annotation("caas.dev/account", "a/b/c"),
            new Annotation("caas.dev/common-name", "a.example.com"),
            new Annotation("caas.dev/common-name", "z.example.com"),
            new Annotation("caas.dev/duration", "720h"),
            new Annotation("caas.dev/duration", "90d"),
            new Annotation("caas.dev/renew-before-percentage", "1"),
            new Annotation("caas.dev/renew-before-percentage", "99"),
            new Annotation("caas.dev/private-key-algorithm", "RSA"),
            new Annotation("caas.dev/private-key-algorithm", "Ed25519"),
            new Annotation("caas.dev/private-key-size", "256"),
            new Annotation("caas.dev/private-key-size", "2048"),
            new Annotation("caas.dev/profile", "short"),
            new Annotation("caas.dev/adopt-existing-secret", "true"),
            new Annotation("cert-manager.io/issuer", "acme"),
            new Annotation("cert-manager.io/usages", "any"));

    /** Whatever was applied before, applying what is wanted once is enough. */
    @Property(tries = 300)
    void applyingTwiceChangesNothing(@ForAll("declared") Declaration before, @ForAll("declared") Declaration now) {
        for (var wanted : wanted(now)) {
            var present = wanted(before).stream().findFirst().map(Wanted::spec).orElseGet(wanted::spec);

            var once = wanted.on(present);

            assertThat(wanted.on(once)).isEqualTo(once);
            assertThat(wanted.on(wanted.spec())).isEqualTo(wanted.spec());
        }
    }

    /** What was wanted before leaves no trace. */
    @Property(tries = 300)
    void whatIsAppliedDoesNotDependOnWhatWas(
            @ForAll("declared") Declaration before, @ForAll("declared") Declaration now) {
        for (var wanted : wanted(now)) {
            for (var old : wanted(before)) {
                assertThat(comparable(wanted.on(old.spec()))).isEqualTo(comparable(wanted.spec()));
            }
        }
    }

    @Property(tries = 300)
    void noHostIsLostOrInvented(@ForAll("entries") List<TlsEntry> entries) {
        var declaration = Declaration.of(
                new ObjectMetaBuilder()
                        .withAnnotations(Map.of("caas.dev/managed", "true"))
                        .build(),
                entries,
                false);

        assertThat(wanted(declaration).stream()
                        .flatMap(w -> w.dnsNames().stream().map(n -> w.secretName() + " " + n))
                        .toList())
                .containsExactlyInAnyOrderElementsOf(entries.stream()
                        .flatMap(e -> e.hosts().stream().map(h -> e.secretName() + " " + h))
                        .collect(Collectors.toSet()));
    }

    @Property(tries = 300)
    void theSameObjectAsksForTheSame(
            @ForAll("annotations") Map<String, String> annotations, @ForAll("entries") List<TlsEntry> entries) {
        var one = Declaration.of(
                new ObjectMetaBuilder().withAnnotations(annotations).build(), entries, true);
        var other = Declaration.of(
                new ObjectMetaBuilder()
                        .withAnnotations(new HashMap<>(annotations))
                        .build(),
                new ArrayList<>(entries),
                true);

        assertThat(other).isEqualTo(one);
    }

    /** All that can be different without anybody having asked for it is the order of names. */
    private static Object comparable(ManagedCertificateSpec spec) {
        return List.of(
                Set.copyOf(spec.dnsNames()),
                spec.secretName(),
                String.valueOf(spec.accountRef()),
                String.valueOf(spec.commonName()),
                String.valueOf(spec.duration()),
                String.valueOf(spec.renewBeforePercentage()),
                spec.privateKey(),
                String.valueOf(spec.profile()),
                spec.adoptExistingSecret());
    }

    private static List<Wanted> wanted(Declaration declaration) {
        return declaration instanceof Declaration.Certificates c ? c.wanted() : List.of();
    }

    @Provide
    Arbitrary<Declaration> declared() {
        return Combinators.combine(annotations(), entries())
                .as((annotations, entries) -> {
                    var managed = new HashMap<>(annotations);
                    managed.put("caas.dev/managed", "true");
                    return Declaration.of(
                            new ObjectMetaBuilder().withAnnotations(managed).build(), entries, true);
                })
                .filter(d -> d instanceof Declaration.Certificates);
    }

    @Provide
    Arbitrary<Map<String, String>> annotations() {
        return Arbitraries.of(VALUES)
                .list()
                .ofMaxSize(4)
                .map(some -> some.stream()
                        .collect(Collectors.toMap(Annotation::key, Annotation::value, (one, other) -> other)));
    }

    @Provide
    Arbitrary<List<TlsEntry>> entries() {
        var hosts = Arbitraries.of("a.example.com", "b.example.com", "*.example.com")
                .list()
                .ofMaxSize(3);
        return Combinators.combine(Arbitraries.of("one", "two"), hosts)
                .as((secret, names) -> new TlsEntry("somewhere", secret, names))
                .list()
                .ofMaxSize(4);
    }
}
