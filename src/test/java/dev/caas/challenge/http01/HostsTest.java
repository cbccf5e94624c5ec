package dev.caas.challenge.http01;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kube.ObjectName;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** One account and one namespace at a time a host. */
class HostsTest {
    private static final Hosts.Holder US = new Hosts.Holder(new ObjectName("team", "acme"), "team");
    private static final Hosts.Holder OTHER_ACCOUNT = new Hosts.Holder(new ObjectName("team", "second"), "team");
    private static final Hosts.Holder OTHER_NAMESPACE = new Hosts.Holder(new ObjectName("team", "acme"), "elsewhere");

    private final Hosts hosts = new Hosts();

    @Test
    void aHostIsOneHoldersUntilAllItsCertificatesAreDone() {
        var first = hosts.claim(Set.of("a.example.com"), US).orElseThrow();
        var second = hosts.claim(Set.of("a.example.com"), US).orElseThrow();

        assertThat(hosts.claim(Set.of("a.example.com"), OTHER_ACCOUNT)).isEmpty();
        first.close();
        assertThat(hosts.claim(Set.of("a.example.com"), OTHER_NAMESPACE)).isEmpty();
        second.close();
        assertThat(hosts.claim(Set.of("a.example.com"), OTHER_NAMESPACE)).isPresent();
    }

    @Test
    void allHostsAreHeldOrNone() {
        var held = hosts.claim(Set.of("a.example.com"), US).orElseThrow();

        assertThat(hosts.claim(Set.of("a.example.com", "b.example.com"), OTHER_ACCOUNT))
                .isEmpty();
        assertThat(hosts.claim(Set.of("b.example.com"), US))
                .as("what was refused is not held")
                .isPresent();
        held.close();
    }

    @Test
    void certificatesWithoutHostsNeedNoTurn() {
        var held = hosts.claim(Set.of("a.example.com"), US).orElseThrow();

        assertThat(hosts.claim(Set.of(), OTHER_ACCOUNT)).isPresent();
        held.close();
    }
}
