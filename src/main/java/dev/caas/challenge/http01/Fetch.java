package dev.caas.challenge.http01;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;

/** Asks for a URL. */
@FunctionalInterface
interface Fetch {
    /**
     * Sends a GET for the URL to this address.
     *
     * @throws IOException with a message of our own about what failed
     */
    Reply fetch(URI url, InetAddress address) throws IOException, InterruptedException;

    /**
     * What came back.
     *
     * @param body its beginning
     * @param server what the Server header says, made harmless
     * @param location where a redirect leads
     */
    record Reply(int status, String body, Optional<String> server, Optional<String> location) {
        boolean isRedirect() {
            return status >= 300 && status < 400 && location.isPresent();
        }
    }

    /** The URL's port, or its scheme's. */
    static int port(URI url) {
        return url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
    }
}
