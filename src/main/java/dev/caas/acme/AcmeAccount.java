package dev.caas.acme;

import java.net.URL;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JoseUtils;

/** An account at a CA (RFC 8555 section 7.1.2): the URL and the key that signs for it. */
public final class AcmeAccount {
    private final Login login;

    AcmeAccount(Login login) {
        this.login = login;
    }

    /** The account's URL, its identity at the CA. */
    public URL url() {
        return login.getAccountLocation();
    }

    /** Thumbprint of the account key (RFC 7638), base64url of SHA-256. */
    public String keyThumbprint() {
        return AcmeUtils.base64UrlEncode(JoseUtils.thumbprint(login.getKeyPair().getPublic()));
    }

    /**
     * Places an order (RFC 8555 section 7.4).
     *
     * @param dnsNames A-labels, lower case; a wildcard as {@code *.zone}
     * @param profile profile to ask for, or null
     * @param notAfter end of validity to ask for, or null
     */
    public AcmeOrder newOrder(List<String> dnsNames, @Nullable String profile, @Nullable Instant notAfter)
            throws AcmeFailure {
        Failures.sorted(Step.DIRECTORY, login.getSession()::getMetadata);
        return Failures.sorted(Step.NEW_ORDER, () -> {
            var builder = login.newOrder().domains(dnsNames);
            if (profile != null) {
                builder.profile(profile);
            }
            if (notAfter != null) {
                builder.notAfter(notAfter);
            }
            return new AcmeOrder(builder.create());
        });
    }

    /** Takes up an order that was placed before; asks the CA how it stands. */
    public AcmeOrder order(URL url) throws AcmeFailure {
        return Failures.sorted(Step.ORDER, () -> {
            var order = login.bindOrder(url);
            order.fetch();
            return new AcmeOrder(order);
        });
    }
}
