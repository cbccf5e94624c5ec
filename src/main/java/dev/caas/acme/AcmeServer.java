package dev.caas.acme;

import dev.caas.outbound.CaBundle;
import dev.caas.outbound.OutboundPolicy;
import java.net.URI;
import java.net.URL;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.RevocationReason;
import org.shredzone.acme4j.Session;

/** One CA's ACME server. Shared by all accounts at it; safe for many threads. */
public final class AcmeServer {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final Session session;

    /**
     * Connects to nothing yet.
     *
     * @param directory the directory's URL
     * @param caBundle PEM certificates to trust instead of the system's roots; null for the system's
     * @param userAgent how to introduce ourselves (RFC 8555 section 6.1)
     * @throws CertificateException if the bundle holds no certificate
     */
    public AcmeServer(URI directory, byte @Nullable [] caBundle, String userAgent, OutboundPolicy policy, Clock clock)
            throws CertificateException {
        this.session = new PooledNonceSession(
                directory, new CaProvider(caBundle == null ? null : CaBundle.trusting(caBundle), policy, userAgent, clock));
        session.networkSettings().setTimeout(TIMEOUT);
        session.networkSettings().setCompressionEnabled(false);
        session.setLocale(null);
    }

    /** The URL of the CA's terms of service, where the directory names one. */
    public Optional<URI> termsOfService() throws AcmeFailure {
        return Failures.sorted(Step.DIRECTORY, () -> session.getMetadata().getTermsOfService());
    }

    /**
     * Registers an account key under an External Account Binding (RFC 8555 sections 7.3 and 7.3.4), agreeing to the terms.
     *
     * @param contacts e-mail addresses
     */
    public AcmeAccount register(KeyPair key, List<String> contacts, ExternalAccountBinding binding) throws AcmeFailure {
        readDirectory();
        return Failures.sorted(Step.NEW_ACCOUNT, () -> {
            var builder = new AccountBuilder()
                    .agreeToTermsOfService()
                    .useKeyPair(key)
                    .withKeyIdentifier(binding.keyId(), binding.macKey())
                    .withMacAlgorithm(binding.macAlgorithm());
            contacts.forEach(builder::addEmail);
            return new AcmeAccount(builder.createLogin(session));
        });
    }

    /**
     * Finds the account of a key without creating one (onlyReturnExisting, RFC 8555 section 7.3.1).
     *
     * @return empty if the server does not know the key
     */
    public Optional<AcmeAccount> find(KeyPair key) throws AcmeFailure {
        readDirectory();
        try {
            return Optional.of(Failures.sorted(
                    Step.NEW_ACCOUNT,
                    () -> new AcmeAccount(
                            new AccountBuilder().onlyExisting().useKeyPair(key).createLogin(session))));
        } catch (AcmeFailure e) {
            if (e.kind() == AcmeFailure.Kind.ACCOUNT_UNKNOWN) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Revokes a certificate by its own key, without any account (RFC 8555 section 7.6). One that is revoked already is
     * fine.
     *
     * @param reasonCode RFC 5280 section 5.3.1
     */
    public void revoke(KeyPair key, X509Certificate certificate, int reasonCode) throws AcmeFailure {
        readDirectory();
        Revocation.tolerant(() ->
                org.shredzone.acme4j.Certificate.revoke(session, key, certificate, RevocationReason.code(reasonCode)));
    }

    /** An account that is known to exist; asks nobody. */
    public AcmeAccount account(URL url, KeyPair key) {
        return new AcmeAccount(new Login(url, key, session));
    }

    private void readDirectory() throws AcmeFailure {
        Failures.sorted(Step.DIRECTORY, session::getMetadata);
    }
}
