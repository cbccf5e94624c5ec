package dev.caas.platform.local;

import dev.caas.api.CaaSPlatformSpec.Pricing;
import dev.caas.api.Money;
import dev.caas.api.ValidationType;
import dev.caas.kit.Stage;
import dev.caas.kit.SteppedClock;
import dev.caas.kube.SecretStore;
import dev.caas.kube.WatchedNamespaces;
import dev.caas.platform.Held;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.LedgerUnreadableException;
import dev.caas.platform.PartnerApiConformance;
import io.fabric8.kubernetes.api.model.Secret;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A Local platform that keeps its books in a namespace of a real API server. */
final class LocalPlatformHarness implements PartnerApiConformance.Harness {
    static final String NAME = "in-house";
    static final Pricing PRICING = new Pricing("USD", "200", "365");

    private final SteppedClock clock = new SteppedClock(Instant.parse("2027-02-10T12:00:00Z"));
    private final AtomicInteger bindings = new AtomicInteger();
    private final Stage stage;
    private final String namespace;
    private final SecretStore secrets;
    private final LocalBooks books;

    LocalPlatformHarness(Stage stage) {
        this.stage = stage;
        this.namespace = stage.namespace("local");
        this.secrets = new SecretStore(stage.client(), new WatchedNamespaces(Set.of(namespace)), clock);
        this.books = newBooks();
    }

    /** Those of another operator, which does not know of ours. */
    LocalBooks newBooks() {
        return new LocalBooks(secrets, namespace);
    }

    @Override
    public LocalPlatform api() {
        return api(NAME, books);
    }

    LocalPlatform api(String name, LocalBooks of) {
        return new LocalPlatform(name, PRICING, of, clock);
    }

    @Override
    public String binding(ValidationType type) {
        return "kid/" + bindings.incrementAndGet();
    }

    /** What was paid for domains, as it is kept. */
    @Override
    public BigDecimal spent() {
        return kept().stream()
                .flatMap(secret -> entry(secret).domains().values().stream())
                .map(Held::cost)
                .filter(Objects::nonNull)
                .map(Money::value)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** All Secrets of the namespace. */
    List<Secret> kept() {
        return stage.client().secrets().inNamespace(namespace).list().getItems();
    }

    static LedgerEntry entry(Secret secret) {
        try {
            return LedgerEntry.fromJson(new String(
                    Base64.getDecoder().decode(secret.getData().get(LocalBooks.ENTRY)), StandardCharsets.UTF_8));
        } catch (LedgerUnreadableException e) {
            throw new AssertionError(e);
        }
    }

    Stage stage() {
        return stage;
    }

    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public void pass(Duration time) {
        clock.pass(time);
    }

    @Override
    public void close() {
        secrets.close();
        stage.client().namespaces().withName(namespace).delete();
    }
}
