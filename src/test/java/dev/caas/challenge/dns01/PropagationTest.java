package dev.caas.challenge.dns01;

import static dev.caas.challenge.dns01.DnsAssertions.address;
import static dev.caas.challenge.dns01.DnsAssertions.assertDnsFailure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.Solver.TsigAlgorithm;
import dev.caas.challenge.dns01.DnsException.Kind;
import dev.caas.kit.Bind;
import dev.caas.outbound.OutboundPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real BIND with a secondary that lags behind. */
class PropagationTest {
    private static final Duration ENOUGH = Duration.ofSeconds(20);
    private static final Duration NOT_LONG = Duration.ofMillis(300);
    private static final OutboundPolicy LOOPBACK = new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8"));

    @TempDir
    private static Path dir;

    private static Bind bind;

    @BeforeAll
    static void start() {
        bind = Bind.start(dir);
    }

    @AfterAll
    static void stop() {
        bind.close();
    }

    @Test
    void waitsForTheServerThatLagsBehind() throws Exception {
        Set<TxtRecord> records = Set.of(
                new TxtRecord("_acme-challenge.lag.example.test", "one"),
                new TxtRecord("_acme-challenge.lag.example.test", "two"),
                new TxtRecord("_acme-challenge.lag2.example.test", "three"));
        provider().present(records);

        both().await(records, ENOUGH);

        assertThat(bind.txtAtSecondary("_acme-challenge.lag.example.test")).containsExactly("one", "two");
        assertThat(bind.txtAtSecondary("_acme-challenge.lag2.example.test")).containsExactly("three");
    }

    @Test
    void serverThatHasEverythingIsNotAskedAgain() throws Exception {
        String name = "_acme-challenge.frugal.example.test";
        Set<TxtRecord> records = Set.of(new TxtRecord(name, "x"));
        provider().present(records);

        both().await(records, ENOUGH);

        assertThat(bind.primaryLog().txtQueries(name)).isEqualTo(1);
    }

    @Test
    void oneValueOfTwoIsNotEnough() throws Exception {
        String name = "_acme-challenge.half.example.test";
        provider().present(Set.of(new TxtRecord(name, "one")));
        Set<TxtRecord> both = Set.of(new TxtRecord(name, "one"), new TxtRecord(name, "two"));

        assertNotPropagated(Propagation.at(List.of(primary())), both)
                .hasMessageContaining("name server " + bind.primary() + " lacks " + name)
                .hasMessageContaining("propagation.timeout");
    }

    @Test
    void onlyTheServersThatLackSomethingAreNamed() throws Exception {
        Set<TxtRecord> records = Set.of(new TxtRecord("_acme-challenge.named.example.test", "x"));
        provider().present(records);
        InetSocketAddress silent = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1);

        assertNotPropagated(Propagation.at(List.of(primary(), silent)), records)
                .hasMessageContaining("name server 127.0.0.1:1 does not answer for _acme-challenge.named.example.test")
                .hasMessageNotContaining(bind.primary());
    }

    @Test
    void authoritativeServersAreFoundFromTheZone() throws Exception {
        Set<TxtRecord> records = Set.of(new TxtRecord("_acme-challenge.ns.example.test", "x"));
        DnsProvider provider = provider();
        Propagation propagation = Propagation.authoritative(provider, nameServers(LOOPBACK));

        assertNotPropagated(propagation, records)
                .hasMessageContaining("name server ns.example.test (" + bind.primary() + ") lacks");

        provider.present(records);
        propagation.await(records, ENOUGH);
    }

    @Test
    void nameServerAtADeniedAddressIsNotAsked() throws Exception {
        String name = "_acme-challenge.denied.example.test";
        OutboundPolicy strict = new OutboundPolicy(List.of("*"), List.of());
        Propagation propagation = Propagation.authoritative(provider(), nameServers(strict));

        assertDnsFailure(() -> propagation.await(Set.of(new TxtRecord(name, "x")), NOT_LONG), Kind.ADDRESS_NOT_ALLOWED)
                .hasMessageContaining("host ns.example.test resolves to 127.0.0.1, a loopback address")
                .hasMessageContaining("caas.outbound.private-ranges");
        assertThat(bind.primaryLog().txtQueries(name)).isZero();
    }

    @Test
    void zoneThatTheResolverDoesNotKnowIsTold() throws Exception {
        DnsProvider elsewhere = new DnsProvider() {
            @Override
            public void present(Set<TxtRecord> records) {}

            @Override
            public void cleanup(Set<TxtRecord> records) {}

            @Override
            public String zoneOf(String name) {
                return "missing.example.test";
            }
        };
        Propagation propagation = Propagation.authoritative(elsewhere, nameServers(LOOPBACK));

        assertDnsFailure(
                        () -> propagation.await(Set.of(new TxtRecord("_acme-challenge.x.test", "x")), NOT_LONG),
                        Kind.OTHER)
                .hasMessageContaining("no name server with an address for zone missing.example.test");
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertNotPropagated(
            Propagation propagation, Set<TxtRecord> records) {
        return assertDnsFailure(() -> propagation.await(records, NOT_LONG), Kind.NOT_PROPAGATED);
    }

    private static Propagation both() {
        return Propagation.at(List.of(primary(), address(bind.secondary())));
    }

    private static AuthoritativeServers nameServers(OutboundPolicy policy) {
        return new AuthoritativeServers(primary(), policy, primary().getPort());
    }

    private static InetSocketAddress primary() {
        return address(bind.primary());
    }

    private static DnsProvider provider() throws DnsException {
        return new Rfc2136Provider(
                primary(), bind.tsigKeyName(), TsigAlgorithm.HMACSHA256, bind.tsigKey(), Duration.ofSeconds(6));
    }
}
