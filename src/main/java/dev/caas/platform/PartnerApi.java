package dev.caas.platform;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a partner platform can be asked. One call is one question: nothing here repeats or remembers; whoever spends money
 * records the intent before and reads back after ({@link Purchases}). What a provider's API lacks is refused with
 * {@link PlatformFailure.Kind#UNSUPPORTED}, and is missing in {@link #capabilities}.
 */
public interface PartnerApi {

    /** What not every provider's API has. Listing domains, adding and removing them every one has. */
    enum Capability {
        /** {@link #preRegister}. */
        PRE_REGISTRATION,
        /** {@link #servers}. */
        SERVERS,
        /** {@link #bindings}. */
        BINDINGS,
        /** {@link #accounts}. */
        ACCOUNTS,
        /** Domains share a term, which {@link #buy} extends. */
        TERM,
        /** {@link #quote} tells what {@link #buy} will cost. */
        PRICES,
        /** The associated name can be added with a domain. */
        ASSOCIATED_NAMES,
        /** Domains have an anchor of organisation validation, which {@link #moveAnchor} changes. */
        ORGANIZATION_VALIDATION,
        /** {@link Act#SUSPEND} and {@link Act#RESUME} of one account and of a binding. */
        SUSPENSION,
        /** {@link Act#DEACTIVATE} of one account. */
        ACCOUNT_DEACTIVATION,
        /** {@link Act#DEACTIVATE} of a binding. */
        BINDING_DEACTIVATION,
        /** Any act on the whole reseller. */
        RESELLER,
        /** {@link #lastOrders}. */
        ORDERS
    }

    /** What to do to accounts. */
    enum Act {
        SUSPEND,
        /** Restores the state before the suspension. */
        RESUME,
        /** For ever. */
        DEACTIVATE
    }

    /** Whom an act concerns. It is always said; no provider's default is relied on. */
    sealed interface Scope {
        /** One ACME account, by the platform's id of it. */
        record OneAccount(String id) implements Scope {}

        /** All accounts that share the binding, and the binding itself. */
        record Binding(String keyId) implements Scope {}

        /** All accounts of the reseller. */
        record Reseller() implements Scope {}
    }

    /** What a platform says of somebody who shows a MAC key. */
    enum Possession {
        /** It is the binding's. */
        PROVEN,
        /** It is not. */
        DISPROVEN,
        /** The platform tells no MAC keys. */
        NOT_TOLD
    }

    Set<Capability> capabilities();

    /**
     * Whether a MAC key is that of a binding. Compared in constant time, and never kept.
     *
     * @param macKey base64url or base64, padded or not
     * @throws PlatformFailure of kind UNKNOWN_BINDING if the platform tells keys and knows no such binding
     */
    default Possession possession(String keyId, String macKey) throws PlatformFailure {
        return Possession.NOT_TOLD;
    }

    /** The ACME servers that can be used. */
    List<PartnerViews.Server> servers() throws PlatformFailure;

    /**
     * Obtains a new binding, which costs nothing and starts no term. Each call makes another one.
     *
     * @param server ACME directory URL
     * @param name what to call it at a platform where bindings have names
     * @param years length of the first term, 1 to 3
     */
    NewBinding preRegister(String server, String name, int years) throws PlatformFailure;

    /** All bindings of the reseller or organization. */
    List<PartnerViews.Binding> bindings() throws PlatformFailure;

    /**
     * ACME accounts, those that share a binding or all there are.
     *
     * @param keyId the binding; empty for all
     */
    List<PartnerViews.Account> accounts(Optional<String> keyId) throws PlatformFailure;

    /** All domains of a binding. */
    List<PartnerViews.Domain> domains(String keyId) throws PlatformFailure;

    /** What {@link #buy} would cost now; nothing is done. */
    PartnerViews.Cost quote(Purchase purchase) throws PlatformFailure;

    /** Whether nothing costs anything there, so that nobody has to agree. Not so where no price is told. */
    boolean isFree();

    /** How long after it was added a domain is refunded in full when it is removed; empty where nothing is refunded. */
    Optional<Duration> refundsWithin();

    /**
     * Adds a domain or extends the term: once for each call, and it is paid for.
     *
     * @param latest from then on it is not asked for any more: whoever woke up that late may not be the only buyer
     * @throws PlatformFailure with {@link PlatformFailure.Kind#UNREACHABLE} if it is too late
     */
    PartnerViews.Receipt buy(Purchase purchase, Instant latest) throws PlatformFailure;

    /**
     * Removes a domain of a binding.
     *
     * @param domain A-labels, lower case
     */
    void remove(String keyId, String domain) throws PlatformFailure;

    /**
     * Moves all domains of a binding from one anchor to another.
     *
     * @return how many domains were moved
     */
    int moveAnchor(String keyId, String from, String to) throws PlatformFailure;

    /**
     * Suspends, resumes or deactivates.
     *
     * @return how many accounts were changed, as the platform counts
     */
    int act(Act act, Scope scope) throws PlatformFailure;

    /** The last certificate orders under a binding, those of certificates that are still valid at least. */
    List<PartnerViews.Order> lastOrders(String keyId) throws PlatformFailure;
}
