package dev.caas.kit;

import java.io.PrintStream;
import java.nio.file.Path;

/** Installs what a {@code requirements.txt} pins, with the machine's own pip, into a directory and nowhere else. */
final class PipInstall {
    private PipInstall() {}

    static void run(Path source, Path output, PrintStream progress) {
        Path pip = Programs.find("pip3")
                .or(() -> Programs.find("pip"))
                .orElseThrow(() -> new PartUnavailable(
                        "There is no pip to install " + source.getFileName() + ": install Debian package python3-pip"));
        Finished.run(
                        source,
                        pip.toString(),
                        "install",
                        "--quiet",
                        "--disable-pip-version-check",
                        "--only-binary=:all:",
                        "--target=" + output,
                        "--requirement=" + PartSource.REQUIREMENTS)
                .outputOfSuccess();
        progress.println("  done");
    }
}
