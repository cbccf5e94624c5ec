package dev.caas.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.Accounts;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.DomainSubscriptionStatus;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Specs;
import dev.caas.kit.SteppedClock;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.SecretStore;
import dev.caas.kube.WatchedNamespaces;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.Bindings;
import dev.caas.platform.Ledger;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.Platforms.Door;
import dev.caas.platform.Purchase;
import dev.caas.platform.Purchases;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A deletion waits for its domain to be removed, and ends. */
@ExtendWith(CaasExtension.class)
class RemovalIT {
    private static final Instant DELETED = Instant.parse("2026-11-22T12:00:00Z");
    private static final String SHOP = "shop.example.com";
    private static final Duration SETTLING = Duration.ofSeconds(60);

    /** Fails in a way that nobody has thought of. */
    private static final PartnerApi BROKEN = (PartnerApi)
            Proxy.newProxyInstance(RemovalIT.class.getClassLoader(), new Class<?>[] {PartnerApi.class}, (_, _, _) -> {
                throw new IllegalStateException("broken");
            });

    private final SteppedClock clock = new SteppedClock(DELETED);
    private final CaaSAccount account = new CaaSAccount();
    private final DomainSubscription subscription = new DomainSubscription();
    private AuditLog audit;
    private SecretStore secrets;
    private Ledger ledger;
    private Purchases purchases;
    private Removal removal;

    @TempDir
    private Path dir;

