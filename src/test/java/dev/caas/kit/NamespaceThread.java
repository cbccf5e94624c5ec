package dev.caas.kit;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A thread inside a network namespace. A socket belongs to the namespace it was opened in, whichever thread uses it
 * later: so this JVM can listen in there without a process of its own for it.
 */
final class NamespaceThread implements AutoCloseable {
    /** From sched.h and fcntl.h of Linux. */
    private static final int CLONE_NEWNET = 0x40000000;

    private static final int O_CLOEXEC = 0x80000;

    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("network-namespace").factory());

    private NamespaceThread() {}

    /**
     * Starts the thread and moves it.
     *
     * @param namespace its file, below /run/netns
     * @throws PartUnavailable when the kernel refuses
     */
    static NamespaceThread enter(Path namespace) {
        var inside = new NamespaceThread();
        try {
            if (!inside.run(() -> moveTo(namespace))) {
                throw new PartUnavailable("This process may not enter network namespace " + namespace);
            }
            return inside;
        } catch (RuntimeException e) {
            inside.close();
            throw e;
        }
    }

    ServerSocket listen(InetSocketAddress address) {
        return run(() -> {
            var socket = new ServerSocket();
            try {
                socket.bind(address);
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private <T> T run(Callable<T> task) {
        try {
            return thread.submit(task).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw new UncheckedIOException(cause);
            }
            throw new PartFailed("In the network namespace: " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw Poll.interrupted("a network namespace", e);
        }
    }

    /** Moves the calling thread with setns(2). */
    private static boolean moveTo(Path namespace) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(namespace.toString());
            int file = (int) function("open", ADDRESS, JAVA_INT).invokeExact(path, O_CLOEXEC);
            if (file < 0) {
                return false;
            }
            int moved = (int) function("setns", JAVA_INT, JAVA_INT).invokeExact(file, CLONE_NEWNET);
            int closed = (int) function("close", JAVA_INT).invokeExact(file);
            return moved == 0 && closed == 0;
        } catch (Throwable e) {
            throw new IOException("setns: " + e, e);
        }
    }

    @SuppressWarnings("restricted") // the JVM has no way of its own into a namespace
    private static MethodHandle function(String name, MemoryLayout... parameters) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(JAVA_INT, parameters));
    }
}
