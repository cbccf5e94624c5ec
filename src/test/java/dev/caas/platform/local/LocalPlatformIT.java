package dev.caas.platform.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.Stage;
import dev.caas.kube.Ownership;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a Local platform keeps in a cluster, and that nothing of it is lost. */
@ExtendWith(CaasExtension.class)
class LocalPlatformIT {
    private LocalPlatformHarness harness;

    @BeforeEach
    void open(Stage stage) {
        harness = new LocalPlatformHarness(stage);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void whatWasPaidIsInOneSecretThatNobodyOwns() throws PlatformFailure {
        harness.api().buy(domain("a.example"), Instant.MAX);
        harness.api().buy(domain("b.example"), Instant.MAX);

        assertThat(harness.kept()).singleElement().satisfies(secret -> {
            assertThat(secret.getMetadata().getName()).matches("caas-local-[0-9a-f]{32}");
            assertThat(secret.getMetadata().getOwnerReferences()).isEmpty();
            assertThat(secret.getMetadata().getLabels())
                    .containsEntry(Ownership.ROLE, "local")
                    .containsEntry(Ownership.KIND, "CaaSPlatform");
            assertThat(LocalPlatformHarness.entry(secret).domains()).containsOnlyKeys("a.example", "b.example");
        });
    }

    @Test
    void aQuestionWritesNothing() throws PlatformFailure {
        harness.api().quote(domain("a.example"));
        harness.api().domains("kid/1");

        assertThat(harness.kept()).isEmpty();
    }

    @Test
    void anOperatorThatStartsAnewFindsWhatWasPaid() throws PlatformFailure {
        harness.api().buy(domain("a.example"), Instant.MAX);

        var anew = harness.api(LocalPlatformHarness.NAME, harness.newBooks());

        assertThat(anew.domains("kid/1")).extracting(PartnerViews.Domain::name).containsExactly("a.example");
    }

    @Test
    void domainsBoughtAtTheSameTimeAreAllKept() throws Exception {
        var failures = buyAtOnce(List.of(harness.api()));

        assertThat(failures).isEmpty();
        assertThat(harness.api().domains("kid/1")).hasSize(20);
    }

    /** Two that do not know of each other: whoever comes second is told that nothing was done. */
    @Test
    void nobodyWritesOverWhatAnotherWrote() throws Exception {
        var failures = buyAtOnce(List.of(harness.api(), harness.api(LocalPlatformHarness.NAME, harness.newBooks())));

        assertThat(failures).allSatisfy(failure -> assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE));
        assertThat(harness.api().domains("kid/1")).hasSize(20 - failures.size());
    }

    @Test
    void whatAnotherPlatformKeepsIsNotTouched() throws PlatformFailure {
        harness.api().buy(domain("a.example"), Instant.MAX);
        var other = harness.api("another", harness.newBooks());

        var failure = failure(() -> other.buy(domain("b.example"), Instant.MAX));

        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure).hasMessageContaining("caas-local-").hasMessageContaining("another");
        assertThat(harness.api().domains("kid/1")).hasSize(1);
    }

    @Test
    void whatCannotBeReadIsNotWrittenOver() throws PlatformFailure {
        harness.api().buy(domain("a.example"), Instant.MAX);
        var spoiled = spoil(harness.kept().getFirst());

        var failure = failure(() -> harness.api().buy(domain("b.example"), Instant.MAX));

        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure)
                .hasMessageContaining(spoiled.getMetadata().getName())
                .hasMessageContaining("ledger.json");
        assertThat(harness.kept()).singleElement().extracting(Secret::getData).isEqualTo(spoiled.getData());
    }

    private Secret spoil(Secret secret) {
        return harness.stage()
                .client()
                .resource(new SecretBuilder(secret)
                        .addToData(LocalBooks.ENTRY, "bm90IGpzb24=")
                        .build())
                .update();
    }

    /** Twenty domains at once, in turn by these. */
    private static List<PlatformFailure> buyAtOnce(List<? extends PartnerApi> buyers)
            throws InterruptedException, ExecutionException {
        List<PlatformFailure> failures = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<PlatformFailure>>> purchases = IntStream.range(0, 20)
                    .mapToObj(i -> threads.submit(() -> Optional.ofNullable(failure(
                            () -> buyers.get(i % buyers.size()).buy(domain("host" + i + ".example"), Instant.MAX)))))
                    .toList();
            for (var purchase : purchases) {
                purchase.get().ifPresent(failures::add);
            }
        }
        return failures;
    }

    private static Purchase.Domain domain(String name) {
        return new Purchase.Domain("kid/1", name, false, Optional.empty(), 1);
    }

    private static PlatformFailure failure(ThrowingCallable call) {
        return catchThrowableOfType(PlatformFailure.class, call);
    }
}
