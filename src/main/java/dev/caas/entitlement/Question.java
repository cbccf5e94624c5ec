package dev.caas.entitlement;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * May this certificate be ordered, and under which account? Asked on one snapshot of the world.
 *
 * @param accounts every account that might answer: those of the certificate's namespace, the one it names, the default
 * @param defaultAccount the account the cluster's administrator made the default
 * @param givenKey the kind of key that the certificate's own signing request is for; absent when the operator makes the
 *     key
 * @param namespaceLabels the labels of a namespace; none for one that is not known
 */
public record Question(
        ManagedCertificate certificate,
        Optional<KeyAlgorithm> givenKey,
        List<AccountStanding> accounts,
        Optional<AccountId> defaultAccount,
        Function<String, Map<String, String>> namespaceLabels,
        Instant now) {
    /** Of a certificate whose key the operator makes. */
    public Question(
            ManagedCertificate certificate,
            List<AccountStanding> accounts,
            Optional<AccountId> defaultAccount,
            Function<String, Map<String, String>> namespaceLabels,
            Instant now) {
        this(certificate, Optional.empty(), accounts, defaultAccount, namespaceLabels, now);
    }

    public Question {
        accounts = List.copyOf(accounts);
    }
}
