package dev.caas.kit;

import java.nio.file.Path;
import java.util.stream.Stream;

/** The program {@code ip} of iproute2. */
record Ip(Path program) {
    /**
     * The machine's.
     *
     * @throws PartUnavailable when it has none
     */
    static Ip find() {
        return new Ip(Programs.find("ip")
                .orElseThrow(() -> new PartUnavailable(
                        "A network namespace needs the program ip: install Debian package iproute2")));
    }

    /**
     * Runs it.
     *
     * @throws PartUnavailable with what it says, when it is refused
     */
    String run(String... arguments) {
        Finished finished = finish(arguments);
        if (!finished.succeeded()) {
            throw new PartUnavailable(
                    "A network namespace needs root, with CAP_NET_ADMIN and CAP_SYS_ADMIN: " + finished);
        }
        return finished.output();
    }

    /** Runs it, and whether it did what it was asked for. */
    boolean tryRun(String... arguments) {
        return finish(arguments).succeeded();
    }

    private Finished finish(String... arguments) {
        return Finished.run(Stream.concat(Stream.of(program.toString()), Stream.of(arguments))
                .toArray(String[]::new));
    }
}
