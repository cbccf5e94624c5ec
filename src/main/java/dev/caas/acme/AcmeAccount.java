package dev.caas.acme;

import java.net.URI;
import java.net.URL;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.RevocationReason;
import org.shredzone.acme4j.connector.Resource;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JSONBuilder;
import org.shredzone.acme4j.toolbox.JoseUtils;

/** An account at a CA (RFC 8555 section 7.1.2): the URL and the key that signs for it. */
public final class AcmeAccount {
    /**
     * What a CA answers that cannot make anything of {@code replaces}: another order replaces it already, or it does not
     * find the certificate. Pebble 2.10 finds none whose serial number has its first bit set in fewer than eight bytes.
     */
    private static final Set<String> NOT_REPLACEABLE =
            Set.of(Failures.URN + "alreadyReplaced", Failures.URN + "malformed", Failures.URN + "serverInternal");

    private static final int LONGEST_LINK = 512;

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
     * @param names A-labels, lower case, a wildcard as {@code *.zone}; or IP addresses (RFC 8738), as RFC 5952 writes them
     * @param profile profile to ask for, or null
     * @param notAfter end of validity to ask for, or null
     * @param replaces the certificate of this account that it is to replace (RFC 9773 section 5), or null. A CA that
     *     offers no renewal information is not told. It is a hint, so whatever a CA has against it must not keep a
     *     certificate from being renewed: one that refuses the order is asked once more without
     */
    public AcmeOrder newOrder(
            List<String> names,
            @Nullable String profile,
            @Nullable Instant notAfter,
            @Nullable X509Certificate replaces)
            throws AcmeFailure {
        if (replaces == null || !offersRenewalInfo()) {
            return order(names, profile, notAfter, null);
        }
        try {
            return order(names, profile, notAfter, replaces);
        } catch (AcmeFailure e) {
            if (NOT_REPLACEABLE.contains(e.type())) {
                return order(names, profile, notAfter, null);
            }
            throw e;
        }
    }

    private AcmeOrder order(
            List<String> names,
            @Nullable String profile,
            @Nullable Instant notAfter,
            @Nullable X509Certificate replaces)
            throws AcmeFailure {
        Failures.sorted(Step.DIRECTORY, login.getSession()::getMetadata);
        return Failures.sorted(Step.NEW_ORDER, () -> {
            var builder = login.newOrder();
            names.stream().map(Names::identifier).forEach(builder::identifier);
            if (replaces != null) {
                builder.replaces(replaces);
            }
            if (profile != null) {
                builder.profile(profile);
            }
            if (notAfter != null) {
                builder.notAfter(notAfter);
            }
            return new AcmeOrder(builder.create());
        });
    }

    private boolean offersRenewalInfo() throws AcmeFailure {
        return Failures.sorted(Step.DIRECTORY, () -> login.getSession().resourceUrlOptional(Resource.RENEWAL_INFO))
                .isPresent();
    }

    /**
     * Asks when to renew a certificate of this CA (RFC 9773 section 4.1).
     *
     * @return empty if the CA does not offer that
     * @throws AcmeFailure also if the answer is malformed: RETRY
     */
    public Optional<RenewalInfo> renewalInfo(X509Certificate certificate) throws AcmeFailure {
        if (!offersRenewalInfo()) {
            return Optional.empty();
        }
        return Optional.of(Failures.sorted(Step.RENEWAL_INFO, () -> {
            var info = login.bindRenewalInfo(certificate);
            var askAgain = info.fetch();
            var start = info.getSuggestedWindowStart();
            var end = info.getSuggestedWindowEnd();
            if (!end.isAfter(start)) {
                throw new AcmeProtocolException("the suggested window ends before it starts");
            }
            return new RenewalInfo(start, end, explanation(info), askAgain);
        }));
    }

    /** A link that a CA gave is shown to people: only one that is harmless to follow and short enough to show. */
    private static Optional<URI> explanation(org.shredzone.acme4j.RenewalInfo info) {
        try {
            return info.getExplanation()
                    .map(url -> URI.create(url.toString()))
                    .filter(uri ->
                            "https".equals(uri.getScheme()) && uri.toString().length() <= LONGEST_LINK);
        } catch (AcmeProtocolException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Downloads a certificate of this account, without the chain that leads to it (RFC 8555 section 7.4.2). */
    public X509Certificate certificate(URL url) throws AcmeFailure {
        return Failures.sorted(
                Step.CERTIFICATE, () -> login.bindCertificate(url).getCertificate());
    }

    /**
     * Revokes a certificate that this account ordered (RFC 8555 section 7.6). One that is revoked already is fine.
     *
     * @param reasonCode RFC 5280 section 5.3.1
     */
    public void revoke(X509Certificate certificate, int reasonCode) throws AcmeFailure {
        Revocation.tolerant(
                () -> org.shredzone.acme4j.Certificate.revoke(login, certificate, RevocationReason.code(reasonCode)));
    }

    /** The profiles that the CA offers (draft-ietf-acme-profiles section 3); none if its directory lists none. */
    public Set<String> profiles() throws AcmeFailure {
        return Failures.sorted(
                Step.DIRECTORY,
                () -> Set.copyOf(login.getSession().getMetadata().getProfiles()));
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
