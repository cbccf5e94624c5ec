package dev.caas.acme;

import dev.caas.outbound.OutboundPolicy;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.connector.Connection;
import org.shredzone.acme4j.connector.DefaultConnection;
import org.shredzone.acme4j.connector.HttpConnector;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.provider.AbstractAcmeProvider;
import org.shredzone.acme4j.toolbox.JSON;

/** Tells acme4j how this operator speaks to a CA: whom it trusts, as whom it introduces itself, what it keeps. */
final class CaProvider extends AbstractAcmeProvider {
    /** How long a directory is kept where the server does not say; RFC 8555 leaves it to the client. */
    private static final Duration DIRECTORY_KEPT = Duration.ofHours(1);

    private final @Nullable SSLContext trust;
    private final OutboundPolicy policy;
    private final String userAgent;
    private final Clock clock;
    private @Nullable JSON lastRead;

    CaProvider(@Nullable SSLContext trust, OutboundPolicy policy, String userAgent, Clock clock) {
        this.trust = trust;
        this.policy = policy;
        this.userAgent = userAgent;
        this.clock = clock;
    }

    @Override
    public boolean accepts(URI serverUri) {
        return true;
    }

    @Override
    public URL resolve(URI serverUri) {
        try {
            return serverUri.toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("not a URL: " + serverUri, e);
        }
    }

    @Override
    public HttpClient createHttpClient(NetworkSettings settings) {
        var builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.getTimeout());
        if (trust != null) {
            builder.sslContext(trust);
        }
        return new BoundedHttpClient(builder.build(), policy, settings.getTimeout(), clock);
    }

    @Override
    public Connection connect(URI serverUri, NetworkSettings settings, HttpClient client) {
        return new DefaultConnection(createHttpConnector(settings, client));
    }

    @Override
    protected HttpConnector createHttpConnector(NetworkSettings settings, HttpClient client) {
        return new HttpConnector(settings, client) {
            @Override
            public HttpRequest.Builder createRequestBuilder(URL url) {
                return super.createRequestBuilder(url).setHeader("User-Agent", userAgent);
            }
        };
    }

    @Override
    public @Nullable JSON directory(Session session, URI serverUri) throws AcmeException {
        // One thread reads it, the others wait: at start a hundred orders would read it a hundred times.
        synchronized (session) {
            var directory = super.directory(session, serverUri);
            if (directory == null) {
                // What another thread has just read reaches the session only after this lock is given up.
                return session.hasDirectory() ? null : lastRead;
            }
            if (session.getDirectoryExpires() == null) {
                session.setDirectoryExpires(ZonedDateTime.now(clock).plus(DIRECTORY_KEPT));
            }
            lastRead = directory;
            return directory;
        }
    }
}
