package dev.caas.certificate;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeOrder;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.pki.CertificateChain;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which of the chains that a CA offers for a certificate is kept (RFC 8555 section 7.4.2): the first that leads to the
 * root wanted, else the CA's default. A root that no chain leads to never keeps a certificate from being served.
 *
 * @param root the common name of the topmost certificate's issuer, or null when any will do
 */
record PreferredChain(@Nullable String root) {
    /** What this declaration wants under this account. */
    static PreferredChain of(ManagedCertificate certificate, CaaSAccount account) {
        var own = certificate.getSpec().preferredChain();
        return new PreferredChain(own != null ? own : account.getSpec().preferredChain());
    }

    /** The chain to keep of a VALID order's. */
    CertificateChain from(AcmeOrder order) throws AcmeFailure {
        var standard = CertificateChain.of(order.certificate());
        return isMet(standard)
                ? standard
                : order.alternate(chain -> isMet(CertificateChain.of(chain)))
                        .map(CertificateChain::of)
                        .orElse(standard);
    }

    /** Tells people that the chain kept is not the one wanted. */
    Optional<String> complaint(CertificateChain kept) {
        return isMet(kept)
                ? Optional.empty()
                : Optional.of("The CA offers no chain that leads to '" + root
                        + "' (preferredChain); its default is kept," + " which leads to '"
                        + kept.topmostIssuer().orElse("a root without common name") + "'");
    }

    private boolean isMet(CertificateChain chain) {
        return root == null || chain.topmostIssuer().filter(root::equals).isPresent();
    }
}
