package dev.caas.acme;

import java.net.URI;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.connector.NonceHolder;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.provider.AcmeProvider;

/**
 * A session whose requests run side by side. acme4j keeps one nonce behind a lock, which makes all requests of a session
 * take turns; here every request takes a nonce of its own from a stack. Last in, first out: after a long pause one
 * badNonce is enough to be back at fresh ones.
 */
final class PooledNonceSession extends Session {
    private static final int MOST = 256;
    private static final int MOST_FETCHES = 10;

    private final ConcurrentLinkedDeque<String> nonces = new ConcurrentLinkedDeque<>();

    PooledNonceSession(URI server, AcmeProvider provider) {
        super(server, provider);
    }

    @Override
    public NonceHolder lockNonce() {
        return new Holder();
    }

    /** Puts a fresh nonce on the stack, on a connection of its own. */
    private void fetchNonce() {
        try (var connection = connect()) {
            connection.resetNonce(this);
        } catch (AcmeException e) {
            throw new NoNonceException(e);
        }
    }

    /** Carries what went wrong through acme4j's interface, which declares nothing. */
    static final class NoNonceException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final AcmeException failure;

        private NoNonceException(AcmeException failure) {
            super(failure);
            this.failure = failure;
        }

        AcmeException failure() {
            return failure;
        }
    }

    /** Lives as long as one request; acme4j sets the nonce of the reply, or null, when the taken one is spent. */
    private final class Holder implements NonceHolder {
        private @Nullable String taken;

        /**
         * Never null. acme4j would fetch a nonce itself, but on the connection of the request: when that is being
         * repeated after a badNonce, whose new nonce another request took out of the stack meanwhile, it has a reply
         * open, and acme4j 4.0.0 fails with an IllegalStateException.
         */
        @Override
        public String getNonce() {
            var nonce = taken == null ? nonces.pollFirst() : taken;
            for (int i = 0; nonce == null && i < MOST_FETCHES; i++) {
                fetchNonce();
                nonce = nonces.pollFirst();
            }
            if (nonce == null) {
                throw new NoNonceException(new AcmeException("other requests took every nonce that was fetched"));
            }
            taken = nonce;
            return nonce;
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
