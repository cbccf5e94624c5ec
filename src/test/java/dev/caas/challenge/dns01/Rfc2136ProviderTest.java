package dev.caas.challenge.dns01;

import static dev.caas.challenge.dns01.DnsAssertions.address;
import static dev.caas.challenge.dns01.DnsAssertions.assertDnsFailure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Solver.TsigAlgorithm;
import dev.caas.challenge.dns01.DnsException.Kind;
import dev.caas.kit.Bind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real BIND. */
class Rfc2136ProviderTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(6);
    /** The key of another zone's owner. */
    private static final String OTHER_SECRET = "b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldA==";

    @TempDir
    private static Path dir;

    private static Bind bind;

    @BeforeAll
    static void start() {
        bind = Bind.start(dir, "sub.example.test", "other.test");
    }

    @AfterAll
    static void stop() {
        bind.close();
    }

    @Test
    void addingKeepsOtherValuesAndCleanupRemovesOnlyItsOwn() throws Exception {
        String name = "_acme-challenge.shared.example.test";
        DnsProvider one = provider();
        DnsProvider two = provider();

        one.present(Set.of(new TxtRecord(name, "one")));
        two.present(Set.of(new TxtRecord(name, "two")));
        assertThat(bind.txt(name)).containsExactlyInAnyOrder("one", "two");

        one.cleanup(Set.of(new TxtRecord(name, "one")));
        assertThat(bind.txt(name)).containsExactly("two");
    }

    @Test
    void bothCallsMayBeRepeated() throws Exception {
        Set<TxtRecord> records = Set.of(new TxtRecord("_acme-challenge.again.example.test", "value"));
        DnsProvider provider = provider();

        provider.present(records);
        provider.present(records);
        assertThat(bind.txt("_acme-challenge.again.example.test")).containsExactly("value");

        provider.cleanup(records);
        provider.cleanup(records);
        assertThat(bind.txt("_acme-challenge.again.example.test")).isEmpty();
    }

    @Test
    void recordsGoToTheClosestZone() throws Exception {
        DnsProvider provider = provider();

        provider.present(Set.of(
                new TxtRecord("_acme-challenge.a.example.test", "1"),
                new TxtRecord("_acme-challenge.example.test", "2"),
                new TxtRecord("_acme-challenge.sub.example.test", "3"),
                new TxtRecord("_acme-challenge.deep.below.sub.example.test", "4"),
                new TxtRecord("_acme-challenge.Other.test", "5")));

        assertThat(bind.txt("_acme-challenge.a.example.test")).containsExactly("1");
        assertThat(bind.txt("_acme-challenge.example.test")).containsExactly("2");
        assertThat(bind.txt("_acme-challenge.sub.example.test")).containsExactly("3");
        assertThat(bind.txt("_acme-challenge.deep.below.sub.example.test")).containsExactly("4");
        assertThat(bind.txt("_acme-challenge.other.test")).containsExactly("5");
        assertThat(provider.zoneOf("_acme-challenge.deep.below.sub.example.test"))
                .isEqualTo("sub.example.test");
        assertThat(provider.zoneOf("_acme-challenge.a.example.test")).isEqualTo("example.test");
    }

    @Test
    void hundredNamesFitIntoOneUpdate() throws Exception {
        Set<TxtRecord> records = IntStream.range(0, 100)
                .mapToObj(i -> new TxtRecord("_acme-challenge.n" + i + ".many.example.test", "v".repeat(43)))
                .collect(Collectors.toSet());

        provider().present(records);

        assertThat(bind.txt("_acme-challenge.n0.many.example.test")).hasSize(1);
        assertThat(bind.txt("_acme-challenge.n99.many.example.test")).hasSize(1);
    }

    @Test
    void fiftyAtOnceOnOneNameAllStay() throws Exception {
        String name = "_acme-challenge.busy.example.test";
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            TxtRecord record = new TxtRecord(name, "value-" + i);
            calls.add(() -> {
                provider().present(Set.of(record));
                return true;
            });
        }

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> outcome : threads.invokeAll(calls)) {
                assertThat(outcome.get()).isTrue();
            }
        }

        assertThat(bind.txt(name)).hasSize(50);
    }

    @Test
    void wrongSecretIsRefusedAndNotTold() throws Exception {
        DnsProvider provider = provider(bind.tsigKeyName(), OTHER_SECRET);

        assertDnsFailure(
                        () -> provider.present(Set.of(new TxtRecord("_acme-challenge.example.test", "x"))),
                        Kind.REFUSED)
                .message()
                .contains("name server " + bind.primary(), "BADSIG", bind.tsigKeyName(), "tsigSecretRef")
                .doesNotContain(OTHER_SECRET, bind.tsigKey());
    }

    @Test
    void unknownKeyNameIsRefused() throws Exception {
        DnsProvider provider = provider("nobody", bind.tsigKey());

        assertDnsFailure(
                        () -> provider.present(Set.of(new TxtRecord("_acme-challenge.example.test", "x"))),
                        Kind.REFUSED)
                .message()
                .contains("BADKEY (TSIG key nobody. unknown there)", "tsigKeyName");
    }

    @Test
    void secretThatIsNotBase64IsRefusedAndNotTold() {
        for (String secret : List.of("not base64: p@ssw0rd", "", "====")) {
            assertDnsFailure(() -> provider("caas-test", secret), Kind.REFUSED)
                    .hasNoCause()
                    .message()
                    .contains("not base64 text", "tsigSecretRef")
                    .doesNotContain("p@ssw0rd", "40");
        }
    }

    @Test
    void secretMayHaveWhiteSpace() throws Exception {
        String folded =
                bind.tsigKey().substring(0, 10) + "\n  " + bind.tsigKey().substring(10) + "\n";

        provider(bind.tsigKeyName() + ".", folded)
                .present(Set.of(new TxtRecord("_acme-challenge.ws.example.test", "x")));

        assertThat(bind.txt("_acme-challenge.ws.example.test")).containsExactly("x");
    }

    @Test
    void unknownZoneIsRefused() throws Exception {
        assertDnsFailure(
                        () -> provider().present(Set.of(new TxtRecord("_acme-challenge.foreign.invalid", "x"))),
                        Kind.REFUSED)
                .hasMessageContaining("_acme-challenge.foreign.invalid")
                .hasMessageContaining("not authoritative for any zone that holds the name (REFUSED)");
    }

    @Test
    void delegatedNameIsRefusedBecauseNobodyWouldSeeIt() throws Exception {
        bind.add("other.test", "away.other.test. 1 IN NS ns.elsewhere.test.");

        assertDnsFailure(
                        () -> provider().present(Set.of(new TxtRecord("_acme-challenge.x.away.other.test", "x"))),
                        Kind.REFUSED)
                .hasMessageContaining("it refers to the servers of away.other.test");
    }

    @Test
    void aliasIsToldBecauseBindWouldIgnoreTheRecord() throws Exception {
        bind.add("example.test", "_acme-challenge.alias.example.test. 1 IN CNAME elsewhere.other.test.");

        assertDnsFailure(
                        () -> provider().present(Set.of(new TxtRecord("_acme-challenge.alias.example.test", "x"))),
                        Kind.REFUSED)
                .hasMessageContaining("zone example.test: a name is an alias (CNAME)")
                .hasMessageContaining("look at _acme-challenge.alias.example.test");
    }

    @Test
    void wildcardAliasIsNoObstacle() throws Exception {
        bind.add("sub.example.test", "*.w.sub.example.test. 1 IN CNAME elsewhere.example.test.");
        Set<TxtRecord> records = Set.of(new TxtRecord("_acme-challenge.a.w.sub.example.test", "x"));

        provider().present(records);

        assertThat(bind.txt("_acme-challenge.a.w.sub.example.test")).containsExactly("x");
        assertThat(provider().zoneOf("_acme-challenge.b.w.sub.example.test")).isEqualTo("sub.example.test");
    }

    @Test
    void serverThatIsNotThePrimaryIsRefused() throws Exception {
        DnsProvider atSecondary = new Rfc2136Provider(
                address(bind.secondary()), bind.tsigKeyName(), TsigAlgorithm.HMACSHA256, bind.tsigKey(), TIMEOUT);

        assertDnsFailure(
                () -> atSecondary.present(Set.of(new TxtRecord("_acme-challenge.example.test", "x"))), Kind.REFUSED);
    }

    @Test
    void silentServerIsUnreachable() throws Exception {
        DnsProvider provider = new Rfc2136Provider(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1),
                "key",
                TsigAlgorithm.HMACSHA512,
                OTHER_SECRET,
                Duration.ofSeconds(1));

        assertDnsFailure(
                        () -> provider.present(Set.of(new TxtRecord("_acme-challenge.example.test", "x"))),
                        Kind.UNREACHABLE)
                .hasMessageContaining("name server 127.0.0.1:1 did not answer");
    }

    private static DnsProvider provider() throws DnsException {
        return provider(bind.tsigKeyName(), bind.tsigKey());
    }

    private static DnsProvider provider(String keyName, String secret) throws DnsException {
        return new Rfc2136Provider(address(bind.primary()), keyName, TsigAlgorithm.HMACSHA256, secret, TIMEOUT);
    }
}
