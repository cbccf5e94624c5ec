package dev.caas.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.connector.Connection;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;

/** Every request has a nonce before acme4j would fetch one on a connection that may be in use. */
class PooledNonceSessionTest {
    @Test
    void anEmptyStackIsFilledOnAConnectionOfItsOwn() {
        var fetches = new AtomicInteger();
        var session = session(() -> "fresh-" + fetches.incrementAndGet());

        assertThat(session.lockNonce().getNonce()).isEqualTo("fresh-1");
        assertThat(session.lockNonce().getNonce()).isEqualTo("fresh-2");
    }

    @Test
    void theNonceOfAReplyIsTheNextOneTaken() {
        var session = session(() -> {
            throw new AcmeException("not asked");
        });
        session.lockNonce().setNonce("a");
        session.lockNonce().setNonce("b");

        assertThat(session.lockNonce().getNonce()).isEqualTo("b");
        assertThat(session.lockNonce().getNonce()).isEqualTo("a");
    }

    @Test
    void aRepeatedRequestWhoseNonceAnotherTookGetsAFreshOne() {
        var session = session(() -> "fresh");
        try (var first = session.lockNonce()) {
            first.getNonce();
            first.setNonce("of the badNonce reply");
        }
        assertThat(session.lockNonce().getNonce()).as("another request").isEqualTo("of the badNonce reply");

        assertThat(session.lockNonce().getNonce()).isEqualTo("fresh");
    }

    @Test
    void aServerThatGivesNoneIsAFailureOfTheStep() {
        var session = session(() -> {
            throw new AcmeException("no newNonce");
        });

        assertThatThrownBy(() -> Failures.sorted(
                        Step.NEW_ORDER, () -> session.lockNonce().getNonce()))
                .isInstanceOf(AcmeFailure.class)
                .hasMessageContaining("no newNonce");
    }

    private interface Nonces {
        String next() throws AcmeException;
    }

    /** A session whose connections do nothing but fetch these nonces. */
    private static PooledNonceSession session(Nonces nonces) {
        var provider = new GenericAcmeProvider() {
            @Override
            public Connection connect(URI server, NetworkSettings settings, java.net.http.HttpClient client) {
                return (Connection) Proxy.newProxyInstance(
                        PooledNonceSessionTest.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("resetNonce")) {
                                ((Session) arguments[0]).lockNonce().setNonce(nonces.next());
                            }
                            return null;
                        });
            }
        };
        return new PooledNonceSession(URI.create("https://ca.example/directory"), provider);
    }
}
