package dev.caas.kit;

import java.nio.file.Path;

/** Where the project is: the directory of its pom.xml, from system property {@code caas.home}, else the current one. */
public final class Home {
    private Home() {}

    /** The project's directory, absolute. */
    public static Path dir() {
        return Path.of(System.getProperty("caas.home", "")).toAbsolutePath().normalize();
    }

    /** A path inside the project. */
    public static Path resolve(String relative) {
        return dir().resolve(relative);
    }
}
