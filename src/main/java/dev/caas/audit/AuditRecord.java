package dev.caas.audit;

import java.util.Map;

/**
 * Something that was done or refused.
 *
 * @param type what, for example {@code dev.caas.certificate.issued}
 * @param subject about which object, {@code kind/namespace/name}; {@code kind/name} for one in no namespace
 * @param data what else one has to know; values are shown as they are, so never a secret
 */
public record AuditRecord(Type type, String subject, Map<String, Object> data) {
    public AuditRecord {
        data = Map.copyOf(data);
    }

    /** The kinds of records; a contract for those who filter them. */
    public enum Type {
        ACCOUNT_REGISTERED("account.registered"),
        ACCOUNT_RECOVERED("account.recovered"),
        ACCOUNT_REFUSED("account.refused"),
        ACCOUNT_SUSPENDED("account.suspended"),
        ACCOUNT_RESUMED("account.resumed"),
        /** Another account took its place. */
        ACCOUNT_RETIRED("account.retired"),
        ACCOUNT_KEY_ROLLED("account.key.rolled"),
        ACCOUNT_CONTACTS_UPDATED("account.contacts.updated"),
        ACCOUNT_DEACTIVATED("account.deactivated"),
        /** Something that was asked for, other than registering, did not succeed; it is tried again. */
        ACCOUNT_CHANGE_FAILED("account.change.failed"),
        /** The object was let go although its account could not be deactivated. */
        ACCOUNT_ABANDONED("account.abandoned"),
        TERM_STARTED("term.started"),
        /** It ran already: nothing was paid from here. */
        TERM_FOUND("term.found"),
        TERM_EXTENDED("term.extended"),
        DOMAIN_ADDED("subscription.domain.added"),
        /** The platform has it: nothing was paid from here. */
        DOMAIN_FOUND("subscription.domain.found"),
        DOMAIN_REMOVED("subscription.domain.removed"),
        /** The object was let go although its domain could not be removed. */
        DOMAIN_KEPT("subscription.domain.kept"),
        /** All domains of a binding that had one organisation's validation have another now. */
        ANCHOR_MOVED("subscription.anchor.moved"),
        /** A binding was obtained from a platform. */
        BINDING_PRE_REGISTERED("binding.preregistered"),
        /** A binding was made whose key nobody here knows; it is never used. */
        BINDING_SPARE("binding.spare"),
        /** A binding that was obtained before was put back where it was lost. */
        BINDING_RESTORED("binding.restored"),
        /** A binding at a platform was shown to be an account's own; from then on that may act under it there. */
        BINDING_PROVEN("binding.proven"),
        PLATFORM_SUSPENDED("platform.suspended"),
        PLATFORM_RESUMED("platform.resumed"),
        PLATFORM_DEACTIVATED("platform.deactivated"),
        SUBSCRIPTION_SUSPENDED("subscription.suspended"),
        SUBSCRIPTION_RESUMED("subscription.resumed"),
        SUBSCRIPTION_EXPIRED("subscription.expired"),
        ORDER_PLACED("order.placed"),
        ORDER_RESUMED("order.resumed"),
        ORDER_ABANDONED("order.abandoned"),
        CERTIFICATE_ISSUED("certificate.issued"),
        CERTIFICATE_ADOPTED("certificate.adopted"),
        CERTIFICATE_DENIED("certificate.denied"),
        CERTIFICATE_FAILED("certificate.failed"),
        CERTIFICATE_REVOKED("certificate.revoked"),
        CERTIFICATE_RELEASED("certificate.released"),
        SECRET_WRITTEN("secret.written");

        private final String label;

        Type(String label) {
            this.label = "dev.caas." + label;
        }

        /** The CloudEvents type. */
        public String label() {
            return label;
        }
    }
}
