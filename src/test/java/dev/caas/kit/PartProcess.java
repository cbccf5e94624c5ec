package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * One process of the kit, its output appended to a log file. It never outlives this JVM: a shutdown hook kills it, and
 * where the machine has {@code setpriv} the kernel does when the JVM itself is killed.
 */
public final class PartProcess implements AutoCloseable {
    private static final Set<PartProcess> RUNNING = ConcurrentHashMap.newKeySet();
    private static final Optional<Path> SETPRIV = Programs.find("setpriv");
    /** The kernel ties a child to the thread that started it, so all are started by one that never ends. */
    private static final ExecutorService STARTER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("part-starter").factory());

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(PartProcess::kill), "parts-end"));
    }

    private final String name;
    private final Path log;
    private final Process process;

    private PartProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
        RUNNING.add(this);
    }

    /**
     * Starts a program in a directory; the environment is this JVM's plus the given variables.
     *
     * @throws PartFailed when it cannot be executed
     */
    public static PartProcess start(String name, Path log, Path dir, Map<String, String> env, List<String> command) {
        WorkFiles.directory(dir);
        List<String> line = new ArrayList<>();
        SETPRIV.ifPresent(setpriv -> line.addAll(List.of(setpriv.toString(), "--pdeathsig", "KILL", "--")));
        line.addAll(command);
        var builder = new ProcessBuilder(line)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(env);
        try {
            return new PartProcess(name, log, STARTER.submit(builder::start).get());
        } catch (ExecutionException e) {
            throw new PartFailed(name + " cannot be started: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            throw Poll.interrupted(name, e);
        }
    }

    /**
     * Waits until the check holds.
     *
     * @throws PartFailed with the end of the log when the process ends or the limit passes before
     */
    public PartProcess awaitReady(Duration limit, Poll.Check check) {
        try {
            Poll.until(name + " is ready", limit, () -> {
                if (!process.isAlive()) {
                    throw new PartFailed(name + " ended with exit code " + process.exitValue());
                }
                return check.holds();
            });
            return this;
        } catch (PartFailed e) {
            kill();
            throw new PartFailed(e.getMessage() + "; the end of " + log + ":\n" + logTail(40), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** How it ended; only for one that did. */
    public int exitValue() {
        return process.exitValue();
    }

    /** Everything the process has printed so far. */
    public String log() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last lines the process has printed. */
    public String logTail(int lines) {
        List<String> all = log().lines().toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    }

    /** SIGKILL, to it and what it started; returns when it is gone. */
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }

    /** SIGSTOP: it does nothing any more and keeps its connections, until {@link #resume}. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Poll.interrupted(name + " gets signal " + signal, e);
        }
    }

    /** SIGTERM; SIGKILL when it is not gone after the grace period. Answers whether it went by itself. */
    public boolean stop(Duration grace) {
        process.destroy();
        if (awaitEnd(grace)) {
            return true;
        }
        kill();
        return false;
    }

    @Override
    public void close() {
        kill();
    }

    private boolean awaitEnd(Duration limit) {
        try {
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (ended) {
                RUNNING.remove(this);
            }
            return ended;
        } catch (InterruptedException e) {
            throw Poll.interrupted(name + " ends", e);
        }
    }
}