    /** Neither object is at the API server: no operator is at them, too. */
    @BeforeEach
    void given(TestNamespace namespace) {
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName("acme")
                .build());
        account.setSpec(Specs.account("{server: 'https://ca.example/dir', externalAccountBinding: {keyId: kid}}"));
        subscription.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName("shop")
                .withUid("uid-shop")
                .withDeletionTimestamp(DELETED.toString())
                .build());
        subscription.setSpec(Specs.read(
                DomainSubscriptionSpec.class,
                "{accountRef: {name: acme}, domain: shop.example.com, deletionPolicy: Remove}"));
        subscription.setStatus(
                new DomainSubscriptionStatus(1L, List.of(), null, DELETED, null, null, null, null, null));
        audit = new AuditLog("test", dir.resolve("audit.log"), clock);
        secrets =
                new SecretStore(namespace.client(), new WatchedNamespaces(Set.of(namespace.name())), Clock.systemUTC());
        ledger = new Ledger(secrets, new Bindings(secrets, namespace.name()), clock);
        purchases = new Purchases(ledger, audit, SETTLING, clock);
        removal = new Removal(
                new Accounts(secrets, new OutboundPolicy(List.of(), List.of()), "test", clock, new Random(1)),
                ledger,
                purchases,
                new Finalizers(namespace.client()),
                new EventRecorder(namespace.client(), "test", Clock.systemUTC()),
                audit,
                clock);
    }

    @AfterEach
    void end() throws IOException {
        secrets.close();
        audit.close();
    }

    @Test
    void noFailureKeepsAnObjectForEver() throws Exception {
        assertThat(depart()).as("it is tried again").isPresent();
        clock.pass(Duration.ofMinutes(10).minusSeconds(1));
        assertThat(depart()).isPresent();
        assertThat(kept()).isEmpty();
        clock.pass(Duration.ofSeconds(1));

        assertThat(depart()).isEmpty();

        assertThat(kept()).singleElement().asString().contains("broken");
    }

    @Test
    void whatWasNeverAddedNeedsNoPlatform() throws Exception {
        subscription.setStatus(null);

        assertThat(depart()).isEmpty();

        assertThat(kept()).isEmpty();
    }

    @Test
    void anAssociatedNameThatWasNotBoughtWithTheDomainStays() throws Exception {
        withAssociated();
        ledger.add(account, SHOP);
        ledger.add(account, "www." + SHOP);

        assertThat(depart(List.of(SHOP, "www." + SHOP), new Door.BuiltIn())).isEmpty();

        assertThat(ledger.entry(account).domains()).containsOnlyKeys("www." + SHOP);
        assertThat(audited(AuditRecord.Type.DOMAIN_REMOVED))
                .singleElement()
                .asString()
                .contains("\"" + SHOP);
        assertThat(kept()).singleElement().asString().contains("\"www." + SHOP, "not bought");
    }

    @Test
    void aDomainThatWasNeverBoughtTakesNoAssociatedNameAway() throws Exception {
        withAssociated();
        subscription.setStatus(null);
        ledger.add(account, "www." + SHOP);

        assertThat(depart(List.of(SHOP, "www." + SHOP), new Door.BuiltIn())).isEmpty();

        assertThat(ledger.entry(account).domains()).containsOnlyKeys("www." + SHOP);
    }

    @Test
    void whatIsRemovedIsOnRecordOnceAndOnlyWhatIsLeftIsKept() throws Exception {
        withAssociated();
        var names = new TreeSet<String>();
        var door = new Door.Open(new CaaSPlatform(), keepingAssociated(names));
        var both = new Purchase.Domain("kid", SHOP, true, Optional.empty(), 1);
        purchases.buy(account, door.api(), both, () -> Optional.of(new Purchases.Approval(false, null)));
        assertThat(names).containsExactly(SHOP, "www." + SHOP);

        assertThat(depart(List.of(SHOP, "www." + SHOP), door)).isPresent();
        assertThat(removedFor("shop")).singleElement().asString().contains("\"" + SHOP);
        clock.pass(Duration.ofMinutes(10));
        assertThat(depart(List.of(SHOP, "www." + SHOP), door)).isEmpty();

        assertThat(names).containsExactly("www." + SHOP);
        assertThat(removedFor("shop")).hasSize(1);
        assertThat(kept()).singleElement().asString().contains("\"www." + SHOP, "not that one");
    }

    /** Sells everything, and removes what is no associated name. */
    private static PartnerApi keepingAssociated(Set<String> names) {
        return (PartnerApi) Proxy.newProxyInstance(
                RemovalIT.class.getClassLoader(),
                new Class<?>[] {PartnerApi.class},
                (_, method, arguments) -> switch (method.getName()) {
                    case "capabilities" -> Set.of();
                    case "refundsWithin" -> Optional.empty();
                    case "domains" ->
                        names.stream()
                                .map(name -> new PartnerViews.Domain(name, Optional.empty()))
                                .toList();
                    case "buy" -> {
                        names.add(SHOP);
                        names.add("www." + SHOP);
                        yield new PartnerViews.Receipt(Optional.empty(), Optional.empty());
                    }
                    case "remove" -> {
                        if (!SHOP.equals(arguments[1])) {
                            throw new PlatformFailure(PlatformFailure.Kind.REFUSED, "not that one");
                        }
                        names.remove(SHOP);
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private List<String> removedFor(String subscription) throws Exception {
        return audited(AuditRecord.Type.DOMAIN_REMOVED).stream()
                .filter(line -> line.contains("DomainSubscription/") && line.contains("/" + subscription))
                .toList();
    }

    private void withAssociated() {
        subscription.setSpec(
                Specs.read(
                        DomainSubscriptionSpec.class,
                        "{accountRef: {name: acme}, domain: Shop.example.com, includeAssociated: true, deletionPolicy: Remove}"));
    }

    private Optional<Duration> depart() throws Exception {
        return depart(List.of(SHOP), new Door.Open(new CaaSPlatform(), BROKEN));
    }

    private Optional<Duration> depart(List<String> domains, Door door) throws Exception {
        return removal.depart(subscription, domains, Optional.of(account), door);
    }

    private List<String> kept() throws Exception {
        return audited(AuditRecord.Type.DOMAIN_KEPT);
    }

    private List<String> audited(AuditRecord.Type type) throws Exception {
        try (var lines = Files.lines(dir.resolve("audit.log"))) {
            return lines.filter(line -> line.contains(type.label())).toList();
        }
    }
}
