package dev.caas.account;

import dev.caas.acme.AcmeAccount;
import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountStatus;
import dev.caas.api.CaaSAccountStatus.TermStatus;
import dev.caas.api.Money;
import dev.caas.kube.Conditions;
import dev.caas.kube.ObjectName;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.PartnerApi;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes what is known of an account into its status: from the account Secret and the ledger, never from a reply. */
final class AccountStatuses {
    private static final int MOST_SHOWN = 100;

    private final Accounts accounts;
    private final AtPlatform atPlatform;
    private final StatusWriter statuses;
    private final Clock clock;

    AccountStatuses(Accounts accounts, AtPlatform atPlatform, StatusWriter statuses, Clock clock) {
        this.accounts = accounts;
        this.atPlatform = atPlatform;
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
                        entry == null ? known(account) : TermStatuses.of(entry, knownHere(account), clock.instant()),
                        quote(account),
                        entry == null
                                ? statusOf(account)
                                        .map(CaaSAccountStatus::domains)
                                        .orElse(List.of())
                                : domains(account, entry),
                        acmeAccounts(account),
                        entry == null
                                ? statusOf(account)
                                        .map(CaaSAccountStatus::applied)
                                        .orElse(List.of())
                                : applied(entry),
                        accounts.shownStandstill(account).map(Standstill::until).orElse(null)));
    }

    private static Optional<CaaSAccountStatus> statusOf(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus());
    }

    private @Nullable Money quote(CaaSAccount account) {
        return atPlatform.quote(ObjectName.of(account)).orElse(null);
    }

    private List<CaaSAccountStatus.Domain> domains(CaaSAccount account, LedgerEntry entry) {
        var term = entry.endsAt().orElse(null);
        return entry.domains().entrySet().stream()
                .limit(MOST_SHOWN)
                .map(d -> new CaaSAccountStatus.Domain(
                        d.getKey(),
                        Optional.ofNullable(d.getValue().expiresAt()).orElse(term),
                        accounts.subscriptionOf(ObjectName.of(account), d.getKey())
                                .orElse(null)))
                .toList();
    }

    private List<CaaSAccountStatus.AcmeAccount> acmeAccounts(CaaSAccount account) {
        return atPlatform.seen(ObjectName.of(account)).stream()
                .limit(MOST_SHOWN)
                .map(a -> new CaaSAccountStatus.AcmeAccount(
                        a.id(),
                        a.stateText(),
                        a.userAgent().orElse(null),
                        a.lastActivity().orElse(null)))
                .toList();
    }

    private static List<CaaSAccountStatus.Applied> applied(LedgerEntry entry) {
        return entry.applied().entrySet().stream()
                .filter(a -> a.getValue().act() != PartnerApi.Act.RESUME)
                .map(a -> new CaaSAccountStatus.Applied(
                        a.getKey(), a.getValue().act() == PartnerApi.Act.DEACTIVATE ? "Deactivated" : "Suspended"))
                .toList();
    }

    static Conditions conditions(CaaSAccount account) {
        return new Conditions(Optional.ofNullable(account.getStatus())
                .map(CaaSAccountStatus::conditions)
                .orElse(List.of()));
    }

    /** A platform knows its term itself, and another binding has another one. */
    private static @Nullable TermStatus knownHere(CaaSAccount account) {
        return account.getSpec().platformRef() == null ? known(account) : null;
    }

    private static @Nullable TermStatus known(CaaSAccount account) {
        return Optional.ofNullable(account.getStatus())
                .map(CaaSAccountStatus::term)
                .orElse(null);
    }
}
