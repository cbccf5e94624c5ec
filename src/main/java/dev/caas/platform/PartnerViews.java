package dev.caas.platform;

import dev.caas.api.Money;
import dev.caas.api.ValidationType;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What partner platforms answer. MAC keys that they list beside it are never taken in. */
public final class PartnerViews {
    private PartnerViews() {}

    /**
     * An ACME server.
     *
     * @param url directory URL
     * @param validationType what it issues; empty where the platform says neither DV nor OV
     */
    public record Server(String url, Optional<ValidationType> validationType, Optional<String> description) {}

    /**
     * A binding.
     *
     * @param reusable whether several ACME accounts can be registered with it; empty where the platform does not say
     */
    public record Binding(String keyId, Optional<Boolean> reusable, Optional<Instant> lastActivity) {}

    /** An ACME account, or one that is to come: a binding that was never used shows as an account that is pending. */
    public record Account(
            String id,
            String keyId,
            State state,
            String stateText,
            Optional<String> userAgent,
            Optional<Instant> lastActivity) {

        /** The states that make a difference here. */
        public enum State {
            /** No ACME client has used the binding yet. */
            PENDING,
            VALID,
            SUSPENDED,
            DEACTIVATED,
            /** Something else; {@code stateText} has it. */
            OTHER
        }
    }

    /**
     * A subscribed domain.
     *
     * @param name the one spelling of it: A-labels, lower case. However a platform spells what was bought there, it is
     *     found again; what is no name at all is left as it is
     * @param expiresAt until when it may be used; empty where the platform sets no end
     */
    public record Domain(String name, Optional<Instant> expiresAt) {
        public Domain {
            name = spelt(name);
        }

        private static String spelt(String name) {
            try {
                return Identifier.parse(name).text();
            } catch (InvalidNameException e) {
                return name.toLowerCase(Locale.ROOT);
            }
        }
    }

    /** A price, by the platform's own reckoning. */
    public record Cost(Money money) {}

    /**
     * What came of a purchase.
     *
     * @param orderNumber empty where the platform gives none
     * @param cost empty where the platform does not say
     */
    public record Receipt(Optional<String> orderNumber, Optional<Money> cost) {}

    /**
     * A certificate order.
     *
     * @param serialNumber hexadecimal, lower case, without leading zeros; empty before it is issued
     * @param valid whether the certificate was issued and is neither revoked nor replaced
     */
    public record Order(
            Optional<String> serialNumber,
            List<String> domains,
            boolean valid,
            Optional<Instant> notAfter,
            Optional<String> accountId) {}
}
