package dev.caas.acme;

import java.net.URL;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JSONBuilder;
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
        return thumbprint(login.getKeyPair().getPublic());
    }

    /** Thumbprint of an account key (RFC 7638), base64url of SHA-256. */
    public static String thumbprint(PublicKey key) {
        return AcmeUtils.base64UrlEncode(JoseUtils.thumbprint(key));
    }

    /**
     * Changes the account's key (RFC 8555 section 7.3.5); signs with the new one from then on. After a failure that is no
     * refusal the CA may have either key.
     */
    public void changeKey(KeyPair next) throws AcmeFailure {
        Failures.act(Step.KEY_CHANGE, () -> login.getAccount().changeKey(next));
    }

    /**
     * Tells the CA to whom it may write (RFC 8555 section 7.3.2). Not by acme4j's own call, which asks for the account
     * before and cannot take the last contact away.
     *
     * @param contacts e-mail addresses
     */
    public void updateContacts(List<String> contacts) throws AcmeFailure {
        Failures.act(Step.ACCOUNT, () -> {
            try (var connection = login.getSession().connect()) {
                var update = new JSONBuilder();
                update.put("contact", contacts.stream().map(c -> "mailto:" + c).toList());
                connection.sendSignedRequest(url(), update, login);
                connection.readJsonResponse();
            }
        });
    }

    /** Gives the account up, for ever (RFC 8555 section 7.3.6). What it issued stays valid. */
    public void deactivate() throws AcmeFailure {
        Failures.act(Step.ACCOUNT, () -> login.getAccount().deactivate());
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
