package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Passes every connection that a server socket accepts to a port of this machine, byte by byte, and counts them. */
final class Relay implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;

    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();

    private Relay(ServerSocket listener, InetSocketAddress target) {
        this.listener = listener;
        this.target = target;
    }

    static Relay start(ServerSocket listener, InetSocketAddress target) {
        var relay = new Relay(listener, target);
        Thread.ofVirtual().name("relay").start(relay::acceptAll);
        return relay;
    }

    /** How many connections came so far, whether or not the target took them. */
    long accepted() {
        return accepted.get();
    }

    /** Ends it and the connections that go through it. */
    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                accepted.incrementAndGet();
                keep(client);
                Thread.ofVirtual().name("relayed").start(() -> serve(client));
            } catch (IOException e) {
                // Closed, or the client was gone before it was accepted.
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                var server = new Socket()) {
            keep(server);
            server.connect(target, CONNECT_MILLIS);
            Thread answers = Thread.ofVirtual().name("relayed-back").start(() -> pass(server, client));
            pass(client, server);
            answers.join();
            open.remove(server);
        } catch (IOException e) {
            // The target takes no connections: the client sees its own end.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    /** Has a socket end with this relay, also when {@link #close} is just going through those that were kept before. */
    private void keep(Socket socket) {
        open.add(socket);
        if (listener.isClosed()) {
            closeQuietly(socket);
        }
    }

    /** Passes bytes until one side has said all; when either breaks, both end. */
    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more.
        }
    }
}
