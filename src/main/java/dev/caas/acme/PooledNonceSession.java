package dev.caas.acme;

import java.net.URI;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.connector.NonceHolder;
import org.shredzone.acme4j.provider.AcmeProvider;

/**
 * A session whose requests run side by side. acme4j keeps one nonce behind a lock, which makes all requests of a session
 * take turns; here every request takes a nonce of its own from a stack. Last in, first out: after a long pause one
 * badNonce is enough to be back at fresh ones.
 */
final class PooledNonceSession extends Session {
    private static final int MOST = 256;

    private final ConcurrentLinkedDeque<String> nonces = new ConcurrentLinkedDeque<>();

    PooledNonceSession(URI server, AcmeProvider provider) {
        super(server, provider);
    }

    @Override
    public NonceHolder lockNonce() {
        return new Holder();
    }

    /** Lives as long as one request; acme4j sets the nonce of the reply, or null, when the taken one is spent. */
    private final class Holder implements NonceHolder {
        private @Nullable String taken;

        @Override
        public @Nullable String getNonce() {
            if (taken == null) {
                taken = nonces.pollFirst();
            }
            return taken;
        }

        @Override
        public void setNonce(@Nullable String nonce) {
            taken = null;
            if (nonce != null && nonces.size() < MOST) {
                nonces.addFirst(nonce);
            }
        }

        @Override
        public void close() {
            // A nonce that was taken and not answered may be spent at the server: it is dropped.
            taken = null;
        }
    }
}
