package dev.caas.account;

import dev.caas.api.CaaSAccount;
import dev.caas.pki.CertificateKey;
import java.net.URL;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one ACME account. Never shows a key.
 *
 * @param key the account key
 * @param createdAt when the key was made
 * @param server the directory it is meant for
 * @param keyId the key identifier of the binding it is meant for
 * @param url the account's URL; null until the account is registered
 * @param contacts the contacts the CA was last told; null if that is not known
 * @param next the key that is to take this one's place, while it is not sure that the CA agrees; null at other times
 * @param deactivatedAt when the account was given up, for ever; null while it was not
 */
record AccountKey(
        CertificateKey key,
        Instant createdAt,
        String server,
        String keyId,
        @Nullable URL url,
        @Nullable List<String> contacts,
        @Nullable Next next,
        @Nullable Instant deactivatedAt) {

    /** A key that is being changed to. */
    record Next(CertificateKey key, Instant createdAt) {
        @Override
        public String toString() {
            return "Next[createdAt=" + createdAt + "]";
        }
    }

    AccountKey {
        contacts = contacts == null ? null : List.copyOf(contacts);
    }

    /** The key of an account that is about to be registered. */
    static AccountKey fresh(CertificateKey key, CaaSAccount account, String keyId, Instant now) {
        var spec = account.getSpec();
        return new AccountKey(key, now, spec.server(), keyId, null, spec.contacts(), null, null);
    }

    /** Whether it belongs to that binding at the account's server. */
    boolean isFor(CaaSAccount account, String boundTo) {
        return server.equals(account.getSpec().server()) && keyId.equals(boundTo);
    }

    /** Whether two belong to one binding. */
    boolean hasBindingOf(AccountKey other) {
        return server.equals(other.server) && keyId.equals(other.keyId);
    }

    boolean isDeactivated() {
        return deactivatedAt != null;
    }

    /** Whether the CA said that there is such an account, and nobody gave it up. */
    boolean isRegistered() {
        return url != null && !isDeactivated();
    }

    AccountKey registeredAs(URL accountUrl) {
        return new AccountKey(key, createdAt, server, keyId, accountUrl, contacts, next, deactivatedAt);
    }

    AccountKey withContacts(List<String> told) {
        return new AccountKey(key, createdAt, server, keyId, url, told, next, deactivatedAt);
    }

    AccountKey deactivated(Instant when) {
        return new AccountKey(key, createdAt, server, keyId, url, contacts, next, when);
    }

    /** About to change the key; null when that came to nothing. */
    AccountKey rollingTo(@Nullable Next wanted) {
        return new AccountKey(key, createdAt, server, keyId, url, contacts, wanted, deactivatedAt);
    }

    /** The CA has taken the next key. */
    AccountKey rolledTo(Next taken) {
        return new AccountKey(taken.key, taken.createdAt, server, keyId, url, contacts, null, deactivatedAt);
    }

    @Override
    public String toString() {
        return "AccountKey[server=" + server + ", keyId=" + keyId + ", url=" + url + "]";
    }
}
