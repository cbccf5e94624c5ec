package dev.caas.entitlement;

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
 * @param namespaceLabels the labels of a namespace; none for one that is not known
 */
public record Question(
        ManagedCertificate certificate,
        List<AccountStanding> accounts,
        Optional<AccountId> defaultAccount,
        Function<String, Map<String, String>> namespaceLabels,
        Instant now) {
    public Question {
        accounts = List.copyOf(accounts);
    }
}
