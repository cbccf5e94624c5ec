package dev.caas.e2e;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeServer;
import dev.caas.kit.Stage;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.pki.CertificateKey;
import java.net.URI;
import java.time.Clock;
import java.util.Base64;
import java.util.List;

/** What the CA itself knows of an account key, as it tells whoever asks without registering. */
record AtCa(Stage stage) {
    static final String UNKNOWN = "unknown";
    static final String DEACTIVATED = "deactivated";

    /** The URL of the account that has this key, or one of the two words above. */
    String accountOf(String keyPem) throws Exception {
        var ca = new AcmeServer(
                URI.create(stage.acme().directoryUrl()),
                Base64.getDecoder().decode(stage.ca().caBundle()),
                "test",
                new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8")),
                Clock.systemUTC());
        try {
            return ca.find(CertificateKey.fromPem(keyPem).pair())
                    .map(account -> account.url().toString())
                    .orElse(UNKNOWN);
        } catch (AcmeFailure e) {
            if (e.detail().contains(DEACTIVATED)) {
                return DEACTIVATED;
            }
            throw e;
        }
    }
}
