package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.kube.Conditions;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.LedgerEntry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes what is known of an account into its status: from the account Secret and the ledger, never from a reply. */
final class AccountStatuses {
    private final Accounts accounts;
    private final StatusWriter statuses;
    private final Clock clock;

    AccountStatuses(Accounts accounts, StatusWriter statuses, Clock clock) {
        this.accounts = accounts;
        this.statuses = statuses;
        this.clock = clock;
    }

    /**
     * Writes the status; returns the account with it.
     *
     * @param entry what the ledger says; null to leave the term as it is shown
     */
    CaaSAccount write(CaaSAccount account, UnaryOperator<Conditions> change, @Nullable LedgerEntry entry) {
        var key = accounts.ofBinding(account).filter(k -> k.url() != null);
        return statuses.write(
                account,
                new CaaSAccountStatus(
                        account.getMetadata().getGeneration(),
                        change.apply(conditions(account)).all(),
                        key.map(AccountKey::url).map(Object::toString).orElse(null),
                        key.map(AccountKey::keyId).orElse(null),
                        key.map(k -> AcmeAccount.thumbprint(k.key().pair().getPublic()))
                                .orElse(null),
                        key.map(k -> k.isDeactivated() ? "deactivated" : "valid")
                                .orElse(null),
                        entry == null ? known(account) : TermStatuses.of(entry, known(account), clock.instant()),
                        null,
                        List.of(),
                        List.of(),
                        List.of(),
                        null,
                        accounts.shownStandstill(account).map(Standstill::until).orElse(null)));
    }

    static Conditions conditions(CaaSAccount account) {
        return new Conditions(Optional.ofNullable(account.getStatus())
                .map(CaaSAccountStatus::conditions)
                .orElse(List.of()));
    }

    private static @Nullable TermStatus known(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .map(CaaSAccountStatus::term)
                .orElse(null);
    }
}
