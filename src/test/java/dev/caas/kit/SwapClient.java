package dev.caas.kit;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps asking for a page over TLS, a connection a request, while the certificate behind it is changed: of a change
 * that nobody notices it sees two serial numbers and no failure.
 */
public final class SwapClient implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final WebClient client;
    private final String host;
    private final String path;
    private final List<BigInteger> serials = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicLong requests = new AtomicLong();
    private final Thread thread;

    private SwapClient(WebClient client, String host, String path) {
        this.client = client;
        this.host = host;
        this.path = path;
        this.thread = Thread.ofVirtual().name("swap-client").unstarted(this::keepAsking);
    }

    /** Starts asking; to be closed. */
    public static SwapClient start(WebClient client, String host, String path) {
        var started = new SwapClient(client, host, path);
        started.thread.start();
        return started;
    }

    /** The serial numbers seen, each once, in the order of their first sight. */
    public List<BigInteger> serials() {
        return List.copyOf(serials);
    }

    /** What went wrong: connections, handshakes, statuses other than 200. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /** How many requests were made so far. */
    public long requests() {
        return requests.get();
    }

    /** Returns when the last request has its answer. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw Poll.interrupted("a client ends", e);
        }
    }

    private void keepAsking() {
        try {
            while (true) {
                ask();
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private void ask() {
        try {
            WebReply reply = client.https(host, path);
            if (reply.status() != 200) {
                failures.add("status " + reply.status() + ": " + reply.body());
            }
            reply.certificate().map(leaf -> leaf.getSerialNumber()).ifPresent(serial -> {
                if (!serials.contains(serial)) {
                    serials.add(serial);
                }
            });
        } catch (IOException e) {
            // A virtual thread that is interrupted finds its socket closed: the end, not a failure.
            if (!Thread.currentThread().isInterrupted()) {
                failures.add(e.toString());
            }
        } finally {
            requests.incrementAndGet();
        }
    }
}
